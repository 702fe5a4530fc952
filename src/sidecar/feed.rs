//! Follows the feed of revocations, and comes back to it when it breaks off.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{sleep, timeout};

use super::event_stream::{EventStream, Said};
use super::{SILENCE, Sidecar};
use crate::cache::RevocationEvent;
use crate::error::Error;

/// Between two attempts: the first comes soon, so that a restart of the other
/// end goes unnoticed.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_millis(1_000),
    Duration::from_millis(2_000),
];

/// Reads until the task is dropped.
pub async fn follow(sidecar: Sidecar) {
    let mut reader = Reader { sidecar, position: String::from("0"), synced: false };
    let mut failures = 0;
    loop {
        let broke_off = reader.read().await;
        failures = if reader.synced { 0 } else { failures + 1 };
        let pause = PAUSES[failures.min(PAUSES.len() - 1)];
        let cause = broke_off.cause().map(ToString::to_string).unwrap_or_default();
        // The end of a token's life ends the feed as well; that is not worth a
        // warning.
        if failures == 0 {
            tracing::info!(cause, "the feed of revocations ended, reading on");
        } else {
            tracing::warn!(cause, "cannot read the feed of revocations, will try again");
        }
        reader.synced = false;
        sleep(pause).await;
    }
}

struct Reader {
    sidecar: Sidecar,
    position: String,
    /// Whether everything before this moment has been told.
    synced: bool,
}

impl Reader {
    /// One connection from beginning to end, which is always some failure.
    async fn read(&mut self) -> Error {
        match self.open().await {
            Ok(body) => self.consume(body).await,
            Err(failed) => failed,
        }
    }

    async fn open(&mut self) -> Result<Incoming, Error> {
        let issuer = &self.sidecar.0.issuer;
        self.sidecar.0.keys.replace(issuer.keys().await?);
        let token = issuer.token().await?;
        Ok(issuer.feed(&token, &self.position).await?.into_body())
    }

    async fn consume(&mut self, mut body: Incoming) -> Error {
        let mut stream = EventStream::default();
        loop {
            let frame = match timeout(SILENCE, body.frame()).await {
                Err(silent) => return Error::unavailable(silent),
                Ok(None) => return Error::unavailable("the issuer ended it"),
                Ok(Some(Err(broken))) => return Error::unavailable(broken),
                Ok(Some(Ok(frame))) => frame,
            };
            let bytes = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
            if let Err(failed) = self.take_all(stream.push(bytes)).await {
                return failed;
            }
        }
    }

    async fn take_all(&mut self, said: Result<Vec<Said>, Error>) -> Result<(), Error> {
        for said in said? {
            self.take(said).await?;
        }
        Ok(())
    }

    async fn take(&mut self, said: Said) -> Result<(), Error> {
        match said {
            Said::Alive => self.sidecar.revoke(|view| view.forget_expired(self.sidecar.0.clock.now())),
            Said::Event { name, id, data } => {
                match name.as_str() {
                    "message" => {
                        let event: RevocationEvent =
                            serde_json::from_str(&data).map_err(Error::server_error)?;
                        self.sidecar.revoke(|view| view.apply(&event));
                    }
                    "keys" => self.sidecar.0.keys.replace(self.sidecar.0.issuer.keys().await?),
                    "synced" => self.synced = true,
                    // From a newer server: it says nothing that we must know.
                    _ => {}
                }
                if let Some(id) = id {
                    self.position = id;
                }
            }
        }
        if self.synced {
            self.sidecar.heard();
        }
        Ok(())
    }
}
