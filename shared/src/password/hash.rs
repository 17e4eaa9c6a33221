//! Hashing with argon2id ([RFC 9106]).
//!
//! [RFC 9106]: https://www.rfc-editor.org/rfc/rfc9106

use std::{
    fmt,
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error as HashError, phc},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{
    GivenPassword, NewPassword,
    memory::{Memory, Piece},
};
use crate::{
    config::HashingConfig,
    error::{Error, Outage},
};

/// A password's hash in PHC string form, which carries the parameters that it was made with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes over a hash that was made elsewhere. What is no PHC string makes every sign-in to its
    /// account an outage, never a wrong password.
    #[must_use]
    pub fn from_phc(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The PHC string.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not the account's password, or the account has none, or there is no account.
    Wrong,
    /// The account's password.
    Right {
        /// The hash was made with parameters below today's and should be made anew.
        outdated: bool,
    },
}

/// Computes hashes, only so many at once, away from the threads that serve requests. Clones share
/// the bound and the count.
#[derive(Clone)]
pub struct Hasher {
    work: Work,
    memory: Memory,
    permits: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
    /// Compared with when there is no hash, so that an account which is not there takes as long.
    decoy: PasswordHash,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", self.work.today.params()).finish()
    }
}

impl Hasher {
    /// A hasher with these parameters.
    ///
    /// # Errors
    ///
    /// When argon2 does not take the parameters; the bounds of [`HashingConfig`] leave none such.
    pub fn new(config: HashingConfig) -> Result<Self, argon2::Error> {
        let params = Params::new(config.memory_kib, config.passes, 1, None)?;
        Ok(Self {
            memory: Memory::new(params.block_count()),
            work: Work { today: argon2id(params), filled_kib: Arc::default() },
            permits: Arc::new(Semaphore::new(config.concurrency.get() as usize)),
            computed: Arc::new(AtomicU64::new(0)),
            decoy: decoy(config),
        })
    }

    /// How many hashes have been computed, by this hasher and its clones.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::SeqCst)
    }

    /// How much memory those have filled, in KiB, each pass counted: what they have cost.
    #[must_use]
    pub fn filled_kib(&self) -> u64 {
        self.work.filled_kib.load(Ordering::SeqCst)
    }

    /// Hashes a new password with today's parameters and a random salt.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when there is no randomness or no memory.
    pub async fn hash(&self, password: &NewPassword) -> Result<PasswordHash, Error> {
        let password = password.clone();
        self.compute(move |work, piece| work.hash(password.as_str(), piece)).await
    }

    /// Hashes a password that was just verified, whatever its length, with today's parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when there is no randomness or no memory.
    pub async fn rehash(&self, password: &GivenPassword) -> Result<PasswordHash, Error> {
        let password = password.clone();
        self.compute(move |work, piece| work.hash(password.as_str().unwrap_or_default(), piece))
            .await
    }

    /// Compares a given password with a hash, by the parameters in the hash. Takes as long without
    /// a hash, about as long with one that is cheaper than today's, and no time at all for a
    /// password that nobody can have.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the stored hash cannot be read.
    pub async fn verify(
        &self,
        password: &GivenPassword,
        hash: Option<&PasswordHash>,
    ) -> Result<Verdict, Error> {
        if password.as_str().is_none() {
            return Ok(Verdict::Wrong);
        }
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).clone();
        self.compute(move |work, piece| {
            let stored = phc::PasswordHash::new(&hash.0)?;
            let is_right = work.compare(password.as_str().unwrap_or_default(), &stored, piece)?;
            Ok(match is_right && known {
                true => Verdict::Right { outdated: is_outdated(&stored, work.today.params()) },
                false => Verdict::Wrong,
            })
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Work, &mut Piece) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, Error> {
        let unavailable = |cause: &str| Outage::new(format!("password hash: {cause}"));
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| unavailable("shut down"))?;
        self.computed.fetch_add(1, Ordering::SeqCst);
        let (known, memory) = (self.work.clone(), self.memory.clone());
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the waiting: a client that hangs up frees no memory.
            let _permit = permit;
            memory.lend(|piece| work(&known, piece))
        });
        Ok(done
            .await
            .map_err(|_| unavailable("the computation was cut short"))?
            .map_err(|error| unavailable(&error.to_string()))?)
    }
}

