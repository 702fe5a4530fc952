//! Proving who a person is by name and password. Everything that takes a
//! password comes through here, so there is one count of wrong ones.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument as _;

use crate::app::App;
use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::config::Limits;
use crate::context::Context;
use crate::error::Error;
use crate::logging;
use crate::oauth::username;
use crate::password;
use crate::secret::{Secret, base64url, sha256};
use crate::store::{LoginFailures, LoginLock, PasswordHash, User};

/// The first pause of a locked account is this part of `limits.login_window`;
/// each further failure doubles it.
const FIRST_PAUSE: u32 = 15;

/// Under what an address counts: whoever tries one password at many accounts
/// guesses as well.
const ANY_ACCOUNT: &str = "";

/// The person whose name or address and password these are. `None` says the
/// same, after the same time, of an unknown name, a wrong password, a disabled
/// and a locked account: no stranger learns who has an account.
///
/// # Errors
/// `invalid_request` for a password of absurd length,
/// `temporarily_unavailable` when the store is out of reach or too many try,
/// 429 when this address failed too often.
pub async fn prove(
    app: &App,
    login: &str,
    password: &Secret,
    context: &Context,
) -> Result<Option<Arc<User>>, Error> {
    password::check_length(password)?;
    app.login_guesses
        .check(ANY_ACCOUNT, context.address)
        .inspect_err(|_| app.metrics.rate_limited("login"))?;
    let proven = judge(app, login, password, context).await?;
    if proven.is_none() {
        app.login_guesses.count(ANY_ACCOUNT, context.address);
    }
    app.metrics.login(if proven.is_some() { "proven" } else { "refused" });
    Ok(proven)
}

async fn judge(
    app: &App,
    login: &str,
    password: &Secret,
    context: &Context,
) -> Result<Option<Arc<User>>, Error> {
    let user = app.store.user_by_login(login).await?;
    let account_key = account_key(app, login, user.as_ref(), context).await?;
    let _place = app.login_gates.enter(&account_key).await?;

    let limits = &app.config.limits;
    let failures = app.store.login_failures(&account_key, app.now() - limits.login_window).await?;
    let locked = failures.is_some_and(|failures| is_locked(&failures, limits, app.now()));
    let phc = user.as_ref().filter(|_| !locked).and_then(|user| user.password.as_ref());
    let hashing = app.hasher.verify(phc.map(|phc| phc.0.as_str()), password);
    let proven = hashing.instrument(logging::part!("hash password")).await?;
    match user {
        Some(user) if proven && user.enabled => {
            if failures.is_some() {
                app.store.forget_login_failures(&account_key).await?;
            }
            renew_hash(app, &user, password).await?;
            Ok(Some(Arc::new(user)))
        }
        user => {
            let reason = match &user {
                _ if locked => "locked",
                Some(_) if proven => "disabled",
                Some(_) => "wrong password",
                None => "unknown name",
            };
            let told = Told { app, user: user.as_ref(), context };
            app.refusals.note(told.refused(reason), context.address);
            // What comes during the pause was not tried, so it does not count:
            // nobody can keep an account locked by going on.
            if !locked {
                let (now, lock) = (app.now(), told.lock());
                app.store.count_login_failure(&account_key, now - limits.login_window, now, &lock).await?;
            }
            Ok(None)
        }
    }
}

/// What a failed login leaves in the audit trail: the same writes whether or
/// not there is such an account, or the time they take would tell.
struct Told<'a> {
    app: &'a App,
    user: Option<&'a User>,
    context: &'a Context,
}

impl Told<'_> {
    fn refused(&self, reason: &str) -> Entry {
        self.about(Entry::refused(Act::Login, &Origin::anyone(self.context), self.app.now(), reason))
    }

    fn lock(&self) -> LoginLock {
        let limit = self.app.config.limits.login_failures;
        let entry = Entry::done(Act::LoginLock, &Origin::server(), self.app.now());
        let entry = self.about(entry.because(format!("{limit} wrong passwords")));
        LoginLock { limit: i64::from(limit), entry }
    }

    /// An unknown name is not written down: people type passwords there.
    fn about(&self, entry: Entry) -> Entry {
        match self.user {
            Some(user) => entry.subject(user.sub.as_str()),
            None => entry,
        }
    }
}

