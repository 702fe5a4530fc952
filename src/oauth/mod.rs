//! The protocol's rules, pure: no store, no network, no clock.

pub mod algorithm;
pub mod basic;
pub mod claim_mapping;
pub mod claims;
pub mod client_assertion;
pub mod client_metadata;
pub mod jwks;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod response_mode;
pub mod response_type;
pub mod scope;
pub mod status_list;
pub mod username;

pub use algorithm::Algorithm;
pub use claim_mapping::{ClaimPlace, ClaimRule};
pub use claims::ClaimsRequest;
pub use client_metadata::{AuthMethod, GrantType, IdTokenClaims, ScopeClaim};
pub use params::Params;
pub use pkce::CodeChallenge;
pub use prompt::Prompt;
pub use response_mode::ResponseMode;
pub use response_type::ResponseType;
pub use scope::Scope;