/// What is done under a permit.
#[derive(Clone)]
struct Work {
    /// Argon2id by today's parameters.
    today: Argon2<'static>,
    filled_kib: Arc<AtomicU64>,
}

impl Work {
    fn hash(&self, password: &str, piece: &mut Piece) -> Result<PasswordHash, HashError> {
        let mut salt = [0; phc::Salt::RECOMMENDED_LENGTH];
        getrandom::fill(&mut salt).map_err(|_| HashError::RngFailure)?;
        let hash = self.fill(&self.today, password, &salt, piece)?;
        let phc = phc::PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: self.today.params().try_into()?,
            salt: Some(phc::Salt::new(&salt)?),
            hash: Some(hash),
        };
        Ok(PasswordHash(phc.to_string()))
    }

    /// Whether the hash is of this password. Fills at least the memory that today's parameters
    /// fill, whatever comes of it: a hash that was imported, or made before the parameters were
    /// raised, would else be refused sooner than an account that is not there.
    fn compare(
        &self,
        given: &str,
        stored: &phc::PasswordHash,
        piece: &mut Piece,
    ) -> Result<bool, HashError> {
        let params = Params::try_from(stored)?;
        let mut done_kib = 0;
        let mut is_right = false;
        if let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) {
            let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
            let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
            done_kib = cost_kib(&params);
            let own = Argon2::new(algorithm, version, params);
            // Compares in constant time.
            is_right = self.fill(&own, given, salt, piece)? == *hash;
        }
        if let Some(rest) = rest(self.today.params(), done_kib) {
            black_box(self.fill(&argon2id(rest), given, DECOY_SALT, piece)?);
        }
        Ok(is_right)
    }

    fn fill(
        &self,
        argon2: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        piece: &mut Piece,
    ) -> Result<phc::Output, HashError> {
        let params = argon2.params();
        let blocks = piece.blocks(params.block_count())?;
        self.filled_kib.fetch_add(cost_kib(params), Ordering::SeqCst);
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut output = [0; phc::Output::MAX_LENGTH];
        let output = output.get_mut(..length).ok_or(HashError::OutputSize)?;
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, blocks)?;
        Ok(phc::Output::new(output)?)
    }
}

