//! People and sessions as they are shown: the claims of OpenID Connect Core
//! §5.1 and our own members. Nothing of a password.

use serde::Serialize;
use uuid::Uuid;

use crate::store::{Profile, Session, User};

/// A person.
#[derive(Serialize)]
pub struct PersonView<'a> {
    username: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(flatten)]
    profile: &'a Profile,
    groups: &'a [String],
    roles: &'a [String],
    admin: bool,
    enabled: bool,
    /// Seconds, as in the claim of this name.
    updated_at: i64,
}

impl<'a> PersonView<'a> {
    /// As they are.
    pub fn of(user: &'a User) -> Self {
        Self {
            username: &user.username,
            sub: &user.sub,
            email: user.email.as_deref(),
            email_verified: user.email.is_some().then_some(user.email_verified),
            profile: &user.profile,
            groups: &user.groups,
            roles: &user.roles,
            admin: user.admin,
            enabled: user.enabled,
            updated_at: user.updated_at.seconds(),
        }
    }
}

/// A browser that is signed in.
#[derive(Serialize)]
pub struct SessionView<'a> {
    sid: Uuid,
    /// Seconds, as in the claim of this name.
    auth_time: i64,
    last_seen_at: String,
    expires_at: String,
    address: Option<&'a str>,
    user_agent: Option<&'a str>,
}

impl<'a> SessionView<'a> {
    /// As it is.
    pub fn of(session: &'a Session) -> Self {
        Self {
            sid: session.id,
            auth_time: session.auth_time.seconds(),
            last_seen_at: session.last_seen_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
            address: session.address.as_deref(),
            user_agent: session.user_agent.as_deref(),
        }
    }
}
