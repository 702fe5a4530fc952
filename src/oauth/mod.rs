//! The protocol's rules, pure: no store, no network, no clock.

pub mod algorithm;
pub mod basic;
pub mod client_metadata;
pub mod params;
pub mod pkce;
pub mod scope;

pub use algorithm::Algorithm;
pub use client_metadata::{AuthMethod, GrantType, IdTokenClaims, ScopeClaim};
pub use params::Params;
pub use pkce::CodeChallenge;
pub use scope::Scope;
