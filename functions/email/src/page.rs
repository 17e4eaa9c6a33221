//! The pages that mailed links lead to.

mod words;

use askama::Template;
use shared::{error::Reason, http::Page, notify::Language};

use words::Words;

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// A button that activates the account.
    Activate,
    /// The account is active.
    Activated,
    /// An account that nobody has proven holds the address: a form for the password with which to
    /// take it over.
    ChoosePassword {
        /// Why the last password that was chosen is refused.
        refused: Option<Reason>,
    },
    /// The account has the chosen password.
    PasswordSet,
    /// A button that takes the registration back.
    Cancel,
    /// The registration is taken back.
    Cancelled,
    /// The link leads nowhere.
    Invalid,
    /// An account holds the address.
    Taken,
    /// Something does not work at the moment.
    TryLater,
}

#[derive(Template)]
#[template(path = "form.html")]
struct Form {
    button: &'static str,
    words: &'static Words,
    /// The form has a field for a new password.
    chooses_password: bool,
    problem: Option<&'static str>,
}

impl View {
    pub(crate) fn page(self, language: Language) -> Page {
        let words = Words::of(self, language);
        let page = Page::new(language, words.heading, words.text);
        let Some(button) = words.button else {
            return page;
        };
        let problem = match self {
            Self::ChoosePassword { refused: Some(reason) } => {
                Some(words::problem(reason, language))
            }
            _ => None,
        };
        let chooses_password = matches!(self, Self::ChoosePassword { .. });
        page.with(&Form { button, words, chooses_password, problem })
    }
}
