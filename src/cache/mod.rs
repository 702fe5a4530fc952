//! What a server remembers of the store, and for how long: never so long that
//! a change made elsewhere goes unseen for a second.

mod clients;
mod revocations;
mod tokens;

pub use clients::{Clients, KnownClient};
pub use revocations::Revocations;
pub use tokens::Tokens;
