//! The protocol's rules, pure: no store, no network, no clock.

pub mod algorithm;
pub mod client_metadata;
pub mod scope;

pub use algorithm::Algorithm;
pub use client_metadata::{AuthMethod, GrantType, IdTokenClaims, ScopeClaim};
pub use scope::Scope;
