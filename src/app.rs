//! The running server's parts in one value.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cache::{
    Clients, Failures, Guesses, JwksReaders, LoginGates, Origins, Revocations, SecretProofs, StatusIndexes,
    StatusLists, Tokens, Unanswered,
};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::error::Error;
use crate::key_rotation::{KeyRotation, Policy};
use crate::keys::{Keys, MacKey, Opened, Sealer};
use crate::metrics::Metrics;
use crate::outbound::{Outbound, Reach, Trust};
use crate::password::Hasher;
use crate::random::Random;
use crate::refusals::Refusals;
use crate::store::{Codes, Grants, LookUp, OwnSession, Store, TokenWriter};

/// Everything that a request may need. Cheap to clone, which every layer of
/// the router does for every request.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Names this process among its replicas.
    pub instance: Uuid,
    /// What the operator set.
    pub config: Arc<Config>,
    /// Where everything is kept.
    pub store: Store,
    /// What signs.
    pub keys: Keys,
    /// When keys come and go.
    pub rotation: KeyRotation,
    /// What tags refresh tokens and forms.
    pub mac: MacKey,
    /// What time it is.
    pub clock: Clock,
    /// Random bytes.
    pub random: Random,
    /// Argon2id on a bounded pool.
    pub hasher: Hasher,
    /// The way into table `token`.
    pub writer: TokenWriter,
    /// The way to authorization codes.
    pub codes: Codes,
    /// The way to login sessions.
    pub sessions: LookUp<OwnSession>,
    /// The way to grants that are refreshed.
    pub grants: Grants,
    /// Registrations asked for lately.
    pub clients: Clients,
    /// Token records asked for lately.
    pub tokens: Tokens,
    /// What was taken back.
    pub revocations: Revocations,
    /// Where registered clients live on the web.
    pub origins: Origins,
    /// Failed client authentications.
    pub guesses: Guesses,
    /// Failed logins by address.
    pub login_guesses: Guesses,
    /// What clients were refused lately, before it is written down.
    pub failures: Failures,
    /// Attempts to log in that run at the same time.
    pub login_gates: LoginGates,
    /// What was refused, on its way into the audit trail.
    pub refusals: Refusals,
    /// Calls to others.
    pub outbound: Outbound,
    /// Chosen client secrets proven lately.
    pub secret_proofs: SecretProofs,
    /// Refreshes whose outcome is not known.
    pub unanswered: Unanswered,
    /// Who fetched the public keys.
    pub jwks_readers: JwksReaders,
    /// What is counted.
    pub metrics: Metrics,
    /// Places in the status lists.
    pub status_indexes: StatusIndexes,
    /// The status lists' bits.
    pub status_lists: StatusLists,
    /// Whether error pages may show what is registered: in `dev`.
    pub teaching: bool,
    /// Set when the server was told to stop: `/readyz` says so, and answers
    /// without an end come to one.
    pub draining: Arc<watch::Sender<bool>>,
}

impl App {
    /// Puts the parts together over an open, migrated store: makes the first
    /// keys if there are none and reads what was taken back.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach,
    /// `server_error` when the keys cannot be opened.
    pub async fn new(config: Config, store: Store, clock: Clock, random: Random) -> Result<Self, Error> {
        let rotation =
            KeyRotation::open(store.clone(), Policy::from(&config), clock.clone(), random.clone()).await?;
        let mac = mac_key(&store, &config, &random).await?;
        let metrics = Metrics::new();
        let revocations = Revocations::new(store.clone(), metrics.clone(), clock.clone());
        revocations.refresh().await?;
        Ok(Self(Arc::new(Parts {
            instance: random.uuid_v7(clock.now())?,
            hasher: hasher(&config)?,
            writer: TokenWriter::start(store.clone(), metrics.clone()),
            codes: Codes::start(store.clone()),
            grants: Grants::start(store.clone()),
            sessions: LookUp::start(store.clone()),
            refusals: Refusals::start(store.clone(), clock.clone()),
            clients: Clients::new(store.clone()),
            origins: Origins::new(store.clone()),
            failures: Failures::new(store.clone()),
            tokens: Tokens::start(store.clone()),
            login_gates: LoginGates::new(config.limits.login_failures),
            login_guesses: Guesses::at_logins(&config.limits),
            outbound: outbound(&config)?,
            config: Arc::new(config),
            status_indexes: StatusIndexes::new(store.clone(), clock.clone(), random.clone()),
            status_lists: StatusLists::new(store.clone(), revocations.clone()),
            store,
            keys: rotation.keys(),
            rotation,
            mac,
            clock,
            random,
            revocations,
            guesses: Guesses::at_clients(),
            unanswered: Unanswered::new(),
            jwks_readers: JwksReaders::default(),
            secret_proofs: SecretProofs::new(),
            metrics,
            teaching: false,
            draining: Arc::default(),
        })))
    }

    /// The same with other parts, for those who hold no clone yet.
    pub fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// One Argon2id per core at a time: more would only share them.
fn hasher(config: &Config) -> Result<Hasher, Error> {
    let passwords = &config.passwords;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Hasher::new(passwords.argon2_memory_kib, passwords.argon2_iterations, passwords.argon2_parallelism, cores)
}

/// For addresses that clients have registered.
fn outbound(config: &Config) -> Result<Outbound, Error> {
    let reach = Reach::Internet(config.outbound.allowed_networks.as_slice().into());
    let trust = config.outbound.ca_file.as_deref().map_or(Trust::Public, Trust::PublicAnd);
    Outbound::new(reach, trust)
}

/// The key is made once and shared by all replicas.
async fn mac_key(store: &Store, config: &Config, random: &Random) -> Result<MacKey, Error> {
    const NAME: &str = "mac";
    let keys = &config.keys;
    let sealer = keys.master_key.as_ref().map(|key| Sealer::new(key, keys.old_master_key.as_ref()));
    let sealer = sealer.transpose()?;
    let fresh = Zeroizing::new(random.bytes::<32>()?);
    let proposed = match &sealer {
        Some(sealer) => sealer.seal(NAME, fresh.as_slice(), random)?,
        None => fresh.to_vec(),
    };
    let (value, sealed) = store.server_secret(NAME, &proposed, sealer.is_some()).await?;
    let value = Zeroizing::new(value);
    let Some(sealer) = sealer else {
        return if sealed {
            Err(Error::server_error("the store is sealed: set keys.master_key"))
        } else {
            Ok(MacKey::new(&value))
        };
    };
    let opened = match sealed {
        true => sealer.open(NAME, &value)?,
        false => Opened { text: value.clone(), outdated: true },
    };
    if opened.outdated {
        store.seal_server_secret(NAME, &value, &sealer.seal(NAME, &opened.text, random)?).await?;
    }
    Ok(MacKey::new(&opened.text))
}
