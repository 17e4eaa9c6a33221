//! What each request comes to in the abstract directory, told one request after another.

use shared::credential::Kind;

use super::{
    budget::{Budget, UsedUp},
    names::{Email, Identifier, Names, Password, Phone, Place, Spelling},
    state::{Account, CookieChange, Link, Message, Refusal, State, lifetime},
    step::{Following, Operation, SignInDoor, SignUpDoor},
};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// The account that a reply is about, if it is about one.
type About = Option<usize>;

type Outcome = Result<About, Refusal>;

impl SignInDoor {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::ApiKey(_) => Kind::ApiKey,
            Self::Cookie(_) | Self::CookieByUsername(_) => Kind::CookieSession,
            Self::Users(_) => Kind::UsersSession,
            Self::ContactByEmail(_) | Self::ContactByPhone(_) => Kind::ContactSession,
            Self::WebApp(_) => Kind::WebSession,
            Self::ClientApp(_) => Kind::TenantToken,
        }
    }

    pub(super) const fn identifier(self) -> Identifier {
        match self {
            Self::CookieByUsername(username) => Identifier::Username(username),
            Self::ContactByPhone(phone) => Identifier::Phone(phone),
            Self::ApiKey(email)
            | Self::Cookie(email)
            | Self::Users(email)
            | Self::ContactByEmail(email)
            | Self::WebApp(email)
            | Self::ClientApp(email) => Identifier::Email(email),
        }
    }

    /// Whether its contract tells an unknown account from a wrong password.
    const fn tells(self) -> bool {
        matches!(self, Self::Users(_) | Self::ContactByEmail(_) | Self::ContactByPhone(_))
    }
}

impl State {
    /// Refuses the client apps of a tenant that is disabled.
    fn authenticate(&mut self, place: Place) -> Result<(), Refusal> {
        if self.tenant_enabled {
            return Ok(());
        }
        self.take(Budget::GuessFrom(place))?;
        Err(Refusal::TenantUnauthenticated)
    }

    pub(super) fn sign_up(
        &mut self,
        door: SignUpDoor,
        (email, spelling): (Email, Spelling),
        password: Password,
        place: Place,
        presented: Option<usize>,
    ) -> Outcome {
        let by_tenant = door == SignUpDoor::ClientApp;
        if by_tenant {
            self.authenticate(place)?;
        } else {
            self.take(Budget::SignUpFrom(place))?;
        }
        let username = match door {
            SignUpDoor::Cookie(username) => Some(username),
            SignUpDoor::Users | SignUpDoor::WebApp | SignUpDoor::ClientApp => None,
        };
        let is_taken = |identifier| self.holder(identifier).is_some();
        let taken = if username.map(Identifier::Username).is_some_and(is_taken) {
            Some(Refusal::UsernameTaken)
        } else if is_taken(Identifier::Email(email)) {
            Some(Refusal::EmailTaken)
        } else {
            None
        };
        if let Some(taken) = taken {
            if by_tenant {
                return Err(taken);
            }
            // What makes no account is no sign-up.
            self.give_back(Budget::SignUpFrom(place));
            return self.disclose(taken, place);
        }
        self.effects.hashes += 1;
        let made = self.make(Account {
            email: Some(email),
            username: username.map(|username| (username, spelling)),
            name: (door == SignUpDoor::Users).then(|| Names::shown_name(email)),
            ..Account::new(password)
        });
        let kind = match door {
            SignUpDoor::Cookie(_) | SignUpDoor::Users => return Ok(Some(made)),
            SignUpDoor::WebApp => Kind::WebSession,
            SignUpDoor::ClientApp => Kind::TenantToken,
        };
        presented.into_iter().for_each(|replaced| self.end(replaced));
        self.hand_out(kind, made);
        self.remember(made, None, place);
        Ok(Some(made))
    }

