//! Which lines of the audit trail are asked for.

use uuid::Uuid;

use crate::audit::{Act, Outcome};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{AuditFilter, Store};

/// What somebody looks for, in their words.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only from this instant on.
    pub since: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
    /// Only what concerns this person: name, e-mail address or `sub`.
    pub user: Option<String>,
    /// Only what concerns this client.
    pub client_id: Option<String>,
    /// Only this act, as `user.disable`, or all of a kind, as `user`.
    pub act: Option<String>,
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only what is about this token, grant, session or key.
    pub object: Option<String>,
    /// Only this request.
    pub request_id: Option<Uuid>,
    /// Only done or only refused.
    pub outcome: Option<Outcome>,
}

impl Wanted {
    /// In the store's words.
    ///
    /// # Errors
    /// `invalid_request` for an act that does not exist, `not_found` for an
    /// unknown person, `temporarily_unavailable` when the store is out of reach.
    pub async fn filter(self, store: &Store) -> Result<AuditFilter, Error> {
        self.act.as_deref().map_or(Ok(()), check_act)?;
        Ok(AuditFilter {
            since: self.since.unwrap_or(Timestamp(0)),
            until: self.until.unwrap_or(Timestamp(i64::MAX)),
            subject: match &self.user {
                Some(name) => Some(subject(store, name).await?),
                None => None,
            },
            client_id: self.client_id,
            act: self.act,
            actor: self.actor,
            object: self.object,
            request_id: self.request_id,
            outcome: self.outcome,
        })
    }
}

fn check_act(wanted: &str) -> Result<(), Error> {
    let fits = |act: &Act| act.as_str() == wanted || act.as_str().split('.').next() == Some(wanted);
    if Act::ALL.iter().any(fits) {
        return Ok(());
    }
    let names: Vec<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
    Err(Error::invalid_request(format!("there is no act {wanted}: use one of {}", names.join(", "))))
}

/// Somebody who was deleted has a `sub` still.
async fn subject(store: &Store, name: &str) -> Result<String, Error> {
    match store.user_by_login(name).await? {
        Some(user) => Ok(user.sub),
        None if Uuid::parse_str(name).is_ok() => Ok(name.to_owned()),
        None => Err(Error::not_found(format!("there is no user {name:?}"))),
    }
}
