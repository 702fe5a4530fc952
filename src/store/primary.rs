//! Which of several Postgres servers takes writes, and since when.
//!
//! A server that was demoted still answers, one that is frozen or cut off does
//! not, and one that wakes up may not know yet that another took its place. So
//! neither a living connection nor the first answer decides: of those that take
//! writes the one with the newest timeline does, which every promotion begins.

mod role;
mod watching;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::Error;
use crate::store::ACQUIRE_TIMEOUT;

use role::{Role, choose};
pub use watching::Standing;

/// The server in use.
#[derive(Clone, Debug)]
struct Chosen {
    number: usize,
    role: Role,
    since: Instant,
}

/// Tells whether a connection leads to the server that takes writes.
#[derive(Clone, Debug)]
pub struct Compass {
    servers: Arc<[PgConnectOptions]>,
    chosen: watch::Receiver<Chosen>,
    roles: watch::Receiver<Vec<Role>>,
}

impl Compass {
    /// How to connect to the server in use.
    pub fn server(&self) -> PgConnectOptions {
        let number = self.chosen.borrow().number;
        self.servers.get(number).cloned().unwrap_or_default()
    }

    /// Whether a connection of this age was made before another server came
    /// into use, or the same one came back.
    pub fn outdated(&self, age: Duration) -> bool {
        self.chosen.borrow().since.elapsed() <= age
    }

    /// Whether a connection of this age leads to a server that is in use and
    /// has answered ever since.
    pub fn trusts(&self, age: Duration) -> bool {
        let chosen = self.chosen.borrow();
        chosen.since.elapsed() > age && self.roles.borrow().get(chosen.number) == Some(&chosen.role)
    }

    /// Returns when the server in use stops to answer or to take writes, or when
    /// another came into use.
    pub async fn lost(&mut self) {
        let Chosen { number, role, .. } = self.chosen.borrow().clone();
        tokio::select! {
            _ = self.roles.wait_for(|roles| roles.get(number) != Some(&role)) => {}
            _ = self.chosen.changed() => {}
        }
    }

    /// Whether a new connection leads to a server that takes writes, and not to
    /// one whose place was taken.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn approves(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let role = watching::ask(connection, false).await?;
        Ok(role.takes_writes() && !role.is_older_than(&self.chosen.borrow().role))
    }

    /// Returns when another server came into use.
    pub async fn moved(&mut self) {
        // It is closed only when the store is gone, and its callers with it.
        if self.chosen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Follows the server that takes writes, until it is dropped.
#[derive(Debug)]
pub struct Primary {
    servers: Arc<[PgConnectOptions]>,
    roles: watch::Receiver<Vec<Role>>,
    chosen: watch::Sender<Chosen>,
    _tasks: JoinSet<()>,
}

impl Primary {
    /// Asks every server, and returns when one takes writes.
    ///
    /// # Errors
    /// `temporarily_unavailable` when none does within a second.
    pub async fn find(servers: Vec<PgConnectOptions>) -> Result<Self, Error> {
        let servers: Arc<[_]> = servers.into();
        let (sender, mut roles) = watch::channel(vec![Role::Unknown; servers.len()]);
        let mut tasks = JoinSet::new();
        for (number, server) in servers.iter().enumerate() {
            tasks.spawn(watching::watch(server.clone(), number, sender.clone()));
        }
        let found = timeout(ACQUIRE_TIMEOUT, roles.wait_for(|roles| choose(roles, None).is_some()));
        let _ = found.await;
        let known = roles.borrow_and_update().clone();
        let Some((number, role)) = choose(&known, None) else {
            return Err(Error::unavailable(watching::refusal(&servers, &known)));
        };
        let role = role.clone();
        let chosen = watch::Sender::new(Chosen { number, role, since: Instant::now() });
        tasks.spawn(watching::follow(Arc::clone(&servers), roles.clone(), chosen.clone()));
        Ok(Self { servers, roles, chosen, _tasks: tasks })
    }

    /// For whoever holds connections.
    pub fn compass(&self) -> Compass {
        Compass {
            servers: Arc::clone(&self.servers),
            chosen: self.chosen.subscribe(),
            roles: self.roles.clone(),
        }
    }

    /// Whether the server in use answers and refuses writes: it was demoted, and
    /// no other has taken its place yet.
    pub fn refuses_writes(&self) -> bool {
        self.roles.borrow().get(self.chosen.borrow().number) == Some(&Role::Standby)
    }

    /// Every server and what it is. Waits a second at most for those that have
    /// not been asked yet.
    pub async fn standings(&self) -> Vec<Standing> {
        let mut roles = self.roles.clone();
        let _ = timeout(ACQUIRE_TIMEOUT, roles.wait_for(|roles| !roles.contains(&Role::Unknown))).await;
        watching::standings(&self.servers, &self.roles.borrow())
    }
}
