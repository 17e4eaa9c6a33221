//! Clients that ask for this and that at the same time, and note what they were told and when.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use futures::future::join_all;
use http::Method;
use proptest::{
    prelude::{Just, Strategy, any},
    prop_oneof,
};
use serde_json::{Value, json};
use shared::{
    directory::Directory,
    error::{Error, Reason},
    identifier::AccountId,
};

use super::{
    life::{Changed, Deleted, Event, Password, Session, SignedIn},
    search::Happened,
};
use crate::support::{Browser, Door, SignIn, TestApp};

/// The passwords, by their numbers.
const PASSWORDS: [&str; 2] = ["k9#Lw2!pQz", "7Zq!vB3@mLr"];

/// How many usernames were asked for.
static USERNAMES: AtomicU64 = AtomicU64::new(0);

/// A request of a client. Sessions and accounts are the newest that any client was told of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    SignUp { door: usize, password: Password },
    SignIn { door: usize, password: Password },
    ChangePassword { old: Password, new: Password },
    Use,
    SignOut,
    Ban(bool),
    Delete { password: Password },
}

/// Any wish, the likelier ones more often.
pub(super) fn wish() -> impl Strategy<Value = Wish> {
    let password = || prop_oneof![2 => Just(0_u8), 1 => Just(1_u8)];
    prop_oneof![
        4 => (0..3_usize, password()).prop_map(|(door, password)| Wish::SignUp { door, password }),
        6 => (any::<bool>(), 0..4_usize, password()).prop_map(|(users, door, password)| {
            // Only its sessions can do what follows.
            Wish::SignIn { door: if users { 2 } else { door }, password }
        }),
        3 => (password(), password())
            .prop_map(|(old, new)| Wish::ChangePassword { old, new }),
        3 => Just(Wish::Use),
        2 => Just(Wish::SignOut),
        2 => any::<bool>().prop_map(Wish::Ban),
        2 => password().prop_map(|password| Wish::Delete { password }),
    ]
}

/// What all clients of one address have seen so far.
#[derive(Debug, Default)]
struct Seen {
    /// The sessions of the contract `users` that were handed out, by their tokens.
    sessions: Vec<(Session, String)>,
    /// How many sessions were handed out, at whichever door.
    handed_out: usize,
    accounts: Vec<u64>,
    history: Vec<Happened>,
}

/// Those who ask about one address.
#[derive(Clone)]
pub(super) struct Clients {
    email: String,
    directory: Directory,
    seen: Arc<Mutex<Seen>>,
    order: Arc<AtomicU64>,
}

/// Has the wishes of each client fulfilled, one after the other, and all clients at once. A wish is
/// about one of these addresses.
pub(super) async fn run(app: &TestApp, about: &[Clients], wishes: Vec<Vec<(usize, Wish)>>) {
    let clients = wishes.into_iter().map(|wishes| {
        let (about, browser) = (about.to_vec(), app.browser());
        tokio::spawn(async move {
            for (address, wish) in wishes {
                about[address].fulfil(wish, browser.clone()).await;
            }
        })
    });
    join_all(clients.collect::<Vec<_>>()).await.into_iter().for_each(Result::unwrap);
}

impl Clients {
    pub(super) fn new(app: &TestApp, email: &str) -> Self {
        Self {
            email: email.to_owned(),
            directory: app.directory.clone(),
            seen: Arc::default(),
            order: Arc::default(),
        }
    }

    /// Looks at what is left: who is signed in, and by which password one can sign in.
    pub(super) async fn look(&self, app: &TestApp) {
        let sessions = self.seen.lock().unwrap().sessions.clone();
        for (session, token) in sessions {
            let began = self.tick();
            let used = use_it(session, app.browser().cookie("_session", &token)).await;
            self.note(&[used], began);
        }
        for (number, door) in Door::ALL.into_iter().enumerate() {
            let began = self.tick();
            let password = Password::try_from(number % PASSWORDS.len()).unwrap();
            let signed_in = self.sign_in(door, password, app.browser()).await;
            self.note(&[signed_in], began);
        }
    }

    /// Everything that has happened.
    pub(super) fn history(&self) -> Vec<Happened> {
        self.seen.lock().unwrap().history.clone()
    }

    fn tick(&self) -> u64 {
        self.order.fetch_add(1, Ordering::SeqCst)
    }

    fn note(&self, events: &[Event], began: u64) {
        let over = self.tick();
        let history = &mut self.seen.lock().unwrap().history;
        for (number, event) in events.iter().enumerate() {
            let follows = (number > 0).then(|| history.len() - 1);
            history.push(Happened { event: event.clone(), began, over, follows });
        }
    }

    async fn fulfil(&self, wish: Wish, browser: Browser) {
        let session = self.seen.lock().unwrap().sessions.last().cloned();
        let account = self.seen.lock().unwrap().accounts.last().copied();
        let began = self.tick();
        let events = match (wish, session, account) {
            (Wish::SignUp { door, password }, ..) => {
                vec![self.sign_up(door, password, browser).await]
            }
            (Wish::SignIn { door, password }, ..) => {
                vec![self.sign_in(Door::ALL[door], password, browser).await]
            }
            (Wish::ChangePassword { old, new }, Some((session, token)), _) => {
                let browser = browser.cookie("_session", &token);
                vec![change_password(session, (old, new), browser).await]
            }
            (Wish::Use, Some((session, token)), _) => {
                vec![use_it(session, browser.cookie("_session", &token)).await]
            }
            (Wish::SignOut, Some((session, token)), _) => {
                sign_out(session, browser.cookie("_session", &token)).await
            }
            (Wish::Ban(banned), _, Some(account)) => vec![self.ban(account, banned).await],
            (Wish::Delete { password }, ..) => vec![self.delete(password, browser).await],
            // There is no session, or no account, to do that with.
            (Wish::ChangePassword { .. } | Wish::Use | Wish::SignOut | Wish::Ban(_), ..) => vec![],
        };
        self.note(&events, began);
    }

