//! Porteiro, an OAuth 2.0 and OpenID Connect authorization server whose
//! signed tokens can be taken back.

pub mod app;
pub mod authorize;
pub mod branding;
pub mod browser;
pub mod cache;
pub mod cli;
pub mod client_auth;
pub mod clock;
pub mod config;
pub mod endpoint;
pub mod error;
pub mod grant;
pub mod housekeeping;
pub mod key_rotation;
pub mod keys;
pub mod logging;
pub mod login;
pub mod oauth;
pub mod pages;
pub mod password;
pub mod presets;
pub mod random;
pub mod router;
pub mod secret;
pub mod server;
pub mod session;
pub mod store;
pub mod tls;
pub mod token;
