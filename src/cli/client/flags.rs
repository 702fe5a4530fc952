//! The flags of `client create` and `client update`, and what they change.

use std::time::Duration;

use clap::Args;
use serde::de::DeserializeOwned;

use crate::cli::{Failure, input};
use crate::oauth::{Algorithm, AuthMethod, GrantType, IdTokenClaims, Scope, ScopeClaim};
use crate::store::Client;

/// What is to be registered. A flag that may be repeated replaces the whole
/// list; an empty value empties it.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Name that people see
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The client cannot keep a secret: a browser or native application
    #[arg(long, conflicts_with_all = ["auth_method", "secret_file"])]
    public: bool,
    /// Grant type: authorization_code, client_credentials, password, refresh_token or implicit
    #[arg(long, value_name = "GRANT")]
    grant: Option<Vec<GrantType>>,
    /// Address that the browser is sent back to
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<Vec<String>>,
    /// Address that the browser is sent to after a logout
    #[arg(long, value_name = "URI")]
    post_logout_redirect_uri: Option<Vec<String>>,
    /// Address of the client that is told when a session has ended
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// The client needs `sid` to be told (it is always told)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    backchannel_logout_session_required: Option<bool>,
    /// Scope that the client may ask for
    #[arg(long, value_name = "SCOPE")]
    scope: Option<Vec<String>>,
    /// Audience of its access tokens [default: tokens.default_audience]
    #[arg(long, value_name = "AUDIENCE")]
    audience: Option<Vec<String>>,
    /// Refuse authorization requests without PKCE
    #[arg(long, overrides_with = "no_require_pkce")]
    require_pkce: bool,
    /// Let a confidential client do without PKCE
    #[arg(long, overrides_with = "require_pkce")]
    no_require_pkce: bool,
    /// Lifetime of its access tokens, as 120s or 1h [default: tokens.access_lifetime]
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    access_token_lifetime: Option<Duration>,
    /// Lifetime of its refresh tokens, as 30d [default: tokens.refresh_lifetime]
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    refresh_token_lifetime: Option<Duration>,
    /// Replace refresh tokens at each use
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    rotate_refresh_tokens: Option<bool>,
    /// Claims of the person in the ID token: scopes or minimal
    #[arg(long, value_name = "WHICH")]
    id_token_claims: Option<IdTokenClaims>,
    /// Form of the scope claim in access tokens: string or array
    #[arg(long, value_name = "FORM")]
    scope_claim: Option<ScopeClaim>,
    /// Never ask people for consent: for your own applications
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    skip_consent: Option<bool>,
    /// Take the secret from this file; `-` is standard input [default: a generated one]
    #[arg(long, value_name = "FILE")]
    pub(super) secret_file: Option<String>,
    /// Home page of the client
    #[arg(long, value_name = "URI")]
    client_uri: Option<String>,
    /// Picture of the client
    #[arg(long, value_name = "URI")]
    logo_uri: Option<String>,
    /// Add `uid` and `info` to token responses
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    legacy_user_info: Option<bool>,
    /// The only way in which it may authenticate: client_secret_basic, client_secret_post,
    /// private_key_jwt or none
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<AuthMethod>,
    /// File with its public keys (JWK Set), for private_key_jwt
    #[arg(long, value_name = "FILE")]
    jwks_file: Option<String>,
    /// File with rules that rename, filter, add or map claims for it (JSON array)
    #[arg(long, value_name = "FILE")]
    claim_mapping_file: Option<String>,
    /// Signature algorithm of its tokens: RS256, ES256 or EdDSA
    #[arg(long, value_name = "ALG")]
    signing_alg: Option<Algorithm>,
    /// Audience that this client answers for as a resource server
    #[arg(long, value_name = "URI")]
    resource: Option<Vec<String>>,
    /// It may introspect every token
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    introspect_any: Option<bool>,
    /// Name the issuer in authorization errors too; for programs that take such an answer for
    /// something else, `false`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    iss_in_errors: Option<bool>,
}

impl Flags {
    /// Changes what was given and leaves the rest.
    pub fn apply(&self, client: &mut Client) -> Result<(), Failure> {
        self.apply_authentication(client)?;
        self.apply_lists(client)?;
        self.apply_options(client);
        client.follow();
        Ok(())
    }

    /// Whether anything was said about the scope.
    pub fn names_scope(&self) -> bool {
        self.scope.is_some()
    }

    fn apply_authentication(&self, client: &mut Client) -> Result<(), Failure> {
        if let Some(method) = self.auth_method.or(self.public.then_some(AuthMethod::None)) {
            client.token_endpoint_auth_method = method;
            client.auth_method_pinned = true;
        }
        if let Some(file) = &self.jwks_file {
            client.jwks = Some(json_from(file)?);
        }
        Ok(())
    }

    fn apply_lists(&self, client: &mut Client) -> Result<(), Failure> {
        if let Some(grants) = &self.grant {
            client.grant_types.clone_from(grants);
        }
        if let Some(tokens) = &self.scope {
            client.scope = Scope::parse(&tokens.join(" "))?;
        }
        replace(&mut client.redirect_uris, self.redirect_uri.as_deref());
        replace(&mut client.post_logout_redirect_uris, self.post_logout_redirect_uri.as_deref());
        replace(&mut client.audience, self.audience.as_deref());
        replace(&mut client.resource, self.resource.as_deref());
        if let Some(file) = &self.claim_mapping_file {
            client.claim_mapping = json_from(file)?;
        }
        Ok(())
    }

    fn apply_options(&self, client: &mut Client) {
        let texts = [
            (&mut client.client_name, &self.name),
            (&mut client.client_uri, &self.client_uri),
            (&mut client.logo_uri, &self.logo_uri),
            (&mut client.backchannel_logout_uri, &self.backchannel_logout_uri),
        ];
        for (own, given) in texts {
            if let Some(given) = given {
                *own = Some(given.clone()).filter(|text| !text.is_empty());
            }
        }
        client.access_token_lifetime = self.access_token_lifetime.or(client.access_token_lifetime);
        client.refresh_token_lifetime = self.refresh_token_lifetime.or(client.refresh_token_lifetime);
        set(&mut client.require_pkce, self.pkce());
        set(&mut client.rotate_refresh_tokens, self.rotate_refresh_tokens);
        set(&mut client.id_token_claims, self.id_token_claims);
        set(&mut client.scope_claim, self.scope_claim);
        set(&mut client.backchannel_logout_session_required, self.backchannel_logout_session_required);
        set(&mut client.skip_consent, self.skip_consent);
        set(&mut client.legacy_user_info, self.legacy_user_info);
        set(&mut client.introspect_any, self.introspect_any);
        set(&mut client.iss_in_errors, self.iss_in_errors);
        set(&mut client.access_token_signed_response_alg, self.signing_alg);
        set(&mut client.id_token_signed_response_alg, self.signing_alg);
    }

    fn pkce(&self) -> Option<bool> {
        self.require_pkce.then_some(true).or(self.no_require_pkce.then_some(false))
    }
}

fn json_from<T: DeserializeOwned>(file: &str) -> Result<T, Failure> {
    serde_json::from_str(&input::text_from(file)?)
        .map_err(|problem| Failure::Failed(format!("{file} is not what it should be: {problem}")))
}

fn set<T>(own: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *own = given;
    }
}

fn replace(own: &mut Vec<String>, given: Option<&[String]>) {
    if let Some(given) = given {
        *own = given.iter().filter(|text| !text.is_empty()).cloned().collect();
    }
}
