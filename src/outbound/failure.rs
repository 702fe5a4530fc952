//! Why a request had no answer.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::error::Error;

/// Why a request had no answer.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The target is in a network that is not allowed; nothing was sent.
    Refused(IpAddr),
    /// Plain HTTP to the Internet; nothing was sent.
    Plain,
    /// No answer in time.
    TimedOut(Duration),
    /// No such name, no connection, no certificate that we trust, no HTTP.
    Broken(String),
}

impl Failure {
    /// With what broke.
    pub(super) fn broken(cause: impl fmt::Display) -> Self {
        Self::Broken(cause.to_string())
    }

    /// What lies beneath an error: a failure of ours, else the first cause,
    /// which says most.
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = error;
        loop {
            if let Some(ours) = cause.downcast_ref::<Self>() {
                return ours.clone();
            }
            match cause.source() {
                Some(beneath) => cause = beneath,
                None => return Self::broken(cause),
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(address) => {
                write!(f, "{address} is not a public address, see outbound.allowed_networks")
            }
            Self::Plain => f.write_str("http:// is for outbound.allowed_networks only"),
            Self::TimedOut(patience) => write!(f, "no answer within {} seconds", patience.as_secs()),
            Self::Broken(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for Failure {}

/// Whoever needs the answer cannot go on without it.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::unavailable(failure)
    }
}
