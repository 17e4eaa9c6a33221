//! Registering by email: a registration that waits, and a mailed link to complete it.
//!
//! A registration that waits reserves nothing: several for one address live side by side, and the
//! first link that is opened makes the account. An account that holds the address without having
//! proven it does not keep the address from the person who can: a link then opens the way to take
//! that account over, with a new password that only the opener knows.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    config::Replies,
    credential::BareToken,
    error::{Error, Outage, Reason},
    identifier::{AccountId, Email, Identifier},
    notify::{Mail, Mailer},
    password::{NewPassword, PasswordHash},
    store::{Counter, Found, Key, Taken},
};

use super::{Client, Directory, MailMark, account::Claim, budget::Budget};

/// How long a link can be opened for the first time.
const LINK_LIFETIME: Seconds = 24 * 60 * 60;

/// A registration that waits for its link to be opened, or was opened of late.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) email: Email,
    /// That of the account to be made. It is gone once the link was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<PasswordHash>,
    pub(super) created: Seconds,
    /// Until when the link does what it does.
    pub(super) expires: Seconds,
    /// For DynamoDB to clean up by. The other one decides.
    pub(super) ttl: Seconds,
    /// The account that the link led to, once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<AccountId>,
    /// Whether that account was made by the link, rather than taken over.
    #[serde(default)]
    pub(super) made: bool,
}

/// What is known of the address that a link is to go to.
struct Recipient {
    claim: Option<Claim>,
    mark: Option<MailMark>,
}

impl Directory {
    /// Sends a link that makes an account with this address and password when it is opened.
    ///
    /// # Errors
    ///
    /// [`Reason::EmailTaken`] (by an account that has proven the address; with uniform replies its
    /// owner gets a mail instead), [`Reason::SentTooOften`], [`Error::Throttled`],
    /// [`Error::Unavailable`]: then nothing is sent and trying again works at once.
    pub async fn register_by_email(
        &self,
        email: &Email,
        password: &NewPassword,
        client: &Client,
    ) -> Result<(), Error> {
        let claim = Key::claim(&Identifier::Email(email.clone()));
        let mark = Key::undeliverable(email);
        let keys = [&claim, &mark];
        let interval = Counter::new("mail_interval", email.as_str());
        let limits = &self.config.limits;
        // Counted before it is known whether the address is taken, so that whoever may register no
        // more learns no more either.
        let (found, interval, sign_up) = futures::join!(
            self.store.get_many(&keys),
            self.take_sending(&interval, limits.mail_interval),
            self.take_from(Budget::SignUps, client)
        );
        let taken: Vec<Taken> = interval.iter().chain(&sign_up).cloned().collect();
        let registered = async {
            sign_up?;
            let mut found = found?.into_iter();
            let claim: Option<Claim> = found.next().flatten().map(Found::decode).transpose()?;
            let mark: Option<MailMark> = found.next().flatten().map(Found::decode).transpose()?;
            let proven = claim.as_ref().is_some_and(|claim| claim.verified);
            if proven && self.config.replies == Replies::Documented {
                return Err(self.disclose(Reason::EmailTaken, client).await);
            }
            interval?;
            let recipient = Recipient { claim, mark };
            self.mail_link(email, password, &recipient, client).await
        };
        let registered = registered.await;
        if registered.is_err() {
            // Nothing is counted that did not happen.
            self.give_all_back(&taken).await;
        }
        registered
    }

    /// Mails a link, if the recipient's budgets allow it.
    async fn mail_link(
        &self,
        email: &Email,
        password: &NewPassword,
        recipient: &Recipient,
        client: &Client,
    ) -> Result<(), Error> {
        let (limits, address) = (&self.config.limits, client.address.as_str());
        let pair = Counter::new("mail_pair", &format!("{}\n{address}", email.as_str()));
        let day = Counter::new("mail_day", email.as_str());
        let (pair, day) = futures::join!(
            self.take_sending(&pair, limits.mails_per_recipient_and_address),
            self.take_sending(&day, limits.mails_per_recipient)
        );
        let taken = self.all_or_nothing([pair, day]).await?;
        let sent = self.send_link(email, password, recipient, client).await;
        if sent.is_err() {
            self.give_all_back(&taken).await;
        }
        sent
    }

    /// Has a registration wait for its link, and mails that.
    async fn send_link(
        &self,
        email: &Email,
        password: &NewPassword,
        recipient: &Recipient,
        client: &Client,
    ) -> Result<(), Error> {
        let (mailer, public_url) = self.mailer()?;
        let token = BareToken::random()?;
        let (now, password) = (self.now(), self.hasher.hash(password).await?);
        let expires = now + LINK_LIFETIME;
        let pending = Pending {
            email: email.clone(),
            password: Some(password),
            created: now,
            expires,
            ttl: expires,
            account: None,
            made: false,
        };
        let key = Key::pending(&token);
        self.store.put_all(&[(key.clone(), &pending)]).await?;
        // All else is done as ever, and answered alike: whether mails to an address come back is
        // nobody's business.
        if recipient.mark.is_some_and(MailMark::forbids) {
            tracing::warn!("a link is not sent: mail to its address came back");
            return Ok(());
        }
        let link = |page| link(public_url, page, email, &token);
        let (open, not_me) = (link("active"), link("cancel"));
        let mail = match &recipient.claim {
            Some(claim) if claim.verified => Mail::AlreadyRegistered,
            Some(_) => Mail::TakeOver { link: &open, not_me: &not_me },
            None => Mail::Activation { link: &open, not_me: &not_me },
        };
        let sent = mailer.send(email, &mail, client.language).await;
        if sent.is_err() && self.store.delete(&key).await.is_err() {
            tracing::warn!("a registration waits for a link that was not sent");
        }
        sent
    }

    fn mailer(&self) -> Result<(&Mailer, &str), Outage> {
        let parts = self.mailer.as_ref().zip(self.config.public_url.as_deref());
        parts.ok_or_else(|| Outage::new("this function sends no mail"))
    }
}

/// What stands for itself in a path's segment ([RFC 3986, section 2.3]); everything else is encoded.
///
/// [RFC 3986, section 2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-2.3
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn link(public_url: &str, page: &str, email: &Email, token: &BareToken) -> String {
    let email = utf8_percent_encode(email.as_str(), SEGMENT);
    format!("{public_url}/email/users/{page}/{email}/{}", token.expose())
}
