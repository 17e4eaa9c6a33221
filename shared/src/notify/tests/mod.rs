//! What is sent, and what becomes of it. The words are tested apart from the wire.

mod mailer;
mod texter;
mod wire;
mod words;

use super::{Language, Mail};

const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

/// Links of the form that real ones have.
const LINK: &str = "https://api.example.com/email/users/active/ann%40example.com/dG9rZW4tb25l";
const NOT_ME: &str = "https://api.example.com/email/users/cancel/ann%40example.com/dG9rZW4tb25l";

const MAILS: [(&str, Mail<'_>); 6] = [
    ("activation", Mail::Activation { link: LINK, not_me: NOT_ME }),
    ("take_over", Mail::TakeOver { link: LINK, not_me: NOT_ME }),
    ("already_registered", Mail::AlreadyRegistered),
    ("email_changed", Mail::EmailChanged),
    ("password_changed", Mail::PasswordChanged),
    ("identity_bound", Mail::IdentityBound),
];

/// Every mail in every language.
fn every_mail() -> impl Iterator<Item = (String, Mail<'static>, Language)> {
    MAILS.into_iter().flat_map(|(name, mail)| {
        LANGUAGES.map(|language| (format!("{name} in {language:?}"), mail, language))
    })
}
