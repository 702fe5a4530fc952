//! Passwords: Argon2id (RFC 9106) on a bounded pool, so that many logins at
//! once cost a known amount of memory and leave the other endpoints alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::{Output, Salt};
use argon2::{ARGON2ID_IDENT, Argon2, Params, PasswordHash, PasswordVerifier as _, Version};
use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::Profile as _;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::process;
use crate::random::Random;
use crate::secret::Secret;

/// A longer password is refused before anything is computed.
const LONGEST: usize = 1024;

/// How many may wait for each that is at work: about two seconds of work.
const QUEUE_PER_PERMIT: usize = 64;

/// Bytes of the hash (RFC 9106 §3.1).
const OUTPUT: usize = 32;

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hasher {
    params: Params,
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    room: usize,
}

impl Hasher {
    /// A pool that works on `permits` passwords at a time, each with the
    /// parameters of RFC 9106 §3.1.
    ///
    /// # Errors
    /// `server_error` when the parameters are out of the algorithm's bounds.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32, permits: usize) -> Result<Self, Error> {
        let params = Params::new(memory_kib, iterations, parallelism, Some(OUTPUT));
        let permits = permits.max(1);
        let pool = Pool {
            permits: Arc::new(Semaphore::new(permits)),
            waiting: AtomicUsize::new(0),
            room: permits * QUEUE_PER_PERMIT,
        };
        let params = params.map_err(|cause| Error::server_error(cause.to_string()))?;
        Ok(Self { params, pool: Arc::new(pool) })
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// `invalid_request` for a password that is empty, too long or cannot be
    /// typed, `temporarily_unavailable` when too many wait.
    pub async fn hash(&self, password: &Secret, random: &Random) -> Result<String, Error> {
        let refused = || Error::invalid_request("a password has 1 to 1024 bytes and no control characters");
        let password = bounded(password)?.and_then(prepared).ok_or_else(refused)?;
        let salt = random.bytes::<16>()?;
        let params = self.params.clone();
        self.pool.run(move || phc(params, &password, salt)).await?
    }

    /// Whether this is the password of a PHC string. Without one, as much
    /// work is done for nothing: the time does not tell who has an account.
    ///
    /// # Errors
    /// `invalid_request` for a password that is too long,
    /// `temporarily_unavailable` when too many wait.
    pub async fn verify(&self, phc: Option<&str>, password: &Secret) -> Result<bool, Error> {
        let password = bounded(password)?.and_then(prepared);
        let phc = phc.map(PasswordHash::new).transpose().map_err(Error::server_error)?;
        let params = self.params.clone();
        let work = move || match (phc, password) {
            (Some(phc), Some(password)) => {
                match argon2(Params::default()).verify_password(password.as_bytes(), &phc) {
                    Ok(()) => Ok(true),
                    Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(cause) => Err(Error::server_error(cause)),
                }
            }
            (_, password) => {
                output(params, password.as_deref().map_or("", String::as_str), [0; 16]).map(|_| false)
            }
        };
        self.pool.run(work).await?
    }

    /// Whether a PHC string was made with other parameters than today's.
    pub fn needs_rehash(&self, phc: &str) -> bool {
        let made_with = PasswordHash::new(phc).ok().and_then(|phc| Params::try_from(&phc).ok());
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        made_with.is_none_or(|params| costs(&params) != costs(&self.params))
    }

    /// How many wait for their turn.
    pub fn queued(&self) -> usize {
        self.pool.waiting.load(Ordering::Relaxed)
    }
}

impl Pool {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let turn = {
            let _place = self.place()?;
            Arc::clone(&self.permits).acquire_owned().await.map_err(Error::server_error)?
        };
        // The turn ends with the work, also when the client hung up meanwhile.
        let done = tokio::task::spawn_blocking(move || {
            process::give_way();
            let outcome = work();
            drop(turn);
            outcome
        });
        done.await.map_err(Error::server_error)
    }

    fn place(&self) -> Result<Place<'_>, Error> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.room {
            Ok(place)
        } else {
            Err(Error::unavailable("too many passwords wait to be hashed"))
        }
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Refuses what no person types, before any work is done for it.
///
/// # Errors
/// `invalid_request` for a password of more than 1024 bytes.
pub fn check_length(password: &Secret) -> Result<(), Error> {
    bounded(password).map(|_| ())
}

fn bounded(password: &Secret) -> Result<Option<&str>, Error> {
    match password.reveal() {
        long if long.len() > LONGEST => Err(Error::invalid_request("the password is longer than 1024 bytes")),
        password => Ok((!password.is_empty()).then_some(password)),
    }
}

