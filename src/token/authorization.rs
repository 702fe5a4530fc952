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

impl Person {
    /// The person of a grant, with the login that it came from.
    pub fn of(grant: &GrantFamily, user: Arc<User>) -> Self {
        Self {
            user,
            auth_time: grant.auth_time,
            amr: grant.amr.as_ref().map(|amr| amr.0.clone()).unwrap_or_default(),
            acr: grant.acr.clone(),
            session_id: grant.session_id,
        }
    }
}

/// What the issuer spends in the same commit that stores the token.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The client's own credentials: nothing is spent.
    Client,
    /// A name and password: a new grant.
    Password(GrantFamily),
    /// A consent that is answered without a code: a new grant.
    Implicit(GrantFamily),
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
            Self::Password(grant)
            | Self::Implicit(grant)
            | Self::Code { grant, .. }
            | Self::Refresh(grant)
            | Self::Again(grant) => Some(grant),
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
