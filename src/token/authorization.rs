//! What a grant proves: everything the issuer needs to mint, nothing written.

use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::oauth::Scope;
use crate::secret::Digest;
use crate::store::{Client, GrantFamily, User};

/// A proven right to tokens.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Who receives them.
    pub client: Arc<Client>,
    /// For whom; none when the client acts for itself.
    pub person: Option<Person>,
    /// What they allow.
    pub scope: Scope,
    /// `aud` of the access token.
    pub audience: Vec<String>,
    /// What is spent for them.
    pub proof: Proof,
}

/// The person behind an authorization, and how they logged in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub user: Arc<User>,
    /// When they proved who they are.
    pub auth_time: Option<Timestamp>,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// How well (OpenID Connect Core §2).
    pub acr: Option<String>,
    /// The login session, `sid` of the ID token.
    pub session_id: Option<Uuid>,
}

/// What the issuer spends in the same commit that stores the token.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The client's own credentials: nothing is spent.
    Client,
    /// A new grant without a code: password, implicit.
    NewGrant(GrantFamily),
    /// An authorization code, good once.
    Code { digest: Digest, nonce: Option<String>, grant: GrantFamily },
    /// The living refresh token: the grant moves to the next.
    Refresh(GrantFamily),
    /// The refresh token before it, again: its answer got lost. Or a client
    /// whose refresh tokens do not rotate.
    Again(GrantFamily),
}

impl Proof {
    /// The grant that the tokens belong to.
    pub fn grant(&self) -> Option<&GrantFamily> {
        match self {
            Self::Client => None,
            Self::NewGrant(grant) | Self::Code { grant, .. } | Self::Refresh(grant) | Self::Again(grant) => {
                Some(grant)
            }
        }
    }

    /// The `nonce` that the ID token repeats.
    pub fn nonce(&self) -> Option<&str> {
        match self {
            Self::Code { nonce, .. } => nonce.as_deref(),
            _ => None,
        }
    }
}
