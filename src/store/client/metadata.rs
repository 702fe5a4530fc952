//! What is registered about a client.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::oauth::{Algorithm, AuthMethod, ClaimRule, GrantType, IdTokenClaims, Scope, ScopeClaim};

/// A registered client. Serialises to its metadata with the member names of
/// RFC 7591 §2; what has a column of its own is left out of that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    #[serde(skip)]
    pub client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    pub token_endpoint_auth_method: AuthMethod,
    /// Whether only this method counts. If not, a secret may come by Basic or
    /// in the body.
    pub auth_method_pinned: bool,
    pub grant_types: Vec<GrantType>,
    pub response_types: Vec<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    /// What the client may ask for.
    pub scope: Scope,
    /// The `aud` of its access tokens; empty means the server's default.
    pub audience: Vec<String>,
    /// The audiences that this client answers for as a resource server.
    pub resource: Vec<String>,
    pub require_pkce: bool,
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub access_token_lifetime: Option<Duration>,
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub refresh_token_lifetime: Option<Duration>,
    pub rotate_refresh_tokens: bool,
    pub id_token_claims: IdTokenClaims,
    pub scope_claim: ScopeClaim,
    /// How claims are changed for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claim_mapping: Vec<ClaimRule>,
    pub skip_consent: bool,
    pub legacy_user_info: bool,
    pub introspect_any: bool,
    /// Whether an authorization error names the issuer (RFC 9207 §2).
    pub iss_in_errors: bool,
    pub access_token_signed_response_alg: Algorithm,
    pub id_token_signed_response_alg: Algorithm,
    /// Public keys for `private_key_jwt`, a JWK Set (RFC 7517 §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// Where it is told that a session has ended (OpenID Connect Back-Channel
    /// Logout 1.0 §2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs `sid`, which it always gets.
    pub backchannel_logout_session_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(skip)]
    pub enabled: bool,
    #[serde(skip)]
    pub created_at: Timestamp,
    #[serde(skip)]
    pub updated_at: Timestamp,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_name: None,
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            auth_method_pinned: false,
            grant_types: Vec::new(),
            response_types: Vec::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scope: Scope::default(),
            audience: Vec::new(),
            resource: Vec::new(),
            require_pkce: false,
            access_token_lifetime: None,
            refresh_token_lifetime: None,
            rotate_refresh_tokens: true,
            id_token_claims: IdTokenClaims::default(),
            scope_claim: ScopeClaim::default(),
            claim_mapping: Vec::new(),
            skip_consent: false,
            legacy_user_info: false,
            introspect_any: false,
            iss_in_errors: true,
            access_token_signed_response_alg: Algorithm::default(),
            id_token_signed_response_alg: Algorithm::default(),
            jwks: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            client_uri: None,
            logo_uri: None,
            enabled: true,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }
}

impl Client {
    /// An enabled confidential client that may do nothing yet.
    pub fn new(client_id: impl Into<String>, now: Timestamp) -> Self {
        Self { client_id: client_id.into(), created_at: now, updated_at: now, ..Self::default() }
    }

    /// Whether it cannot keep a secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether it may use this grant.
    pub fn allows(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it may authenticate in this way. A pinned method is the only
    /// one; otherwise either way of sending a secret will do.
    pub fn accepts(&self, method: AuthMethod) -> bool {
        use AuthMethod::{ClientSecretBasic, ClientSecretPost};
        let sends_secret = |method| matches!(method, ClientSecretBasic | ClientSecretPost);
        let own = self.token_endpoint_auth_method;
        method == own || (!self.auth_method_pinned && sends_secret(own) && sends_secret(method))
    }

    /// Whether its authorization requests need a code challenge: always those
    /// of a public client (RFC 9700 §2.1.1).
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.is_public()
    }

    /// Whether its refresh tokens are replaced at each use: always those of a
    /// public client (RFC 9700 §4.14.2).
    pub fn rotates_refresh_tokens(&self) -> bool {
        self.rotate_refresh_tokens || self.is_public()
    }
}

/// A duration as whole seconds, the unit of `expires_in`.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|duration| duration.as_secs()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_secs))
    }
}
