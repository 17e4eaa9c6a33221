//! Registering by phone: a code by text message, and an account in exchange for it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{
    clock::Seconds,
    error::{Error, Outage, Reason},
    identifier::{AccountId, Identifier, Phone},
    notify::SmsOutcome,
    password::NewPassword,
    store::{CommitError, Counter, Found, Key, Statement, Taken},
};

use super::{Account, Client, Directory, ID_ATTEMPTS, account::Claim, budget::Budget};

/// How long a code is valid, in minutes.
const CODE_MINUTES: u32 = 10;
/// How many codes there are: six digits.
const CODES: u32 = 1_000_000;
/// The code that was last sent to a number.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SentCode {
    /// HMAC-SHA-256 of number and code, in hexadecimal: a million codes are soon tried, so their
    /// plain hashes would hide nothing.
    digest: String,
    expires: Seconds,
    /// For DynamoDB to clean up by. The other one decides.
    ttl: Seconds,
}

/// The key of the codes' digests.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct CodeSecret {
    secret: String,
}

/// What a refused write of a sign-up by phone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Id,
    Phone,
    Code,
}

impl Directory {
    /// Sends a code to a number. Whether the number has an account makes no difference.
    ///
    /// # Errors
    ///
    /// [`Reason::PhoneNotSupported`], [`Reason::SentTooOften`], [`Error::Throttled`] (the client
    /// address, or everybody together, had too many today), [`Error::Unavailable`]: then trying
    /// again works at once, but counts towards the day.
    pub async fn send_code(&self, phone: &Phone, client: &Client) -> Result<(), Error> {
        if !phone.can_be_texted(&self.config.sms.allowed_countries) {
            return Err(Reason::PhoneNotSupported.into());
        }
        let key = Key::code(phone);
        let (interval, before) =
            futures::join!(self.take_sms(phone, client), self.store.get::<SentCode>(&key));
        let interval = interval?;
        let sent = async { self.send_new_code(phone, before?, client).await }.await;
        if sent.is_err() {
            self.give_back_apart(&interval).await;
        }
        sent
    }

    /// Sends a code in the place of the one before it.
    async fn send_new_code(
        &self,
        phone: &Phone,
        before: Option<SentCode>,
        client: &Client,
    ) -> Result<(), Error> {
        let texter = self.texter.as_ref();
        let texter = texter.ok_or_else(|| Outage::new("this function sends no text messages"))?;
        let code = format!("{:06}", random_code()?);
        let expires = self.now() + Seconds::from(CODE_MINUTES) * 60;
        let digest = self.code_digest(phone, &code).await?;
        let sent = SentCode { digest, expires, ttl: expires };
        let key = Key::code(phone);
        self.store.put_all(&[(key.clone(), &sent)]).await?;
        match texter.send_code(phone, &code, CODE_MINUTES, client.language).await {
            // Who opted out gets no message, and whoever asks need not know why.
            Ok(SmsOutcome::Sent | SmsOutcome::OptedOut) => Ok(()),
            Err(error) => {
                // A code that was delivered before stays good.
                let restored = match before {
                    Some(before) => self.store.put_all(&[(key, &before)]).await,
                    None => self.store.delete(&key).await,
                };
                if restored.is_err() {
                    tracing::warn!("a code was not put back after its successor was not sent");
                }
                Err(error)
            }
        }
    }

    /// Counts a text message: first against the minute between two of them, so that those who come
    /// too soon use up nothing else. Answers with what a failure gives back.
    async fn take_sms(&self, phone: &Phone, client: &Client) -> Result<Taken, Error> {
        let (limits, now) = (&self.config.limits, self.now());
        let interval = Counter::new("sms_interval", phone.as_str());
        let number = Counter::new("sms_number", phone.as_str());
        let address = Counter::new("sms_address", client.address.as_str());
        let everybody = Counter::new("sms_day", "everybody");
        let interval = self.take_sending(&interval, limits.sms_interval).await?;
        let (number, address, everybody) = futures::join!(
            self.take_sending(&number, limits.sms_per_number),
            self.store.take(&address, limits.sms_per_address, now),
            self.store.take(&everybody, limits.sms_per_day, now),
        );
        // The contract has words of its own for the number's refusal, so that one counts.
        match self.all_or_nothing([everybody, address, number]).await {
            Ok(_) => Ok(interval),
            Err(error) => {
                self.give_back_apart(&interval).await;
                Err(error)
            }
        }
    }

