//! Budgets: so many events in the window that the first of them opens.

use std::collections::BTreeMap;

use super::names::{Email, Identifier, Phone, Place};

/// What is counted, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Budget {
    /// Passwords for an account, from wherever it is not known.
    Guess(usize),
    /// Passwords for an account from where it is known.
    GuessAt(usize, Place),
    /// Passwords for an identifier that nobody has.
    GuessOf(Identifier),
    GuessFrom(Place),
    SignUpFrom(Place),
    DisclosureTo(Place),
    MailInterval(Email),
    MailPair(Email, Place),
    MailDay(Email),
    SmsInterval(Phone),
    SmsDay(Phone),
    CodeTry(Phone),
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The limits that the product is run with: lower than its own, so that sequences come to them.
pub(super) const SETTINGS: [(&str, &str); 13] = [
    ("LIMIT_GUESSES_PER_ACCOUNT", "2"),
    ("LIMIT_GUESSES_PER_ADDRESS", "6"),
    ("LIMIT_SIGN_UPS_PER_ADDRESS", "4"),
    ("LIMIT_DISCLOSURES_PER_ADDRESS", "3"),
    ("LIMIT_MAILS_PER_RECIPIENT", "4"),
    ("LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS", "2"),
    ("LIMIT_SMS_PER_NUMBER", "3"),
    ("LIMIT_CODE_TRIES", "2"),
    // What counts for all sequences together, and notices, of which each change has its own.
    ("LIMIT_NOTICES_PER_ACCOUNT", "1000000"),
    ("LIMIT_SMS_PER_DAY", "1000000000"),
    ("LIMIT_GUESSES_PER_TENANT", "1000000000"),
    ("LIMIT_SIGN_UPS_PER_TENANT", "1000000000"),
    ("LIMIT_DISCLOSURES_PER_TENANT", "1000000000"),
];

impl Budget {
    /// How many, and in how many seconds.
    const fn limit(self) -> (u32, i64) {
        match self {
            Self::Guess(_) | Self::GuessAt(..) | Self::GuessOf(_) => (2, 15 * MINUTE),
            Self::GuessFrom(_) => (6, 15 * MINUTE),
            Self::SignUpFrom(_) => (4, HOUR),
            Self::DisclosureTo(_) => (3, HOUR),
            Self::MailInterval(_) | Self::SmsInterval(_) => (1, MINUTE),
            Self::MailPair(..) => (2, DAY),
            Self::MailDay(_) => (4, DAY),
            Self::SmsDay(_) => (3, DAY),
            Self::CodeTry(_) => (2, HOUR),
        }
    }
}

/// That a budget is used up, and for how many more seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UsedUp(pub(super) i64);

#[derive(Clone, Copy, Debug)]
struct Window {
    opened: i64,
    count: u32,
}

/// All windows that were ever opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Budgets(BTreeMap<Budget, Window>);

impl Budgets {
    pub(super) fn take(&mut self, budget: Budget, now: i64) -> Result<(), UsedUp> {
        let (count, length) = budget.limit();
        let window = self.0.entry(budget).or_insert(Window { opened: now, count: 0 });
        if window.count == 0 || window.opened + length <= now {
            *window = Window { opened: now, count: 1 };
        } else if window.count < count {
            window.count += 1;
        } else {
            return Err(UsedUp(window.opened + length - now));
        }
        Ok(())
    }

    /// Gives back what was taken in this very step.
    pub(super) fn give_back(&mut self, budget: Budget) {
        self.0.get_mut(&budget).unwrap().count -= 1;
    }
}
