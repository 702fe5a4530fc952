//! Takes tokens back.

use uuid::Uuid;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Client, NewRevocation, RevocationKind, Store, TokenFilter, TokenRecord, User};

/// What is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One token.
    Token(Uuid),
    /// Everything of a person, by name.
    User(String),
    /// Everything of a client.
    Client(String),
    /// Everything that ends with a login session.
    Session(Uuid),
    /// Everything, and every login.
    All,
}

impl Target {
    /// What to write into the log.
    ///
    /// # Errors
    /// `not_found`, `temporarily_unavailable` when the store is out of reach.
    pub async fn revocation(self, app: &App) -> Result<NewRevocation, Error> {
        let now = app.now();
        let everything = |kind, subject: String| NewRevocation::new(kind, subject, now);
        Ok(match self {
            Self::Token(jti) => {
                let record = TokenRecord::find(&app.store, jti).await?;
                let new = NewRevocation::token(jti, record.exp, now);
                new.of(Some(&record.client_id), record.sub.as_deref())
            }
            Self::Session(id) => {
                let unknown =
                    || Error::not_found(format!("no session {id}: it never was, or it ended long ago"));
                let session = app.store.session(id).await?.ok_or_else(unknown)?;
                everything(RevocationKind::Session, id.to_string()).of(None, Some(&session.sub))
            }
            Self::User(name) => everything(RevocationKind::User, User::find(&app.store, &name).await?.sub),
            Self::Client(id) => {
                everything(RevocationKind::Client, Client::find(&app.store, &id).await?.client_id)
            }
            // Logins end too, and a server that has not heard may still let one in.
            Self::All => NewRevocation::shutting_out(RevocationKind::All, "", now),
        })
    }
}

impl NewRevocation {
    /// Spares what was issued at this instant or later. A token of the named
    /// millisecond itself was not issued before it.
    pub fn issued_before(mut self, time: Timestamp) -> Self {
        self.issued_before = Timestamp(time.0 - 1);
        self
    }
}

impl TokenRecord {
    /// The record with this id.
    ///
    /// # Errors
    /// `not_found`, `temporarily_unavailable` when the store is out of reach.
    pub async fn find(store: &Store, jti: Uuid) -> Result<Self, Error> {
        let filter = TokenFilter { jti: Some(jti), limit: 1, ..TokenFilter::default() };
        let unknown = || Error::not_found(format!("no token with jti {jti}, see: porteiro token list --all"));
        store.tokens(&filter).await?.pop().ok_or_else(unknown)
    }
}
