//! Tokens: minting them, judging them, taking them back.

pub mod access_token;
pub mod authorization;
pub mod claims;
pub mod hint;
pub mod id_token;
pub mod inspection;
pub mod issuer;
pub mod logout_token;
pub mod refresh;
mod signature;
pub mod status_list;
pub mod validation;

pub use authorization::{Authorization, Person, Proof};
