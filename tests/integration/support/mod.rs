//! What the tests stand on: databases, servers, and the [`contract!`] macro.

mod administration;
mod authorization;
mod browser;
mod call;
mod cluster;
pub mod command;
mod database;
mod dump;
mod events;
mod log;
mod protected;
mod secrets;
mod server;
mod socket;
pub mod source;

pub use administration::ADMIN;
pub use authorization::{CHALLENGE, STATE, VERIFIER, WITH_PKCE, ask, claims_of, hidden, link, request};
pub use browser::{Browser, CALLBACK, PASSWORD, parameter};
pub use call::{Answer, Call};
pub use cluster::Cluster;
pub use database::{Database, Engine};
pub use dump::dump;
pub use events::Events;
pub use log::Log;
pub use protected::{SITE, Site};
pub use secrets::Secrets;
pub use server::{Credentials, ISSUER, TestServer};
pub use socket::Listening;

/// Something a test is handed, made new for it on one engine.
pub trait Fixture {
    async fn on(engine: Engine) -> Self;
}

/// Emits each behaviour as two tests, `on_sqlite` and `on_postgres`.
///
/// The argument's type is a [`Fixture`], made before the body and taken down
/// after it.
macro_rules! contract {
    ($(
        $(#[$about:meta])*
        async fn $name:ident($argument:ident: $fixture:ty) $body:block
    )*) => {$(
        $(#[$about])*
        mod $name {
            use super::*;

            async fn behaviour($argument: $fixture) $body

            #[tokio::test]
            async fn on_sqlite() {
                use $crate::support::{Engine, Fixture};
                behaviour(<$fixture as Fixture>::on(Engine::Sqlite).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                use $crate::support::{Engine, Fixture};
                behaviour(<$fixture as Fixture>::on(Engine::Postgres).await).await;
            }
        }
    )*};
}
