//! The life of whoever has an email address, told one event after the other: what each request may
//! have come to.

use std::collections::BTreeSet;

/// One of the passwords.
pub(super) type Password = u8;

/// A session, by its number in the history.
pub(super) type Session = usize;

/// What a client has asked for, and what it was told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Event {
    /// A sign-up: the id of the account, unless the address was taken.
    SignUp {
        password: Password,
        made: Option<u64>,
    },
    SignIn {
        password: Password,
        outcome: SignedIn,
    },
    /// Whether the password was right, to a live session.
    ChangePassword {
        session: Session,
        old: Password,
        new: Password,
        outcome: Changed,
    },
    /// A use of a session: whether it was live.
    Use {
        session: Session,
        live: bool,
    },
    /// The first half of a sign-out: whether the session was found live.
    FindForSignOut {
        session: Session,
        live: bool,
    },
    /// The second half, if it was: the end of the session.
    End {
        session: Session,
    },
    /// The operator's ban of an account, or its lifting: whether there was such an account.
    Ban {
        account: u64,
        banned: bool,
        there: bool,
    },
    Delete {
        password: Password,
        outcome: Deleted,
    },
}

/// What came of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SignedIn {
    Done {
        account: u64,
        session: Session,
    },
    Refused,
    Banned,
    /// Either of them: the contract does not tell.
    NotLetIn,
}

/// What came of a change of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Changed {
    Done,
    PasswordWrong,
    NotSignedIn,
}

/// What came of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deleted {
    Done,
    Unknown,
    PasswordWrong,
    Banned,
}

/// What there is at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Life {
    account: Option<Account>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Account {
    id: u64,
    password: Password,
    banned: bool,
    /// The sessions that are live.
    sessions: BTreeSet<Session>,
}

impl Life {
    /// What there is after an event, if it can have happened now.
    pub(super) fn after(&self, event: &Event) -> Option<Self> {
        let mut after = self.clone();
        let can_happen = match *event {
            Event::SignUp { password, made } => after.sign_up(password, made),
            Event::SignIn { password, outcome } => after.sign_in(password, outcome),
            Event::ChangePassword { session, old, new, outcome } => {
                after.change_password(session, (old, new), outcome)
            }
            Event::Use { session, live } | Event::FindForSignOut { session, live } => {
                self.is_live(session) == live
            }
            Event::End { session } => {
                if let Some(account) = &mut after.account {
                    account.sessions.remove(&session);
                }
                true
            }
            Event::Ban { account, banned, there } => after.ban(account, banned) == there,
            Event::Delete { password, outcome } => after.delete(password) == outcome,
        };
        can_happen.then_some(after)
    }

    fn is_live(&self, session: Session) -> bool {
        self.account.as_ref().is_some_and(|account| account.sessions.contains(&session))
    }

    fn sign_up(&mut self, password: Password, made: Option<u64>) -> bool {
        match (made, &self.account) {
            (None, taken) => taken.is_some(),
            (Some(_), Some(_)) => false,
            (Some(id), None) => {
                let sessions = BTreeSet::new();
                self.account = Some(Account { id, password, banned: false, sessions });
                true
            }
        }
    }

    fn sign_in(&mut self, password: Password, outcome: SignedIn) -> bool {
        let right = self.account.as_mut().filter(|account| account.password == password);
        match (outcome, right) {
            (SignedIn::Refused, right) => right.is_none(),
            (SignedIn::Banned, right) => right.is_some_and(|account| account.banned),
            (SignedIn::NotLetIn, right) => right.is_none_or(|account| account.banned),
            (SignedIn::Done { account: id, session }, Some(account)) => {
                account.sessions.insert(session);
                account.id == id && !account.banned
            }
            (SignedIn::Done { .. }, None) => false,
        }
    }

    fn change_password(
        &mut self,
        session: Session,
        (old, new): (Password, Password),
        outcome: Changed,
    ) -> bool {
        let account = self.account.as_mut().filter(|it| it.sessions.contains(&session));
        let Some(account) = account else { return outcome == Changed::NotSignedIn };
        if account.password != old {
            return outcome == Changed::PasswordWrong;
        }
        account.password = new;
        account.sessions = BTreeSet::from([session]);
        outcome == Changed::Done
    }

    fn ban(&mut self, id: u64, banned: bool) -> bool {
        let account = self.account.as_mut().filter(|account| account.id == id);
        let Some(account) = account else { return false };
        account.banned = banned;
        if banned {
            account.sessions.clear();
        }
        true
    }

    fn delete(&mut self, password: Password) -> Deleted {
        match &self.account {
            None => Deleted::Unknown,
            Some(account) if account.password != password => Deleted::PasswordWrong,
            Some(account) if account.banned => Deleted::Banned,
            Some(_) => {
                self.account = None;
                Deleted::Done
            }
        }
    }
}
