//! HTTP in, HTTP out: a file per endpoint, named as the RFCs name it.

pub mod account;
pub mod assets;
pub mod authorize;
pub mod body;
pub mod consent;
pub mod context;
pub mod cors;
pub mod form;
pub mod health;
pub mod introspect;
pub mod jwks;
pub mod login;
pub mod logout;
pub mod metadata;
pub mod metrics;
pub mod not_found;
pub mod page;
pub mod resource;
pub mod revocations;
pub mod revoke;
pub mod select_account;
pub mod status;
pub mod token;
pub mod userinfo;
pub mod verify;
pub mod visit;
