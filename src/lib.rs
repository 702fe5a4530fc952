//! Porteiro, an OAuth 2.0 and OpenID Connect authorization server whose
//! signed tokens can be taken back.

pub mod branding;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod key_rotation;
pub mod keys;
pub mod oauth;
pub mod pages;
pub mod password;
pub mod random;
pub mod secret;
pub mod store;