    pub(super) fn sign_in(
        &mut self,
        door: SignInDoor,
        password: Password,
        place: Place,
        presented: Option<usize>,
    ) -> Outcome {
        let (kind, identifier) = (door.kind(), door.identifier());
        let by_tenant = kind == Kind::TenantToken;
        if by_tenant {
            self.authenticate(place)?;
        } else {
            self.take(Budget::GuessFrom(place))?;
        }
        let account = self.holder(identifier);
        let known =
            account.is_some_and(|account| self.knows_identifier(identifier, place, account));
        let guess = self.take_guess(account, known, Some(identifier), place)?;
        self.effects.hashes += 1;
        let refusal = match account {
            None => Some(Refusal::Unknown),
            Some(account) if self.accounts[account].password != password => {
                Some(Refusal::PasswordWrong)
            }
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            return if door.tells() { self.disclose(refusal, place) } else { Err(refusal) };
        }
        let account = account.unwrap();
        self.give_back(guess);
        if !by_tenant {
            self.give_back(Budget::GuessFrom(place));
        }
        if self.accounts[account].banned {
            return Err(Refusal::Banned);
        }
        presented.into_iter().for_each(|replaced| self.end(replaced));
        self.hand_out(kind, account);
        self.remember(account, known.then_some(identifier), place);
        Ok(Some(account))
    }

    /// At the contract of `kind`.
    pub(super) fn sign_out(
        &mut self,
        kind: Kind,
        credential: Option<usize>,
        by: Identifier,
        place: Place,
    ) -> Outcome {
        match kind {
            // Whatever a key was, now it is none.
            Kind::ApiKey => {
                credential.into_iter().for_each(|credential| self.end(credential));
                return Ok(None);
            }
            Kind::ContactSession => {
                let Some(holder) = self.holder(by) else {
                    return self.disclose(Refusal::Unknown, place);
                };
                if let Some((credential, account)) = self.session(credential)
                    && account == holder
                {
                    self.end(credential);
                    self.effects.cookie = Some(CookieChange::Cleared(kind));
                }
                return Ok(None);
            }
            Kind::TenantToken => self.authenticate(place)?,
            Kind::CookieSession | Kind::UsersSession | Kind::WebSession => {}
        }
        let (credential, account) = self.session(credential).ok_or(Refusal::NotSignedIn)?;
        self.end(credential);
        if kind != Kind::TenantToken {
            self.effects.cookie = Some(CookieChange::Cleared(kind));
        }
        Ok(Some(account))
    }

    pub(super) fn change_password(
        &mut self,
        kind: Kind,
        credential: Option<usize>,
        (old, new): (Password, Password),
        place: Place,
    ) -> Outcome {
        let by_tenant = kind == Kind::TenantToken;
        if by_tenant {
            self.authenticate(place)?;
        }
        let (credential, account) = self.session(credential).ok_or(Refusal::NotSignedIn)?;
        let known = self.knows_account(place, account);
        let guess = self.take_guess(Some(account), known, None, place);
        let address: Result<(), UsedUp> =
            if by_tenant { Ok(()) } else { self.take(Budget::GuessFrom(place)) };
        match (guess, address) {
            (Ok(guess), Err(_)) => self.give_back(guess),
            (Err(_), Ok(())) if !by_tenant => self.give_back(Budget::GuessFrom(place)),
            _ => {}
        }
        address?;
        let guess = guess?;
        self.effects.hashes += 1;
        if self.accounts[account].password != old {
            return Err(Refusal::PasswordWrong);
        }
        self.effects.hashes += 1;
        self.give_back(guess);
        if !by_tenant {
            self.give_back(Budget::GuessFrom(place));
        }
        let whose = &mut self.accounts[account];
        whose.password = new;
        whose.epoch += 1;
        let (epoch, email) = (whose.epoch, whose.email);
        let (idle, _) = lifetime(kind);
        let session = &mut self.credentials[credential];
        session.epoch = epoch;
        session.expires = session.ends.min(self.now + idle);
        let left = session.expires - self.now;
        if !by_tenant {
            self.effects.cookie = Some(CookieChange::Set(credential, left));
        }
        email.into_iter().for_each(|email| self.send(Message::PasswordChanged(email)));
        Ok(Some(account))
    }