/// Whether guessing has locked the account since an instant, for everybody or
/// where this login came from. A lock that was there before says nothing: the
/// person got past it.
pub fn locked_since(app: &App, failures: &[LoginFailures], since: Timestamp) -> bool {
    let (limits, now) = (&app.config.limits, app.now());
    let counted = failures.iter().filter(|counted| counted.window_start > now - limits.login_window);
    counted.filter(|counted| counted.last_failure >= since).any(|counted| is_locked(counted, limits, now))
}

/// What failures are counted under: the account, however it was named. Names
/// that nobody has are counted too. Where the person logged in before has a
/// count of its own, which no stranger elsewhere can use up for them.
async fn account_key(
    app: &App,
    login: &str,
    user: Option<&User>,
    context: &Context,
) -> Result<String, Error> {
    let address = context.address;
    let subject = user.map_or("", |user| user.sub.as_str());
    let known_here = app.store.logged_in_from(subject, &address.to_string()).await?;
    Ok(match user {
        Some(user) if known_here => LoginFailures::key_from(&user.sub, &address.to_string()),
        Some(user) => LoginFailures::key(&user.sub),
        // People type passwords there.
        None => base64url(&sha256(spelled(login).as_bytes())),
    })
}

fn spelled(login: &str) -> String {
    let key = username::key(login).or_else(|_| username::email_key(login));
    key.unwrap_or_else(|_| login.trim().to_lowercase())
}

/// Whether an account with these failures answers as to a wrong password.
fn is_locked(failures: &LoginFailures, limits: &Limits, now: Timestamp) -> bool {
    let surplus = failures.failures - i64::from(limits.login_failures);
    u32::try_from(surplus).is_ok_and(|surplus| now < failures.last_failure + pause(limits, surplus))
}

/// Grows from failure to failure, up to the window, which ends the counting.
fn pause(limits: &Limits, surplus: u32) -> Duration {
    let first = limits.login_window / FIRST_PAUSE;
    let doubled = 1u32.checked_shl(surplus).and_then(|times| first.checked_mul(times));
    doubled.map_or(limits.login_window, |pause| pause.min(limits.login_window))
}

/// A password hashed at other costs is hashed anew while it is at hand.
async fn renew_hash(app: &App, user: &User, password: &Secret) -> Result<(), Error> {
    let Some(old) = user.password.as_ref().filter(|old| app.hasher.needs_rehash(&old.0)) else {
        return Ok(());
    };
    let new = PasswordHash(app.hasher.hash(password, &app.random).await?);
    app.store.replace_password_hash(&user.sub, old, &new).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_each_failure_beyond_the_limit() {
        let window = Duration::from_secs(900);
        let limits = Limits { login_failures: 10, login_window: window, address_failures: 100 };
        let last_failure = Timestamp(1_700_000_000_000);
        let cases = [(9, 0), (10, 60), (11, 120), (12, 240), (13, 480), (14, 900), (100, 900)];
        for (failures, seconds) in cases {
            let failures = LoginFailures { failures, window_start: last_failure, last_failure };
            let end = last_failure + Duration::from_secs(seconds);
            assert!(!is_locked(&failures, &limits, end), "{failures:?}");
            assert_eq!(is_locked(&failures, &limits, Timestamp(end.0 - 1)), seconds > 0, "{failures:?}");
        }
    }

    /// SECURITY-CASES 161.
    #[test]
    fn spellings_of_an_unknown_name_are_counted_together() {
        assert_eq!(spelled("GHOST "), spelled("ghost"));
        assert_eq!(spelled("Ghost@Example.COM"), spelled("ghost@example.com"));
    }
}