    async fn sign_up(&self, door: usize, password: Password, mut browser: Browser) -> Event {
        let (email, text) = (&self.email, PASSWORDS[usize::from(password)]);
        let reply = match door {
            0 => {
                // Each wants a username of its own, so that the address alone decides.
                let username = format!("name{:010}", USERNAMES.fetch_add(1, Ordering::SeqCst));
                let body = json!({ "username": username, "password": text, "email": email });
                browser.post("/api/v1/user/register/", body).await
            }
            1 => {
                let user = json!({
                    "name": "Somebody", "email": email, "password": text, "password_confirm": text,
                });
                browser.post("/users", json!({ "user": user })).await
            }
            _ => {
                let body = json!({ "username": email, "password": text });
                browser.post("/api/user/signup", body).await
            }
        };
        let body = reply.json();
        let made = [&body["user_id"], &body["user"]["id"]].into_iter().find_map(Value::as_u64);
        let made = made.or_else(|| body["data"]["id"].as_str()?.parse().ok());
        let taken = body["error_code"] == 106
            || body["error"]["message"] == "This email address has used."
            || body["message"] == "user with this username already existed";
        assert_ne!(made.is_some(), taken, "{reply}");
        self.seen.lock().unwrap().accounts.extend(made);
        Event::SignUp { password, made }
    }

    async fn sign_in(&self, door: Door, password: Password, mut browser: Browser) -> Event {
        let text = PASSWORDS[usize::from(password)];
        let outcome = match door.sign_in(&mut browser, &self.email, text).await {
            SignIn::Done(account) => {
                let mut seen = self.seen.lock().unwrap();
                let session = seen.handed_out;
                seen.handed_out += 1;
                if door == Door::Users {
                    let token = browser.kept("_session").unwrap().to_owned();
                    seen.sessions.push((session, token));
                }
                SignedIn::Done { account, session }
            }
            SignIn::Refused if door == Door::ApiKey => SignedIn::NotLetIn,
            SignIn::Refused => SignedIn::Refused,
            SignIn::Banned => SignedIn::Banned,
            SignIn::TooMany => panic!("throttled"),
        };
        Event::SignIn { password, outcome }
    }

    async fn ban(&self, account: u64, banned: bool) -> Event {
        let id = AccountId::new(account).unwrap();
        let done = match banned {
            true => self.directory.ban(id).await,
            false => self.directory.unban(id).await,
        };
        let there = match done {
            Ok(()) => true,
            Err(Error::Denied(Reason::AccountUnknown)) => false,
            Err(error) => panic!("{error}"),
        };
        Event::Ban { account, banned, there }
    }

    async fn delete(&self, password: Password, mut browser: Browser) -> Event {
        let text = PASSWORDS[usize::from(password)];
        let user = json!({ "email": self.email, "password": text });
        let reply = browser.delete("/users", json!({ "user": user })).await;
        let outcome = match reply.json()["error"]["code"].as_u64() {
            None => Deleted::Done,
            Some(1) => Deleted::Unknown,
            Some(2) => Deleted::PasswordWrong,
            Some(3) => Deleted::Banned,
            _ => panic!("{reply}"),
        };
        Event::Delete { password, outcome }
    }
}

async fn change_password(
    session: Session,
    (old, new): (Password, Password),
    mut browser: Browser,
) -> Event {
    let [old_text, new_text] = [old, new].map(|password| PASSWORDS[usize::from(password)]);
    let user = json!({
        "old_password": old_text, "new_password": new_text, "new_password_confirm": new_text,
    });
    let reply = browser.patch("/users/password", json!({ "user": user })).await;
    let outcome = match reply.json()["error"]["code"].as_u64() {
        None => Changed::Done,
        Some(2) => Changed::NotSignedIn,
        Some(3) => Changed::PasswordWrong,
        _ => panic!("{reply}"),
    };
    Event::ChangePassword { session, old, new, outcome }
}

/// Changes the name.
async fn use_it(session: Session, mut browser: Browser) -> Event {
    let reply = browser.patch("/users", json!({ "user": { "name": "Somebody else" } })).await;
    let live = match reply.json()["error"]["code"].as_u64() {
        None => true,
        Some(2) => false,
        _ => panic!("{reply}"),
    };
    Event::Use { session, live }
}

/// Of two sign-outs at once both may find the session live: each is two events.
async fn sign_out(session: Session, mut browser: Browser) -> Vec<Event> {
    let reply = browser.send_json(Method::DELETE, "/users/sign_out", json!({})).await;
    let live = match reply.status.as_u16() {
        200 => true,
        403 => false,
        _ => panic!("{reply}"),
    };
    let found = Event::FindForSignOut { session, live };
    if live { vec![found, Event::End { session }] } else { vec![found] }
}