    pub(super) fn change_profile(
        &mut self,
        credential: Option<usize>,
        name: Option<String>,
        email: Option<Email>,
        place: Place,
    ) -> Outcome {
        let (credential, account) = self.session(credential).ok_or(Refusal::NotSignedIn)?;
        let before = self.accounts[account].email;
        let new = email.filter(|new| before != Some(*new));
        if new.is_some_and(|new| self.holder(Identifier::Email(new)).is_some()) {
            return self.disclose(Refusal::EmailTaken, place);
        }
        let whose = &mut self.accounts[account];
        if name.is_some() {
            whose.name = name;
        }
        if new.is_some() {
            whose.email = new;
            whose.proven = false;
            if self.knows_account(place, account) {
                self.remember(account, None, place);
            }
            before.into_iter().for_each(|old| self.send(Message::EmailChanged(old)));
        }
        // A use starts the idle time anew, but not more than once in a day.
        let (idle, _) = lifetime(Kind::UsersSession);
        let session = &mut self.credentials[credential];
        let until = session.ends.min(self.now + idle);
        if until >= session.expires + DAY {
            session.expires = until;
            self.effects.cookie = Some(CookieChange::Set(credential, until - self.now));
        }
        Ok(Some(account))
    }

    /// By its owner.
    pub(super) fn delete(
        &mut self,
        email: Email,
        password: Password,
        place: Place,
        presented: Option<usize>,
    ) -> Outcome {
        self.take(Budget::GuessFrom(place))?;
        let identifier = Identifier::Email(email);
        let session = self.session(presented).map(|(_, account)| account);
        // The session of another account makes the address as wrong as nobody's.
        let account = self
            .holder(identifier)
            .filter(|account| session.is_none_or(|session| session == *account));
        let known =
            account.is_some_and(|account| self.knows_identifier(identifier, place, account));
        let guess = self.take_guess(account, known, Some(identifier), place)?;
        self.effects.hashes += 1;
        let Some(account) = account else { return self.disclose(Refusal::Unknown, place) };
        if self.accounts[account].password != password {
            return self.disclose(Refusal::PasswordWrong, place);
        }
        self.give_back(Budget::GuessFrom(place));
        if self.accounts[account].banned {
            self.give_back(guess);
            return Err(Refusal::Banned);
        }
        self.accounts[account].gone = true;
        if presented.is_some() {
            self.effects.cookie = Some(CookieChange::Cleared(Kind::UsersSession));
        }
        Ok(None)
    }

    pub(super) fn ask_for_link(
        &mut self,
        email: Email,
        password: Password,
        place: Place,
    ) -> Outcome {
        let interval = self.take(Budget::MailInterval(email));
        let sign_up = self.take(Budget::SignUpFrom(place));
        let outcome = self.mail_link(email, password, place, (interval, sign_up));
        if outcome.is_err() {
            if interval.is_ok() {
                self.give_back(Budget::MailInterval(email));
            }
            if sign_up.is_ok() {
                self.give_back(Budget::SignUpFrom(place));
            }
        }
        outcome
    }

    fn mail_link(
        &mut self,
        email: Email,
        password: Password,
        place: Place,
        (interval, sign_up): (Result<(), UsedUp>, Result<(), UsedUp>),
    ) -> Outcome {
        sign_up?;
        let holder = self.holder(Identifier::Email(email));
        if holder.is_some_and(|holder| self.accounts[holder].proven) {
            return self.disclose(Refusal::EmailTaken, place);
        }
        interval.map_err(|_| Refusal::SentTooOften)?;
        let (pair, day) = (Budget::MailPair(email, place), Budget::MailDay(email));
        match (self.take(pair), self.take(day)) {
            (Ok(()), Ok(())) => {}
            (pair_taken, day_taken) => {
                if pair_taken.is_ok() {
                    self.give_back(pair);
                }
                if day_taken.is_ok() {
                    self.give_back(day);
                }
                return Err(Refusal::SentTooOften);
            }
        }
        self.effects.hashes += 1;
        let expires = self.now + DAY;
        self.links.push(Link { email, password, expires, opened: None, taken_back: false });
        self.send(match holder {
            Some(_) => Message::TakeOver(email),
            None => Message::Activate(email),
        });
        Ok(None)
    }

