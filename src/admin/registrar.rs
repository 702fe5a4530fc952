//! Registers clients and gives them secrets.

use std::time::Duration;

use crate::app::App;
use crate::audit::Origin;
use crate::clock::Timestamp;
use crate::error::{Code, Error};
use crate::password::Hasher;
use crate::random::Random;
use crate::secret::{Kind, Secret};
use crate::store::{Client, ClientSecret, SecretHash, Store};

const MAX_LENGTH: usize = 1024;

/// Who registers, and what it takes.
#[derive(Debug)]
pub struct Registrar<'a> {
    /// Where clients are kept.
    pub store: &'a Store,
    /// Hashes secrets that somebody chose.
    pub hasher: &'a Hasher,
    /// Makes the others.
    pub random: &'a Random,
    /// The present instant.
    pub now: Timestamp,
    /// In whose name.
    pub by: Origin,
}

/// A secret and what the store keeps of it.
pub struct Made {
    /// What the client sends.
    pub secret: Secret,
    /// Whether we made it up, so that nobody has seen it yet.
    pub generated: bool,
    stored: ClientSecret,
}

impl<'a> Registrar<'a> {
    /// On a running server.
    pub fn of(app: &'a App, by: Origin) -> Self {
        Self { store: &app.store, hasher: &app.hasher, random: &app.random, now: app.now(), by }
    }

    /// Registers a client, with its secret if it sends one: the chosen one, or
    /// a generated one.
    ///
    /// # Errors
    /// `already_exists`, `invalid_client_metadata` and `invalid_redirect_uri` for
    /// what cannot be registered, `invalid_request` for a secret that it will
    /// not send.
    pub async fn create(&self, client: &Client, chosen: Option<Secret>) -> Result<Option<Made>, Error> {
        client.check()?;
        let made = match (client.sends_secret(), chosen) {
            (false, Some(_)) => return Err(no_secret(client)),
            (false, None) => None,
            (true, chosen) => Some(self.make(&client.client_id, chosen).await?),
        };
        let secret = made.as_ref().map(|made| &made.stored);
        if !self.store.create_client(client, secret, &self.by).await? {
            let taken = format!("the id {} is taken", client.client_id);
            return Err(Error::new(Code::AlreadyExists, taken));
        }
        Ok(made)
    }

    /// Changes a client. It gets a secret when one was chosen, and when it
    /// comes to need one and has none.
    ///
    /// # Errors
    /// As [`Registrar::create`]; `not_found` when it is gone.
    pub async fn update(&self, client: &Client, chosen: Option<Secret>) -> Result<Option<Made>, Error> {
        client.check()?;
        let id = &client.client_id;
        let made = match chosen {
            Some(_) if !client.sends_secret() => return Err(no_secret(client)),
            Some(chosen) => Some(self.make(id, Some(chosen)).await?),
            None if client.sends_secret() && self.store.client_secrets(id, self.now).await?.is_empty() => {
                Some(self.make(id, None).await?)
            }
            None => None,
        };
        if !self.store.update_client(client, self.now, &self.by).await? {
            return Err(Client::unknown(id));
        }
        if let Some(made) = &made {
            self.store.rotate_client_secret(&made.stored, self.now, &self.by).await?;
        }
        Ok(made)
    }

    /// Generates a secret in place of those before it, which end after the
    /// overlap, and says when that is.
    ///
    /// # Errors
    /// `invalid_client_metadata` for a client that sends no secret.
    pub async fn rotate_secret(
        &self,
        client: &Client,
        overlap: Duration,
    ) -> Result<(Made, Timestamp), Error> {
        if !client.sends_secret() {
            let what = format!("client {} has no secret: it does not send one", client.client_id);
            return Err(Error::new(Code::InvalidClientMetadata, what));
        }
        let made = self.make(&client.client_id, None).await?;
        let previous_end = self.now + overlap;
        self.store.rotate_client_secret(&made.stored, previous_end, &self.by).await?;
        Ok((made, previous_end))
    }

    async fn make(&self, client_id: &str, chosen: Option<Secret>) -> Result<Made, Error> {
        let generated = chosen.is_none();
        let (secret, hash) = match chosen {
            Some(chosen) => {
                check(&chosen)?;
                let phc = self.hasher.hash(&chosen, self.random).await?;
                (chosen, SecretHash::Argon2(phc))
            }
            None => {
                let generated = Kind::ClientSecret.generate(self.random)?;
                let digest = generated.digest().to_vec();
                (generated, SecretHash::Sha256(digest))
            }
        };
        let stored = ClientSecret {
            id: self.random.uuid_v7(self.now)?,
            client_id: client_id.to_owned(),
            hash,
            created_at: self.now,
            expires_at: None,
        };
        Ok(Made { secret, generated, stored })
    }
}

impl Made {
    /// The secret, if nobody has seen it yet.
    pub fn unseen(&self) -> Option<&Secret> {
        Some(&self.secret).filter(|_| self.generated)
    }
}

fn no_secret(client: &Client) -> Error {
    Error::invalid_request(format!("client {} has no secret: it does not send one", client.client_id))
}

/// RFC 6749 App. A.2: printable ASCII.
fn check(chosen: &Secret) -> Result<(), Error> {
    let printable = chosen.reveal().bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if printable && (1..=MAX_LENGTH).contains(&chosen.reveal().len()) {
        return Ok(());
    }
    let what = "a client secret is 1 to 1024 printable ASCII characters";
    Err(Error::new(Code::InvalidClientMetadata, what))
}
