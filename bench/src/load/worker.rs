//! One client: a few accounts, one request at a time.

use std::{
    mem,
    time::{Duration, Instant},
};

use crate::{
    account::Account,
    client::{Answer, Client, Reply},
    contract::{Door, cookie, malformed, users},
    exchange::Exchange,
    mix::{self, Action},
    random::Random,
    tally::{Failure, Tally},
};

/// How many accounts a client keeps at least and at most.
const FEWEST: usize = 2;
const MOST: usize = 12;

/// How many wrong passwords an account is tried with. The contracts allow ten in a quarter of an
/// hour; the eleventh reply would be another one.
const MOST_WRONG_GUESSES: u32 = 8;

/// A number that is no account's.
pub(crate) const NOBODY: u64 = 1;

/// A client.
#[derive(Debug)]
pub(crate) struct Worker {
    client: Client,
    random: Random,
    think: Duration,
    accounts: Vec<Account>,
    /// The account that was deleted last.
    gone: Option<Account>,
    /// Email addresses that were an account's, and are free again.
    former: Vec<String>,
    tally: Tally,
}

impl Worker {
    /// A client without accounts, which waits between its requests for the time `think`.
    pub(crate) fn new(client: Client, random: Random, think: Duration) -> Self {
        Self {
            client,
            random,
            think,
            accounts: Vec::new(),
            gone: None,
            former: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Sends requests for as long as `more` says, and tells what came of them.
    pub(crate) async fn work(mut self, more: impl Fn() -> bool) -> Tally {
        while more() {
            if !self.think.is_zero() {
                tokio::time::sleep(self.think).await;
            }
            self.send_one().await;
        }
        self.tally
    }

    /// Sends one request, whatever happens.
    async fn send_one(&mut self) {
        let action = mix::next(&mut self.random);
        if self.accounts.len() < FEWEST {
            return self.sign_up().await;
        }
        let account = self.accounts.swap_remove(self.random.index(self.accounts.len()));
        // An account of which something unexpected was heard is forgotten: what would have to come
        // next is not known.
        if let Some(account) = self.act(action, account).await {
            self.accounts.push(account);
        }
    }

    /// Sends the request that the action is, or one that makes it possible another time. Gives the
    /// account back unless it is gone.
    async fn act(&mut self, action: Action, mut account: Account) -> Option<Account> {
        match action {
            Action::SignUp if self.accounts.len() < MOST => self.sign_up().await,
            Action::SignUp | Action::Delete => {
                self.ask(users::delete(&account)).await?;
                account.end_all();
                self.former.push(account.email.clone());
                self.gone = Some(account);
                return None;
            }
            Action::SignUpTaken => self.sign_up_taken(&account).await?,
            Action::SignUpRefused => {
                let refused = self.new_account().named(self.random.name());
                let exchange = if self.random.coin() {
                    users::create_mismatch(&refused)
                } else {
                    users::create_easy(&refused)
                };
                self.ask(exchange).await?;
            }
            Action::SignIn(door) => self.sign_in(door, &mut account).await?,
            Action::SignInWrong(door) => {
                let wrong = |account: &Account, guess: &str| door.sign_in_wrong(account, guess);
                self.guess(door, &mut account, wrong).await?;
            }
            Action::SignInUnknown(door) => {
                let (email, guess) = (self.free_email(), self.random.password());
                self.ask(door.sign_in_unknown(&email, &guess)).await?;
            }
            Action::SignOut(door) => match door.sign_out(&account) {
                Some(exchange) => {
                    self.ask(exchange).await?;
                    account.signed_out(door);
                }
                None => self.sign_in(door, &mut account).await?,
            },
            Action::SignOutDead(door) => {
                let gone = self.gone.as_ref().and_then(|gone| door.sign_out_dead(gone));
                match gone.or_else(|| door.sign_out_dead(&account)) {
                    Some(exchange) => drop(self.ask(exchange).await?),
                    None => self.sign_in(door, &mut account).await?,
                }
            }
            Action::Show => drop(self.ask(users::show(&account)).await?),
            Action::ShowUnknown => {
                let id = self.gone.as_ref().map_or(NOBODY, |gone| gone.id);
                self.ask(users::show_unknown(id)).await?;
            }
            Action::ChangeNameSignedOut => {
                let name = self.random.name();
                self.ask(users::change_name_signed_out(&account, &name)).await?;
            }
            Action::ChangeName
            | Action::ChangeEmail
            | Action::ChangeEmailTaken
            | Action::ChangePassword
            | Action::ChangePasswordWrong
                if account.users.live.is_none() =>
            {
                self.sign_in(Door::Users, &mut account).await?;
            }
            Action::ChangeName => {
                let name = self.random.name();
                self.ask(users::change_name(&account, &name)).await?;
                account.name = Some(name);
            }
            Action::ChangeEmail => {
                let email = self.free_email();
                self.ask(users::change_email(&account, &email)).await?;
                self.former.push(mem::replace(&mut account.email, email));
            }
            Action::ChangeEmailTaken => {
                let other = self.accounts.first().map(|other| other.email.clone())?;
                self.ask(users::change_email_taken(&account, &other)).await?;
            }
            Action::ChangePassword => {
                let new = self.random.password();
                self.ask(users::change_password(&account, &new)).await?;
                account.password_changed(new);
            }
            Action::ChangePasswordWrong => {
                let new = self.random.password();
                let wrong = |account: &Account, guess: &str| {
                    users::change_password_wrong(account, guess, &new)
                };
                self.guess(Door::Users, &mut account, wrong).await?;
            }
            Action::DeleteWrong => {
                self.guess(Door::Users, &mut account, users::delete_wrong).await?;
            }
            Action::DeleteUnknown => {
                let (email, guess) = (self.free_email(), self.random.password());
                self.ask(users::delete_unknown(&email, &guess)).await?;
            }
            Action::Malformed(door) => {
                let exchange = malformed::request(door, &mut self.random);
                self.ask(exchange).await?;
            }
        }
        Some(account)
    }

    async fn sign_up(&mut self) {
        let account = self.new_account();
        let (mut account, exchange) = if self.random.coin() {
            let account = account.with_username(self.random.name());
            let exchange = cookie::register(&account);
            (account, exchange)
        } else {
            let account = account.named(self.random.name());
            let exchange = users::create(&account);
            (account, exchange)
        };
        if let Some(reply) = self.ask(exchange).await {
            account.signed_up(&reply);
            self.accounts.push(account);
        }
    }

    /// Tries to make an account with the identifiers of this one.
    async fn sign_up_taken(&mut self, account: &Account) -> Option<()> {
        let second = Account::new(account.email.clone(), self.random.password());
        let mut second = second.named(self.random.name());
        let exchange = if self.random.coin() {
            users::create_taken(&second)
        } else {
            let username_too = account.username.is_some() && self.random.coin();
            let username = account.username.clone().filter(|_| username_too);
            second.username = username.or_else(|| Some(self.random.name()));
            cookie::register_taken(&second, username_too)
        };
        self.ask(exchange).await.map(drop)
    }

    async fn sign_in(&mut self, door: Door, account: &mut Account) -> Option<()> {
        let reply = self.ask(door.sign_in(account)).await?;
        account.signed_in(door, &reply);
        Some(())
    }

    /// Guesses wrong, unless that was done often enough.
    async fn guess(
        &mut self,
        door: Door,
        account: &mut Account,
        wrong: impl Fn(&Account, &str) -> Exchange,
    ) -> Option<()> {
        if account.wrong_guesses >= MOST_WRONG_GUESSES {
            return self.sign_in(door, account).await;
        }
        account.wrong_guesses += 1;
        let guess = self.random.password();
        self.ask(wrong(account, &guess)).await.map(drop)
    }

    /// Sends a request. Answers with the reply if that is the one that must come.
    async fn ask(&mut self, exchange: Exchange) -> Option<Reply> {
        let sent = Instant::now();
        let answer = self.client.send(&exchange).await;
        self.tally.count(exchange.kind, sent.elapsed());
        let (failure, complaint) = match answer {
            Answer::Replied(reply) => match exchange.verify(&reply) {
                Ok(()) => return Some(reply),
                Err(_) if reply.status.is_server_error() => (Failure::Server, reply.to_string()),
                Err(expected) => (Failure::Mismatch, format!("{reply}, {expected}")),
            },
            Answer::Hung => (Failure::Hang, "no reply in time".to_owned()),
            Answer::Broken(error) => (Failure::Broken, error),
        };
        let Exchange { kind, method, path, .. } = exchange;
        self.tally.fail(failure, format!("{kind}: {method} {path}: {complaint}"));
        None
    }

    fn new_account(&mut self) -> Account {
        Account::new(self.free_email(), self.random.password())
    }

    /// An email address that no account has, whether or not one had it before.
    fn free_email(&mut self) -> String {
        let former = if self.random.coin() { self.former.pop() } else { None };
        former.unwrap_or_else(|| self.random.email())
    }
}