    pub(super) fn follow(&mut self, link: Option<usize>, following: Following) -> Outcome {
        let number = link.ok_or(Refusal::LinkInvalid)?;
        let link = self.links[number];
        if link.taken_back || self.now >= link.expires {
            return Err(Refusal::LinkInvalid);
        }
        let holder = self.holder(Identifier::Email(link.email));
        match (link.opened, following) {
            // The account is gone by now, or has another address.
            (Some((account, _)), _) if holder != Some(account) => Err(Refusal::LinkInvalid),
            (Some(_), Following::Open | Following::Press) => Ok(None),
            (Some(_), Following::Choose(_)) => Err(Refusal::EmailTaken),
            (Some((account, true)), Following::TakeBack) if self.accounts[account].banned => {
                Err(Refusal::LinkInvalid)
            }
            (opened, Following::TakeBack) => {
                if let Some((account, true)) = opened {
                    self.accounts[account].gone = true;
                }
                self.links[number].taken_back = true;
                Ok(None)
            }
            (None, _) => self.open(number, holder, following),
        }
    }

    /// Opens a link for the first time.
    fn open(&mut self, number: usize, holder: Option<usize>, following: Following) -> Outcome {
        let link = self.links[number];
        let chosen = match following {
            Following::Choose(password) => Some(password),
            Following::Open | Following::Press | Following::TakeBack => None,
        };
        let (account, made) = match (holder, chosen) {
            (None, chosen) => {
                let password = chosen.unwrap_or(link.password);
                let email = Some(link.email);
                (self.make(Account { email, proven: true, ..Account::new(password) }), true)
            }
            (Some(holder), Some(chosen))
                if !self.accounts[holder].proven && !self.accounts[holder].banned =>
            {
                let account = &mut self.accounts[holder];
                account.proven = true;
                account.username = None;
                account.password = chosen;
                account.epoch += 1;
                (holder, false)
            }
            (Some(_), _) => return Err(Refusal::EmailTaken),
        };
        self.effects.hashes += u64::from(chosen.is_some());
        self.links[number].opened = Some((account, made));
        self.links[number].expires = self.now + 7 * DAY;
        Ok(None)
    }

    pub(super) fn ask_for_code(&mut self, phone: Phone) -> Outcome {
        self.take(Budget::SmsInterval(phone)).map_err(|_| Refusal::SentTooOften)?;
        if self.take(Budget::SmsDay(phone)).is_err() {
            self.give_back(Budget::SmsInterval(phone));
            return Err(Refusal::SentTooOften);
        }
        self.codes.insert(phone, self.now + 10 * MINUTE);
        self.send(Message::Code(phone));
        Ok(None)
    }

    /// With a code that is the one that was sent last, or is not, or without one.
    pub(super) fn register_by_phone(
        &mut self,
        phone: Phone,
        password: Password,
        right: Option<bool>,
        place: Place,
    ) -> Outcome {
        self.take(Budget::SignUpFrom(place))?;
        let outcome = self.exchange_code(phone, password, right, place);
        if outcome.is_err() {
            self.give_back(Budget::SignUpFrom(place));
        }
        outcome
    }

    fn exchange_code(
        &mut self,
        phone: Phone,
        password: Password,
        right: Option<bool>,
        place: Place,
    ) -> Outcome {
        if self.holder(Identifier::Phone(phone)).is_some() {
            return self.disclose(Refusal::PhoneTaken, place);
        }
        let live = self.codes.get(&phone).is_some_and(|until| self.now < *until);
        let right = right.filter(|_| live).ok_or(Refusal::CodeWrong)?;
        self.take(Budget::CodeTry(phone))?;
        if !right {
            return Err(Refusal::CodeWrong);
        }
        self.effects.hashes += 1;
        self.give_back(Budget::CodeTry(phone));
        self.codes.remove(&phone);
        Ok(Some(self.make(Account { phone: Some(phone), ..Account::new(password) })))
    }

    pub(super) fn look_at(&self, account: Option<usize>) -> Outcome {
        let there = account.filter(|account| !self.accounts[*account].gone);
        there.map(Some).ok_or(Refusal::Unknown)
    }

    pub(super) fn operate(&mut self, account: Option<usize>, operation: Operation) -> Outcome {
        let account = self.look_at(account)?;
        let whose = &mut self.accounts[account.unwrap()];
        match operation {
            Operation::Ban => {
                whose.banned = true;
                whose.epoch += 1;
            }
            Operation::Unban => whose.banned = false,
            Operation::SignOut => whose.epoch += 1,
            Operation::Delete => whose.gone = true,
        }
        Ok(account)
    }
}
