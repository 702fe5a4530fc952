//! Signing with the keys of this moment.

use std::time::Instant;

use serde::Serialize;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::logging;
use crate::oauth::Algorithm;

/// A signed JWT in compact form. How long it took is counted.
///
/// # Errors
/// `server_error` when no key of this algorithm is active.
pub fn sign(
    app: &App,
    algorithm: Algorithm,
    typ: &str,
    claims: &impl Serialize,
    now: Timestamp,
) -> Result<String, Error> {
    let _part = logging::part!("sign").entered();
    let begun = Instant::now();
    let jwt = app.keys.current().sign_jwt(algorithm, typ, claims, now)?;
    app.metrics.signed(algorithm, begun.elapsed());
    Ok(jwt)
}