/// One password however a keyboard composes it (RFC 8265 §4.2).
fn prepared(password: &str) -> Option<Zeroizing<String>> {
    OpaqueString::new().enforce(password).ok().map(|prepared| Zeroizing::new(prepared.into_owned()))
}

fn argon2(params: Params) -> Argon2<'static> {
    Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params)
}

fn output(params: Params, password: &str, salt: [u8; 16]) -> Result<[u8; OUTPUT], Error> {
    let mut output = [0; OUTPUT];
    let done = argon2(params).hash_password_into(password.as_bytes(), &salt, &mut output);
    done.map_err(|cause| Error::server_error(cause.to_string()))?;
    Ok(output)
}

fn phc(params: Params, password: &str, salt: [u8; 16]) -> Result<String, Error> {
    let hash = output(params.clone(), password, salt)?;
    let phc = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: (&params).try_into().map_err(Error::server_error)?,
        salt: Some(Salt::new(&salt).map_err(Error::server_error)?),
        hash: Some(Output::new(&hash).map_err(Error::server_error)?),
    };
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn hasher() -> Hasher {
        Hasher::new(64, 1, 1, 1).unwrap()
    }

    async fn hash(hasher: &Hasher, password: &str) -> Result<String, Error> {
        hasher.hash(&Secret::new(password), &Random::seeded(7)).await
    }

    async fn verifies(phc: Option<&str>, password: &str) -> bool {
        hasher().verify(phc, &Secret::new(password)).await.unwrap()
    }

    #[tokio::test]
    async fn only_the_password_itself_verifies() {
        let phc = hash(&hasher(), "wonder\u{e9}land").await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
        assert!(verifies(Some(&phc), "wonder\u{e9}land").await);
        assert!(verifies(Some(&phc), "wondere\u{301}land").await, "another keyboard composes it");
        for wrong in ["", "Wonder\u{e9}land", "wonder\u{e9}land ", "\u{0}"] {
            assert!(!verifies(Some(&phc), wrong).await, "{wrong:?}");
        }
        assert!(!verifies(None, "wonder\u{e9}land").await);
    }

    /// SECURITY-CASES 160.
    #[tokio::test]
    async fn an_empty_password_is_nobodys() {
        assert!(hash(&hasher(), "").await.is_err());
        assert!(!verifies(None, "").await);
    }

    /// SECURITY-CASES 162.
    #[tokio::test]
    async fn a_huge_password_is_refused_before_it_is_hashed() {
        let slow = Hasher::new(262_144, 4, 1, 1).unwrap();
        let begun = Instant::now();
        let huge = Secret::new("x".repeat(1 << 20));
        assert!(slow.verify(None, &huge).await.is_err());
        assert!(slow.hash(&huge, &Random::seeded(1)).await.is_err());
        assert!(begun.elapsed() < Duration::from_millis(100));
    }

    #[tokio::test]
    async fn a_hash_of_other_costs_verifies_and_asks_to_be_made_anew() {
        let phc = hash(&hasher(), "wonderland").await.unwrap();
        let dearer = Hasher::new(128, 1, 1, 1).unwrap();
        assert!(dearer.verify(Some(&phc), &Secret::new("wonderland")).await.unwrap());
        assert!(dearer.needs_rehash(&phc));
        assert!(!hasher().needs_rehash(&phc));
    }

    #[tokio::test]
    async fn a_full_queue_sheds() {
        let hasher = hasher();
        let _busy = hasher.pool.permits.acquire().await.unwrap();
        let password = Secret::new("wonderland");
        let mut waiting: Vec<_> =
            (0..QUEUE_PER_PERMIT).map(|_| Box::pin(hasher.verify(None, &password))).collect();
        for one in &mut waiting {
            assert!(tokio::time::timeout(Duration::ZERO, one).await.is_err());
        }
        assert_eq!(hasher.queued(), QUEUE_PER_PERMIT);
        assert_eq!(hasher.verify(None, &password).await.unwrap_err().status(), 503);
        drop(waiting);
        assert_eq!(hasher.queued(), 0, "who hangs up leaves the queue");
    }

    /// SECURITY-CASES 238 and X-24: others are answered first.
    #[tokio::test]
    async fn hashing_gives_way() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let hashing =
            hasher().pool.run(|| rustix::process::getpriority_process(None).unwrap()).await.unwrap();
        assert!(hashing > own, "{hashing} {own}");
    }
}