    /// Makes an account in exchange for the code that was sent to its number: three round trips and
    /// one hash.
    ///
    /// # Errors
    ///
    /// [`Reason::PhoneTaken`], [`Reason::CodeWrong`] (also without a code), [`Error::Throttled`],
    /// [`Error::Unavailable`].
    pub async fn register_by_phone(
        &self,
        phone: &Phone,
        password: &NewPassword,
        code: Option<&str>,
        client: &Client,
    ) -> Result<Account, Error> {
        let claim = Key::claim(&Identifier::Phone(phone.clone()));
        let keys = [&claim, &Key::code(phone)];
        // Counted before it is known whether the number is taken, so that whoever may register no
        // more learns no more either.
        let (sign_up, found) =
            futures::join!(self.take_from(Budget::SignUps, client), self.store.get_many(&keys));
        let sign_up = sign_up?;
        let registered = async {
            let mut found = found?.into_iter();
            if found.next().flatten().is_some() {
                return Err(self.disclose(Reason::PhoneTaken, client).await);
            }
            let sent: Option<SentCode> = found.next().flatten().map(Found::decode).transpose()?;
            // Without a live code there is nothing to guess, so nothing to count.
            let sent = sent.filter(|sent| self.now() < sent.expires).ok_or(Reason::CodeWrong)?;
            let code = code.ok_or(Reason::CodeWrong)?;
            self.exchange_code(phone, password, (code, &sent), client).await
        };
        let registered = registered.await;
        if registered.is_err() {
            // What made no account is no sign-up.
            self.give_back_apart(&sign_up).await;
        }
        registered
    }

    async fn exchange_code(
        &self,
        phone: &Phone,
        password: &NewPassword,
        (code, sent): (&str, &SentCode),
        client: &Client,
    ) -> Result<Account, Error> {
        let (tries, now) = (Counter::new("code_tries", phone.as_str()), self.now());
        let tries = self.store.take(&tries, self.config.limits.code_tries, now).await?;
        if !self.code_matches(phone, code, &sent.digest).await? {
            return Err(Reason::CodeWrong.into());
        }
        let password = self.hasher.hash(password).await?;
        let claim = Key::claim(&Identifier::Phone(phone.clone()));
        for _ in 0..ID_ATTEMPTS {
            let id = AccountId::random()?;
            let account =
                Account { phone: Some(phone.clone()), ..Account::new(id, password.clone(), now) };
            let record = Claim { account: id, created: now, verified: true };
            let unused = Statement::on(Key::code(phone))
                .condition("#digest = :digest")
                .value("digest", sent.digest.as_str());
            let committed = self
                .store
                .transaction()
                .create(&Key::account(id), &account, Refused::Id)?
                .create(&claim, &record, Refused::Phone)?
                .delete_if(&unused, Refused::Code)?
                .give_back(&tries)?
                .commit()
                .await;
            match committed {
                Ok(()) => return Ok(account),
                Err(CommitError::Failed(error)) => return Err(error),
                Err(CommitError::Refused(refused)) if refused.contains(&Refused::Phone) => {
                    return Err(self.disclose(Reason::PhoneTaken, client).await);
                }
                Err(CommitError::Refused(refused)) if refused.contains(&Refused::Code) => {
                    return Err(Reason::CodeWrong.into());
                }
                Err(CommitError::Refused(_)) => {}
            }
        }
        Err(Outage::new("no free account id").into())
    }

    async fn code_mac(&self, phone: &Phone, code: &str) -> Result<Hmac<Sha256>, Error> {
        let secret = self.code_secret.get_or_try_init(|| self.load_code_secret()).await?;
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
        let mac = mac.map_err(|_| Outage::new("a secret that cannot be used"))?;
        Ok(mac.chain_update(phone.as_str()).chain_update("\n").chain_update(code))
    }

    async fn code_digest(&self, phone: &Phone, code: &str) -> Result<String, Error> {
        let digest = self.code_mac(phone, code).await?.finalize().into_bytes();
        Ok(data_encoding::HEXLOWER.encode(&digest))
    }

    /// Compares in a time that says nothing of where a difference is.
    async fn code_matches(&self, phone: &Phone, code: &str, digest: &str) -> Result<bool, Error> {
        let digest = data_encoding::HEXLOWER.decode(digest.as_bytes());
        let digest = digest.map_err(|_| Outage::new("a code that cannot be read"))?;
        Ok(self.code_mac(phone, code).await?.verify_slice(&digest).is_ok())
    }

    /// Reads the key of the codes' digests, which the first function to need it makes.
    async fn load_code_secret(&self) -> Result<String, Error> {
        let key = Key::code_secret();
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| Outage::new("no randomness for a secret"))?;
        let fresh = CodeSecret { secret: data_encoding::HEXLOWER.encode(&random) };
        if let Some(stored) = self.store.get::<CodeSecret>(&key).await? {
            return Ok(stored.secret);
        }
        match self.store.transaction().create(&key, &fresh, ())?.commit().await {
            Ok(()) => Ok(fresh.secret),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Refused(_)) => {
                let stored: Option<CodeSecret> = self.store.get(&key).await?;
                Ok(stored.ok_or_else(|| Outage::new("no secret for codes"))?.secret)
            }
        }
    }
}

/// A number below [`CODES`], each as likely as any other.
fn random_code() -> Result<u32, Outage> {
    // What is left over at the top would make some codes likelier.
    let fair = u32::MAX - u32::MAX % CODES;
    loop {
        let number = getrandom::u32().map_err(|_| Outage::new("no randomness for a code"))?;
        if number < fair {
            return Ok(number % CODES);
        }
    }
}
