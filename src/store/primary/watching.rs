//! Asks each server again and again, and chooses another when the answers say
//! so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Chosen;
use super::role::{Role, choose};
use crate::store::ACQUIRE_TIMEOUT;

/// Between two questions to one server.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a server may take to answer a trivial question.
const PATIENCE: Duration = Duration::from_millis(500);

/// When nothing changes for so long, whoever was promoted last is not coming
/// back.
const SETTLED: Duration = Duration::from_secs(30);

/// Every engine of the family answers it, every pooler and balancer lets it
/// through, and it says `on` in recovery as well as by order.
const IS_READ_ONLY: &str = "SHOW transaction_read_only";

/// The first eight digits of the name of the file that it writes.
const TIMELINE_ON_POSTGRES: &str =
    "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint";

/// A server and what it is, for people.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Host and port, or the path of its socket.
    pub server: String,
    /// Whether it takes writes; if it does not even answer, why.
    pub takes_writes: Result<bool, String>,
}

/// Says what a server is, whenever that changes.
pub async fn watch(server: PgConnectOptions, number: usize, roles: watch::Sender<Vec<Role>>) {
    let mut kept = None;
    let mut met = 0;
    loop {
        let role = match look(&server, &mut kept, &mut met).await {
            Ok(role) => role,
            Err(away) => Role::Away(away),
        };
        roles.send_if_modified(|roles| match roles.get_mut(number) {
            Some(known) if *known != role => {
                tracing::info!(server = name(&server), role = ?role, "database server");
                *known = role;
                true
            }
            _ => false,
        });
        sleep(PAUSE).await;
    }
}

/// A connection, and what was learned over it last.
type Kept = Option<(PgConnection, Role)>;

async fn look(server: &PgConnectOptions, kept: &mut Kept, met: &mut u32) -> Result<Role, String> {
    // What is not put back was given up.
    let (mut connection, before) = match kept.take() {
        Some(kept) => kept,
        None => {
            let connecting = timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(server));
            let connected = connecting.await.map_err(|_| "it does not answer in time".to_owned())?;
            *met += 1;
            (connected.map_err(|cause| cause.to_string())?, Role::Unknown)
        }
    };
    // A timeline does not end while a connection to its primary lives.
    let asked = timeout(PATIENCE, ask(&mut connection, before.takes_writes()));
    let answered = asked.await.map_err(|_| "it does not answer in time".to_owned())?;
    let role = match answered.map_err(|cause| cause.to_string())? {
        Role::Primary { .. } if before.takes_writes() => before,
        Role::Primary { timeline, .. } => Role::Primary { timeline, met: *met },
        other => other,
    };
    *kept = Some((connection, role.clone()));
    Ok(role)
}

/// Asks what is at the other end; about the timeline only when it is not known.
pub async fn ask(connection: &mut PgConnection, timeline_known: bool) -> Result<Role, sqlx::Error> {
    let read_only: String = connection.fetch_one(IS_READ_ONLY).await?.try_get(0)?;
    if read_only != "off" {
        return Ok(Role::Standby);
    }
    let timeline = match timeline_known {
        true => Ok(None),
        false => connection.fetch_one(TIMELINE_ON_POSTGRES).await.and_then(|row: PgRow| row.try_get(0)),
    };
    match timeline {
        Ok(timeline) => Ok(Role::Primary { timeline, met: 0 }),
        // An engine that has no such thing.
        Err(sqlx::Error::Database(_)) => Ok(Role::Primary { timeline: None, met: 0 }),
        Err(cause) => Err(cause),
    }
}

/// Chooses whichever server takes writes.
pub async fn follow(
    servers: Arc<[PgConnectOptions]>,
    mut roles: watch::Receiver<Vec<Role>>,
    chosen: watch::Sender<Chosen>,
) {
    loop {
        let settled = match timeout(SETTLED, roles.changed()).await {
            Ok(Ok(())) => false,
            Ok(Err(_closed)) => return,
            Err(_elapsed) => true,
        };
        let known = roles.borrow_and_update().clone();
        let current = chosen.borrow().clone();
        let Some((number, role)) = choose(&known, Some(current.number)) else { continue };
        if (number, role) == (current.number, &current.role) {
            continue;
        }
        let Some(server) = servers.get(number) else { continue };
        if role.is_older_than(&current.role) && !settled {
            tracing::error!(server = name(server), "takes writes, but another was promoted after it");
            continue;
        }
        tracing::warn!(server = name(server), "writing to this database server from now on");
        chosen.send_replace(Chosen { number, role: role.clone(), since: Instant::now() });
    }
}

/// Each server with what it is.
pub fn standings(servers: &[PgConnectOptions], roles: &[Role]) -> Vec<Standing> {
    let standing = |(server, role): (&PgConnectOptions, &Role)| Standing {
        server: name(server),
        takes_writes: match role {
            Role::Unknown => Err("it does not answer in time".into()),
            Role::Away(why) => Err(why.clone()),
            Role::Standby => Ok(false),
            Role::Primary { .. } => Ok(true),
        },
    };
    servers.iter().zip(roles).map(standing).collect()
}

/// Why none of them will do.
pub fn refusal(servers: &[PgConnectOptions], roles: &[Role]) -> String {
    let told = standings(servers, roles).into_iter().map(|standing| match standing.takes_writes {
        Err(why) => format!("{}: {why}", standing.server),
        Ok(_) => format!("{} takes no writes, it is a standby or read-only", standing.server),
    });
    told.collect::<Vec<_>>().join("; ")
}

fn name(server: &PgConnectOptions) -> String {
    match server.get_socket() {
        Some(socket) => format!("{}:{}", socket.display(), server.get_port()),
        None => format!("{}:{}", server.get_host(), server.get_port()),
    }
}
