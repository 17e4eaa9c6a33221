//! The words of mails and text messages. They are in `templates/`, a file for each part and
//! language, and compiled in.

use askama::Template;
use data_encoding::HEXLOWER;
use mail_builder::{MessageBuilder, headers::address::Address, headers::text::Text};

use super::{Language, mailer::Sender, outage::not_composed};
use crate::{
    clock::Seconds,
    error::{Error, Outage},
    identifier::Email,
};

/// A mail. Links are complete URLs.
///
/// Not `Debug`: the links hold secrets.
#[derive(Clone, Copy)]
pub enum Mail<'a> {
    /// A registration waits for its address to be proven.
    Activation {
        /// Activates the account.
        link: &'a str,
        /// Withdraws the registration.
        not_me: &'a str,
    },
    /// The address was registered again while it belongs to an account that has not proven it.
    TakeOver {
        /// The page on which to choose a password and take the account over.
        link: &'a str,
        /// Withdraws the registration.
        not_me: &'a str,
    },
    /// Someone tried to register the address of a proven account.
    AlreadyRegistered,
    /// The account has another email address now. Goes to the former one.
    EmailChanged,
    /// The account has another password now.
    PasswordChanged,
    /// The account can be signed in to by an identity at a provider now.
    IdentityBound,
}

/// The parts of a mail that are words.
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Renders a template with texts of the same names as its variables.
macro_rules! render {
    ($path:literal) => {{
        #[derive(Template)]
        #[template(path = $path)]
        struct Page;
        Page.render()
    }};
    ($path:literal, $($variable:ident),+) => {{
        #[derive(Template)]
        #[template(path = $path)]
        struct Page<'a> {
            $($variable: &'a str),+
        }
        Page { $($variable),+ }.render()
    }};
}

/// Renders the three parts of a mail. Only the bodies can have variables, so nothing from outside
/// gets into a header.
macro_rules! words {
    ($subject:literal, $text:literal, $html:literal $(, $variable:ident)*) => {
        Ok(Words {
            subject: render!($subject)?.trim().to_owned(),
            text: render!($text $(, $variable)*)?,
            html: render!($html $(, $variable)*)?,
        })
    };
}

impl Mail<'_> {
    pub(super) fn words(self, language: Language) -> askama::Result<Words> {
        use Language::{Chinese, English};
        match (self, language) {
            (Self::Activation { link, not_me }, English) => words!(
                "mail/activation/en/subject.txt",
                "mail/activation/en/body.txt",
                "mail/activation/en/body.html",
                link,
                not_me
            ),
            (Self::Activation { link, not_me }, Chinese) => words!(
                "mail/activation/zh/subject.txt",
                "mail/activation/zh/body.txt",
                "mail/activation/zh/body.html",
                link,
                not_me
            ),
            (Self::TakeOver { link, not_me }, English) => words!(
                "mail/take_over/en/subject.txt",
                "mail/take_over/en/body.txt",
                "mail/take_over/en/body.html",
                link,
                not_me
            ),
            (Self::TakeOver { link, not_me }, Chinese) => words!(
                "mail/take_over/zh/subject.txt",
                "mail/take_over/zh/body.txt",
                "mail/take_over/zh/body.html",
                link,
                not_me
            ),
            (Self::AlreadyRegistered, English) => words!(
                "mail/already_registered/en/subject.txt",
                "mail/already_registered/en/body.txt",
                "mail/already_registered/en/body.html"
            ),
            (Self::AlreadyRegistered, Chinese) => words!(
                "mail/already_registered/zh/subject.txt",
                "mail/already_registered/zh/body.txt",
                "mail/already_registered/zh/body.html"
            ),
            (Self::EmailChanged, English) => words!(
                "mail/email_changed/en/subject.txt",
                "mail/email_changed/en/body.txt",
                "mail/email_changed/en/body.html"
            ),
            (Self::EmailChanged, Chinese) => words!(
                "mail/email_changed/zh/subject.txt",
                "mail/email_changed/zh/body.txt",
                "mail/email_changed/zh/body.html"
            ),
            (Self::PasswordChanged, English) => words!(
                "mail/password_changed/en/subject.txt",
                "mail/password_changed/en/body.txt",
                "mail/password_changed/en/body.html"
            ),
            (Self::PasswordChanged, Chinese) => words!(
                "mail/password_changed/zh/subject.txt",
                "mail/password_changed/zh/body.txt",
                "mail/password_changed/zh/body.html"
            ),
            (Self::IdentityBound, English) => words!(
                "mail/identity_bound/en/subject.txt",
                "mail/identity_bound/en/body.txt",
                "mail/identity_bound/en/body.html"
            ),
            (Self::IdentityBound, Chinese) => words!(
                "mail/identity_bound/zh/subject.txt",
                "mail/identity_bound/zh/body.txt",
                "mail/identity_bound/zh/body.html"
            ),
        }
    }
}

/// The mail as it goes over the wire.
pub(super) fn message(
    from: &Sender,
    to: &Email,
    mail: Mail<'_>,
    language: Language,
    now: Seconds,
) -> Result<Vec<u8>, Error> {
    let Words { subject, text, html } =
        mail.words(language).map_err(|_| not_composed("SendRawEmail"))?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Outage::new("no randomness for a mail"))?;
    MessageBuilder::new()
        .from(Address::new_address(from.name.as_deref(), from.address.as_str()))
        .to(to.as_str())
        .subject(subject)
        // SES puts its own in the place of these two; other relays do not.
        .date(now)
        .message_id(format!("{}@{}", HEXLOWER.encode(&random), from.domain()))
        .header("Content-Language", Text::new(language.tag()))
        // RFC 3834, and what Exchange heeds instead: no out-of-office replies. But bounces, which
        // `All` would suppress too.
        .header("Auto-Submitted", Text::new("auto-generated"))
        .header("X-Auto-Response-Suppress", Text::new("OOF, AutoReply"))
        // The canonical form of text (RFC 2046, section 4.1.1), which base64 would not give it.
        .text_body(text.replace('\n', "\r\n"))
        .html_body(html.replace('\n', "\r\n"))
        .write_to_vec()
        .map_err(|_| not_composed("SendRawEmail"))
}

/// The text message that carries a code.
pub(super) fn code(code: &str, minutes: u32, language: Language) -> askama::Result<String> {
    #[derive(Template)]
    #[template(path = "sms/code.en.txt")]
    struct English<'a> {
        code: &'a str,
        minutes: u32,
    }

    #[derive(Template)]
    #[template(path = "sms/code.zh.txt")]
    struct Chinese<'a> {
        code: &'a str,
        minutes: u32,
    }

    let text = match language {
        Language::English => English { code, minutes }.render(),
        Language::Chinese => Chinese { code, minutes }.render(),
    };
    Ok(text?.trim().to_owned())
}
