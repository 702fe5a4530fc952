//! What a revocation can reach.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audit::Act;

/// What a revocation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationKind {
    /// One access token; the subject is its `jti`.
    Token,
    /// Everything of one authorization; the subject is the grant's id.
    Grant,
    /// Everything that ends with a login session; the subject is its id.
    Session,
    /// Everything of a person issued before an instant; the subject is `sub`.
    User,
    /// Everything of a client issued before an instant.
    Client,
    /// Everything issued before an instant; the subject is empty.
    All,
}

impl RevocationKind {
    const ALL: [Self; 6] = [Self::Token, Self::Grant, Self::Session, Self::User, Self::Client, Self::All];

    /// What taking back is called in the audit trail.
    pub(super) fn act(self) -> Act {
        match self {
            Self::Token => Act::TokenRevoke,
            Self::Grant => Act::GrantRevoke,
            Self::Session => Act::SessionEnd,
            Self::User => Act::UserRevoke,
            Self::Client => Act::ClientRevoke,
            Self::All => Act::AllRevoke,
        }
    }

    /// The word in the store and in the feed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Grant => "grant",
            Self::Session => "session",
            Self::User => "user",
            Self::Client => "client",
            Self::All => "all",
        }
    }
}

impl TryFrom<String> for RevocationKind {
    type Error = Unknown;
    fn try_from(word: String) -> Result<Self, Unknown> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(Unknown(word))
    }
}

/// A kind that this version does not know.
#[derive(Debug)]
pub struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown kind of revocation: {}", self.0)
    }
}

impl std::error::Error for Unknown {}