fn argon2id(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// How much memory a hash fills, in KiB, each pass counted: its time is in proportion to that.
fn cost_kib(params: &Params) -> u64 {
    params.block_count() as u64 * u64::from(params.t_cost())
}

/// What a hash that has cost so much leaves to do. It fills the rest and no more, because a refusal
/// that takes longer than others tells as much as one that is sooner. In two smaller pieces memory is
/// filled a little quicker than in one; a whole decoy besides would be much further off.
fn rest(today: &Params, done_kib: u64) -> Option<Params> {
    let left = cost_kib(today).checked_sub(done_kib).filter(|left| *left > 0)?;
    // Blocks come in fours.
    let memory = left.div_ceil(today.t_cost().into()).next_multiple_of(4);
    let memory = u32::try_from(memory).ok()?.max(Params::MIN_M_COST);
    Params::new(memory, today.t_cost(), 1, None).ok()
}

const DECOY_SALT: &[u8] = &[0; 16];

/// A well-formed hash with today's parameters that no password is likely to have.
fn decoy(config: HashingConfig) -> PasswordHash {
    let HashingConfig { memory_kib, passes, .. } = config;
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    PasswordHash(format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${hash}"))
}

/// Whether a stored hash cost less to make than today's hashes do.
fn is_outdated(stored: &phc::PasswordHash, today: &Params) -> bool {
    let Ok(params) = Params::try_from(stored) else {
        return true;
    };
    stored.algorithm != argon2::ARGON2ID_IDENT
        || stored.version != Some(Version::V0x13.into())
        || params.m_cost() < today.m_cost()
        || params.t_cost() < today.t_cost()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use argon2::{
        Algorithm, Argon2, Params, Version,
        password_hash::{PasswordHasher as _, PasswordVerifier as _, phc},
    };

    use super::{GivenPassword, Hasher, NewPassword, PasswordHash, Verdict};
    use crate::{config::HashingConfig, error::Error};

    fn hasher(memory_kib: u32) -> Hasher {
        Hasher::new(HashingConfig { memory_kib, passes: 2, concurrency: NonZeroU32::MIN }).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let hasher = hasher(19_456);
        let hash = hasher.hash(&NewPassword::parse("test1234", 128).unwrap()).await.unwrap();
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_phc());
        let right = Verdict::Right { outdated: false };
        for (given, verdict) in [
            ("test1234", right),
            ("test1235", Verdict::Wrong),
            ("Test1234", Verdict::Wrong),
            ("test1234 ", Verdict::Wrong),
            ("", Verdict::Wrong),
        ] {
            let found = hasher.verify(&GivenPassword::new(given), Some(&hash)).await.unwrap();
            assert_eq!(found, verdict, "{given:?}");
        }
    }

    #[tokio::test]
    async fn hashes_are_those_that_others_make_and_read() {
        let hasher = hasher(19_456);
        // The memory that a hash leaves behind is the next one's.
        for password in ["test1234", "correct horse battery", "🐎 battery"] {
            let ours = hasher.hash(&NewPassword::parse(password, 128).unwrap()).await.unwrap();
            let read = phc::PasswordHash::new(ours.as_phc()).unwrap();
            Argon2::default().verify_password(password.as_bytes(), &read).unwrap();
            for algorithm in [Algorithm::Argon2id, Algorithm::Argon2i, Algorithm::Argon2d] {
                for version in [Version::V0x10, Version::V0x13] {
                    let params = Params::new(9_000, 3, 2, Some(24)).unwrap();
                    let theirs = Argon2::new(algorithm, version, params);
                    let theirs = theirs.hash_password(password.as_bytes()).unwrap().to_string();
                    let theirs = PasswordHash::from_phc(theirs);
                    let right = hasher.verify(&GivenPassword::new(password), Some(&theirs)).await;
                    assert_eq!(right.unwrap(), Verdict::Right { outdated: true });
                    let wrong = hasher.verify(&GivenPassword::new("test1235"), Some(&theirs)).await;
                    assert_eq!(wrong.unwrap(), Verdict::Wrong);
                }
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_crowd_takes_no_more_memory_than_hashes_are_computed_at_once() {
        let concurrency = NonZeroU32::new(2).unwrap();
        let config = HashingConfig { memory_kib: 1_024, passes: 1, concurrency };
        let hasher = Hasher::new(config).unwrap();
        let given = GivenPassword::new("anything");
        futures::future::join_all((0..40).map(|_| hasher.verify(&given, None))).await;
        assert_eq!(hasher.computed(), 40);
        let kept = hasher.memory.sizes();
        assert!((1..=2).contains(&kept.len()), "{kept:?}");
        assert!(kept.iter().all(|blocks| *blocks == 1_024), "{kept:?}");
    }

    #[tokio::test]
    async fn a_cheaper_hash_is_outdated() {
        let password = "correct horse battery";
        let old = hasher(8_192).hash(&NewPassword::parse(password, 128).unwrap()).await.unwrap();
        let found = hasher(19_456).verify(&GivenPassword::new(password), Some(&old)).await.unwrap();
        assert_eq!(found, Verdict::Right { outdated: true });
    }

    #[test]
    fn a_hash_is_outdated_by_each_of_its_parameters_alone() {
        let today = Params::new(19_456, 2, 1, None).unwrap();
        for (parameters, outdated) in [
            ("argon2id$v=19$m=19456,t=2", false),
            ("argon2id$v=19$m=19457,t=2", false),
            ("argon2id$v=19$m=19456,t=3", false),
            ("argon2id$v=19$m=19455,t=2", true),
            ("argon2id$v=19$m=19455,t=3", true),
            ("argon2id$v=19$m=19456,t=1", true),
            ("argon2id$v=19$m=19457,t=1", true),
            ("argon2id$v=16$m=19456,t=2", true),
            ("argon2id$m=19456,t=2", true),
            ("argon2i$v=19$m=19456,t=2", true),
            ("argon2d$v=19$m=19456,t=2", true),
        ] {
            let (salt, hash) = ("A".repeat(22), "A".repeat(43));
            let stored = format!("${parameters},p=1${salt}${hash}");
            let stored = phc::PasswordHash::new(&stored).unwrap();
            assert_eq!(super::is_outdated(&stored, &today), outdated, "{parameters}");
        }
    }

    #[tokio::test]
    async fn no_hash_shows_in_debug_output() {
        let hasher = hasher(19_456);
        let shown = format!("{hasher:?}");
        assert!(shown.starts_with("Hasher { params: Params { m_cost: 19456,"), "{shown}");
        assert!(!shown.contains("$argon2"), "{shown}");
        let hash =
            hasher.hash(&NewPassword::parse("hunter42hunter42", 128).unwrap()).await.unwrap();
        assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
    }

    #[tokio::test]
    async fn no_account_costs_a_hash_and_an_impossible_password_costs_none() {
        let hasher = hasher(19_456);
        let given = GivenPassword::new("anything");
        assert_eq!(hasher.verify(&given, None).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.computed(), 1);
        let impossible = GivenPassword::new(&"a".repeat(129));
        assert_eq!(hasher.verify(&impossible, None).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.computed(), 1);
    }

    #[tokio::test]
    async fn a_cheaper_hash_is_compared_at_the_price_of_todays() {
        let (password, wrong) = ("correct horse battery", "incorrect horse");
        let today = 2 * 19_456;
        // Less memory, fewer passes, either with more of the other, all but today's, next to none.
        for (memory_kib, passes) in
            [(8_192, 2), (19_456, 1), (32_768, 1), (4_096, 5), (19_448, 2), (8, 1), (19_456, 2)]
        {
            let config = HashingConfig { memory_kib, passes, concurrency: NonZeroU32::MIN };
            let cheap = Hasher::new(config).unwrap();
            let cheap = cheap.hash(&NewPassword::parse(password, 128).unwrap()).await.unwrap();
            for given in [password, wrong] {
                let hasher = hasher(19_456);
                let found = hasher.verify(&GivenPassword::new(given), Some(&cheap)).await.unwrap();
                assert_eq!(found == Verdict::Wrong, given == wrong, "{memory_kib} {passes}");
                assert_eq!(hasher.computed(), 1, "{memory_kib} {passes}");
                let more = hasher.filled_kib().checked_sub(today);
                assert!(more.is_some_and(|more| more <= 16), "{memory_kib} {passes} {more:?}");
            }
        }
        let hasher = hasher(19_456);
        hasher.verify(&GivenPassword::new(wrong), None).await.unwrap();
        assert_eq!(hasher.filled_kib(), today);
        // A string without a hash matches nothing, and costs what a wrong password costs.
        let empty = PasswordHash::from_phc("$argon2id$v=19$m=8192,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA");
        let found = hasher.verify(&GivenPassword::new(wrong), Some(&empty)).await.unwrap();
        assert_eq!((found, hasher.filled_kib()), (Verdict::Wrong, 2 * today));
    }

    #[tokio::test]
    async fn a_dearer_hash_costs_what_it_says_and_nothing_more() {
        let password = "correct horse battery";
        let dear = hasher(32_768).hash(&NewPassword::parse(password, 128).unwrap()).await.unwrap();
        let hasher = hasher(19_456);
        let found = hasher.verify(&GivenPassword::new(password), Some(&dear)).await.unwrap();
        assert_eq!(found, Verdict::Right { outdated: false });
        assert_eq!((hasher.computed(), hasher.filled_kib()), (1, 2 * 32_768));
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_an_outage() {
        for broken in ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$AAAA", "$md5$AAAA$AAAA"] {
            let given = GivenPassword::new("test1234");
            let found = hasher(19_456).verify(&given, Some(&PasswordHash::from_phc(broken))).await;
            assert!(matches!(found, Err(Error::Unavailable(_))), "{broken}: {found:?}");
        }
    }
}
