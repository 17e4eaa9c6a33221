//! Mails by Amazon SES and text messages by Amazon SNS, and the words in them.
//!
//! Whether, when and how often somebody is written to is not decided here.

mod client;
mod compose;
mod language;
mod mailer;
mod outage;
#[cfg(test)]
mod tests;
mod texter;

pub use client::{ses, sns};
pub use compose::Mail;
pub use language::Language;
pub use mailer::{InvalidSender, Mailer};
pub use texter::{SmsOutcome, Texter, TexterSettings};
