//! What an administrator does, and how what they look at is shown. The command
//! line, the administration API and the pages come here, so that what one of
//! them refuses none of them takes.

mod client_view;
mod key_view;
mod person;
mod person_view;
mod refused_request;
mod registrar;
mod registration;
mod revocation;
mod token_view;
mod trail;
mod trail_view;

pub use client_view::{ClientView, FailureView, Registered, Rotated};
pub use key_view::KeyView;
pub use person::People;
pub use person_view::{PersonView, SessionView};
pub use refused_request::RefusedRequest;
pub use registrar::{Made, Registrar};
pub use revocation::Target;
pub use token_view::TokenView;
pub use trail::Wanted;
pub use trail_view::EntryView;
