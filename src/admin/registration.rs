//! What follows from the members of a registration for those that were left
//! out.

use crate::error::Error;
use crate::oauth::{AuthMethod, GrantType, Scope};
use crate::store::{Client, Store};

/// What a client for people may ask for when nothing is said.
const DEFAULT_SCOPE: &str = "openid profile email";

impl Client {
    /// The client with this id.
    ///
    /// # Errors
    /// `not_found`, `temporarily_unavailable` when the store is out of reach.
    pub async fn find(store: &Store, id: &str) -> Result<Self, Error> {
        store.client(id).await?.ok_or_else(|| Self::unknown(id))
    }

    /// There is none with this id.
    pub fn unknown(id: &str) -> Error {
        Error::not_found(format!("there is no client {id}, see: porteiro client list"))
    }

    /// Gives a new client the grants that it was not given, and unless its
    /// scope was named, one that goes with them.
    ///
    /// # Errors
    /// None that can happen: the scope is ours.
    pub fn complete(&mut self, scope_named: bool) -> Result<(), Error> {
        if self.grant_types.is_empty() {
            self.grant_types = self.usual_grants();
        }
        if !scope_named && self.acts_for_people() {
            self.scope = Scope::parse(DEFAULT_SCOPE)?;
        }
        self.follow();
        Ok(())
    }

    /// Sets what follows from other members: a public client needs PKCE, and
    /// the grants mean response types (RFC 7591 §2.1).
    pub fn follow(&mut self) {
        self.require_pkce |= self.is_public();
        let types = [(GrantType::AuthorizationCode, "code"), (GrantType::Implicit, "token")];
        let named = types.into_iter().filter(|(grant, _)| self.allows(*grant));
        self.response_types = named.map(|(_, name)| name.to_owned()).collect();
    }

    /// Whether it proves itself with a secret.
    pub fn sends_secret(&self) -> bool {
        use AuthMethod::{ClientSecretBasic, ClientSecretPost};
        matches!(self.token_endpoint_auth_method, ClientSecretBasic | ClientSecretPost)
    }

    /// People where there is a way back, else machines.
    fn usual_grants(&self) -> Vec<GrantType> {
        if self.redirect_uris.is_empty() && !self.is_public() {
            vec![GrantType::ClientCredentials]
        } else {
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
        }
    }

    fn acts_for_people(&self) -> bool {
        let grants = [GrantType::AuthorizationCode, GrantType::Password, GrantType::Implicit];
        grants.into_iter().any(|grant| self.allows(grant))
    }
}
