//! Refresh tokens: grant id, generation and a MAC over both. The store keeps
//! no secret of them, a rotation is one number, and a retry gets the very same
//! successor.

use uuid::Uuid;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::{Kind, Secret, base64url, from_base64url, same};
use crate::store::GrantFamily;

const ID: usize = 16;
const GENERATION: usize = 8;
const MAC: usize = 32;

/// What a refresh token says, before anything is proven.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The grant that it belongs to.
    pub grant_id: Uuid,
    /// Which one of the grant's refresh tokens it is.
    pub generation: i64,
    mac: [u8; MAC],
}

impl Presented {
    /// Reads a refresh token; `None` when it has not the form of one.
    pub fn parse(token: &str) -> Option<Self> {
        let bytes = from_base64url(token.strip_prefix(Kind::RefreshToken.prefix())?)?;
        let (id, rest) = bytes.split_first_chunk::<ID>()?;
        let (generation, mac) = rest.split_first_chunk::<GENERATION>()?;
        Some(Self {
            grant_id: Uuid::from_bytes(*id),
            generation: i64::from_be_bytes(*generation),
            mac: mac.try_into().ok()?,
        })
    }

    /// Whether this server made it for this grant.
    pub fn is_genuine(&self, app: &App, grant: &GrantFamily) -> bool {
        grant.id == self.grant_id && same(&mac(app, grant, self.generation), &self.mac)
    }
}

/// The refresh token of a generation.
pub fn mint(app: &App, grant: &GrantFamily, generation: i64) -> Secret {
    let mut bytes = Vec::with_capacity(ID + GENERATION + MAC);
    bytes.extend(grant.id.as_bytes());
    bytes.extend(generation.to_be_bytes());
    bytes.extend(mac(app, grant, generation));
    Secret::new(format!("{}{}", Kind::RefreshToken.prefix(), base64url(&bytes)))
}

fn mac(app: &App, grant: &GrantFamily, generation: i64) -> [u8; MAC] {
    app.mac.tag("refresh token", &[grant.id.as_bytes(), &generation.to_be_bytes(), &grant.salt])
}

/// Whether a token of the generation before the living one comes again because
/// its answer got lost on the way, or was never given by us.
pub fn is_retry(app: &App, grant: &GrantFamily, presented: i64, now: Timestamp) -> bool {
    let window = app.config.tokens.refresh_retry_window;
    let lately = grant.rotated_at.is_some_and(|rotated_at| now.since(rotated_at) <= window);
    presented + 1 == grant.generation
        && !window.is_zero()
        && (lately || app.unanswered.contains(grant.id, presented, now))
}

/// The grant behind a token that was proven genuine, as long as it lives: its
/// own end, a revocation, the person, the client and the session decide.
///
/// # Errors
/// `invalid_grant` when it lives no more.
pub async fn living(app: &App, grant: GrantFamily, now: Timestamp) -> Result<GrantFamily, Error> {
    if grant.revoked_at.is_some() || grant.expires_at <= now {
        return Err(Error::invalid_grant("the refresh token has ended, the person must log in again"));
    }
    if app.revocations.reaches_grant(&grant.client_id, &grant.sub, grant.created_at).await? {
        return Err(Error::invalid_grant("the refresh token was revoked"));
    }
    Ok(grant)
}

/// Two requests came with the same living token and the other one moved the
/// grant. Within the retry window both get the same successor.
///
/// # Errors
/// `invalid_grant` outside of the window, or when the grant was taken back.
pub async fn lost_race(app: &App, grant: &GrantFamily, now: Timestamp) -> Result<i64, Error> {
    let moved = app.store.grant(grant.id).await?.filter(|moved| moved.revoked_at.is_none());
    match moved {
        Some(moved) if is_retry(app, &moved, grant.generation, now) => Ok(moved.generation),
        _ => Err(Error::invalid_grant("the refresh token was used by another request")),
    }
}
