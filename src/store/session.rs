//! Table `session`: who is logged in, in which browser.

use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::{Digest, digest_of};
use crate::store::audit::append_audit;
use crate::store::look_up::{LookedUp, fetch_by};
use crate::store::{Store, User, in_transaction, on_read, on_write};

/// A login session. Its cookie's value is not here, only the digest.
#[derive(Clone, Debug, FromRow)]
pub struct Session {
    /// Names the session towards clients: `sid`.
    pub id: Uuid,
    /// SHA-256 of the cookie's value.
    pub digest: Vec<u8>,
    /// Who is logged in.
    pub sub: String,
    /// When they proved it.
    pub auth_time: Timestamp,
    /// How (RFC 8176).
    pub amr: Json<Vec<String>>,
    /// How well (OpenID Connect Core §2).
    pub acr: String,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
    /// Where it came from.
    pub address: Option<String>,
    /// When it began.
    #[sqlx(rename = "begun_at")]
    pub created_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub last_seen_at: Timestamp,
    /// The absolute end.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

/// A session and whose it is.
#[derive(Clone, Debug, FromRow)]
pub struct OwnSession {
    /// The session.
    #[sqlx(flatten)]
    pub session: Session,
    /// Who is logged in.
    #[sqlx(flatten)]
    pub person: User,
}

impl Session {
    /// The login that made or renewed it.
    fn login(&self, by: &Origin) -> Entry {
        let how = self.amr.join(" ");
        Entry::done(Act::Login, by, self.auth_time).subject(self.sub.as_str()).object(self.id).because(how)
    }
}

/// By the cookie's digest.
impl LookedUp for OwnSession {
    type Key = Digest;

    fn key(&self) -> Digest {
        digest_of(&self.session.digest)
    }

    /// Sessions, ended or not.
    async fn all(store: &Store, digests: &[Digest]) -> Result<Vec<Self>, Error> {
        // As for an IssuedCode.
        const ON_POSTGRES: &str = "SELECT id, digest, session.sub, auth_time, amr, acr, user_agent, address,
            session.created_at AS begun_at, last_seen_at, expires_at, revoked_at, username, email,
            email_verified, password, profile, groups, roles, admin, enabled, person.created_at, updated_at
            FROM session
            CROSS JOIN LATERAL (SELECT * FROM user_account WHERE sub = session.sub OFFSET 0) person
            WHERE digest = ANY($1)";
        const ON_SQLITE: &str = "SELECT id, digest, session.sub, auth_time, amr, acr, user_agent, address,
            session.created_at AS begun_at, last_seen_at, expires_at, revoked_at, username, email,
            email_verified, password, profile, groups, roles, admin, enabled, person.created_at, updated_at
            FROM session JOIN user_account person ON person.sub = session.sub
            WHERE digest IN (SELECT unhex(value) FROM json_each($1))";
        let digests: Vec<&[u8]> = digests.iter().map(Digest::as_slice).collect();
        Ok(fetch_by!(store, digests, ON_POSTGRES, ON_SQLITE))
    }
}

impl Store {
    /// Writes a new session: a login.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn create_session(&self, session: &Session, by: impl Into<Origin>) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO session (id, digest, sub, auth_time, amr, acr, user_agent, address,
            created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let entry = session.login(&by.into());
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            append_audit!(tx, &entry);
            sqlx::query(SQL)
                .bind(session.id)
                .bind(session.digest.as_slice())
                .bind(session.sub.as_str())
                .bind(session.auth_time)
                .bind(&session.amr)
                .bind(session.acr.as_str())
                .bind(session.user_agent.as_deref())
                .bind(session.address.as_deref())
                .bind(session.created_at)
                .bind(session.last_seen_at)
                .bind(session.expires_at)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Gives a living session a new cookie, time of login and end: the person
    /// logged in again. `false` when it was ended meanwhile.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn renew_session(&self, session: &Session, by: impl Into<Origin>) -> Result<bool, Error> {
        const SQL: &str =
            "UPDATE session SET digest = $2, auth_time = $3, amr = $4, acr = $5, user_agent = $6,
            address = $7, last_seen_at = $8, expires_at = $9 WHERE id = $1 AND revoked_at IS NULL";
        let entry = session.login(&by.into());
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            let renewed = sqlx::query(SQL)
                .bind(session.id)
                .bind(session.digest.as_slice())
                .bind(session.auth_time)
                .bind(&session.amr)
                .bind(session.acr.as_str())
                .bind(session.user_agent.as_deref())
                .bind(session.address.as_deref())
                .bind(session.last_seen_at)
                .bind(session.expires_at)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if renewed == 1 {
                append_audit!(tx, &entry);
            }
            Ok(renewed == 1)
        })
    }

    /// A session by its id, ended or not.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn session(&self, id: Uuid) -> Result<Option<Session>, Error> {
        const SQL: &str = "SELECT id, digest, sub, auth_time, amr, acr, user_agent, address,
            created_at AS begun_at, last_seen_at, expires_at, revoked_at FROM session WHERE id = $1";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(id).fetch_optional(db).await?))
    }

    /// The living sessions of a person, last used first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn sessions_of(&self, sub: &str, now: Timestamp) -> Result<Vec<Session>, Error> {
        const SQL: &str = "SELECT id, digest, sub, auth_time, amr, acr, user_agent, address,
            created_at AS begun_at, last_seen_at, expires_at, revoked_at FROM session
            WHERE sub = $1 AND expires_at > $2 AND revoked_at IS NULL ORDER BY last_seen_at DESC";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(sub).bind(now).fetch_all(db).await?))
    }

    /// The living sessions of everybody that were used since an instant, the
    /// last used first, at most `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn latest_sessions(
        &self,
        now: Timestamp,
        used_since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Session>, Error> {
        const SQL: &str = "SELECT id, digest, sub, auth_time, amr, acr, user_agent, address,
            created_at AS begun_at, last_seen_at, expires_at, revoked_at FROM session
            WHERE expires_at > $1 AND last_seen_at >= $2 AND revoked_at IS NULL
            ORDER BY last_seen_at DESC, id LIMIT $3";
        Ok(on_read!(self, db => {
            sqlx::query_as(SQL).bind(now).bind(used_since).bind(limit).fetch_all(db).await?
        }))
    }

    /// Whether a person logged in from an address lately.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn logged_in_from(&self, sub: &str, address: &str) -> Result<bool, Error> {
        const SQL: &str = "SELECT sub FROM session WHERE sub = $1 AND address = $2 LIMIT 1";
        let found: Option<String> =
            on_read!(self, db => sqlx::query_scalar(SQL).bind(sub).bind(address).fetch_optional(db).await?);
        Ok(found.is_some())
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn touch_session(&self, id: Uuid, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        on_write!(self, db => {
            sqlx::query(SQL).bind(id).bind(now).execute(db).await?;
        });
        Ok(())
    }

    /// Deletes up to `limit` sessions that ended before an instant.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_sessions(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM session WHERE id IN
            (SELECT id FROM session WHERE expires_at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(ended_before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
