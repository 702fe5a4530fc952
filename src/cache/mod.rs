//! What a server remembers of the store, and for how long: never so long that
//! a change made elsewhere goes unseen for a second.

mod clients;
mod failures;
mod guesses;
mod jwks_readers;
mod login_gates;
mod origins;
mod recent_revocations;
mod revocation_view;
mod revocations;
mod secret_proofs;
mod status_indexes;
mod status_lists;
mod tokens;
mod unanswered;

pub use clients::{Clients, KnownClient};
pub use failures::Failures;
pub use guesses::Guesses;
pub use jwks_readers::JwksReaders;
pub use login_gates::LoginGates;
pub use origins::Origins;
pub use revocation_view::{RevocationEvent, RevocationView};
pub use revocations::Revocations;
pub use secret_proofs::SecretProofs;
pub use status_indexes::StatusIndexes;
pub use status_lists::{SignedList, StatusLists};
pub use tokens::Tokens;
pub use unanswered::Unanswered;
