//! `porteiro client create|list|show|update|delete|enable|disable|rotate-secret|presets`.

mod create;
mod flags;
mod presets;
mod secrets;

use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use crate::admin::{ClientView, FailureView, Made, Registered, Rotated};
use crate::cli::{Failure, Global, Output, input, open_store, origin};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::{Client, Store};
use create::Create;
use flags::Flags;

/// Register applications and change what they may do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Register a client
    Create(Box<Create>),
    /// List the clients
    List,
    /// Show a client, and what it was refused lately
    Show {
        /// The client
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Change a client: only what is given; a repeated flag replaces the whole list
    Update {
        /// The client
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Remove a client and take back its tokens
    Delete {
        /// The client
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Let a client in again
    Enable {
        /// The client
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Shut a client out and take back its tokens
    Disable {
        /// The client
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Replace a client's secret by a generated one
    RotateSecret {
        /// The client
        #[arg(value_name = "ID")]
        id: String,
        /// Let the old secret live on for so long, as 24h
        #[arg(long, value_name = "DURATION", value_parser = input::duration, default_value = "0s")]
        overlap: Duration,
    },
    /// List the programs that `create --preset` knows
    Presets,
}

impl Verb {
    /// Runs it against the database that the configuration names.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        if let Self::Presets = self {
            presets::list(output);
            return Ok(());
        }
        let (config, store) = open_store(global).await?;
        let outcome = self.act(&config, &store, output).await;
        store.close().await;
        outcome
    }

    async fn act(self, config: &Config, store: &Store, output: Output) -> Result<(), Failure> {
        let now = Clock::System.now();
        match self {
            Self::Create(create) => create.run(config, store, output).await,
            Self::List => list(store, output).await,
            Self::Show { id } => show(store, output, &id).await,
            Self::Update { id, flags } => update(config, store, output, &id, &flags).await,
            Self::Delete { id } => {
                existed(store.delete_client(&id, origin(), now).await?, &id)?;
                output.note(&format!("deleted client {id} and took back its tokens"));
                if output.is_json() {
                    output.object(&json!({"client_id": id, "deleted": true}));
                }
                Ok(())
            }
            Self::Enable { id } => {
                existed(store.enable_client(&id, origin(), now).await?, &id)?;
                show_change(store, output, &id, &format!("enabled client {id}")).await
            }
            Self::Disable { id } => {
                existed(store.disable_client(&id, origin(), now).await?, &id)?;
                let done = format!("disabled client {id} and took back its tokens");
                show_change(store, output, &id, &done).await
            }
            Self::RotateSecret { id, overlap } => rotate(config, store, output, &id, overlap).await,
            Self::Presets => Ok(()),
        }
    }
}

fn existed(existed: bool, id: &str) -> Result<(), Failure> {
    if existed { Ok(()) } else { Err(Client::unknown(id).into()) }
}

/// What `client show --json` prints.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    view: ClientView<'a>,
    last_failures: &'a [FailureView<'a>],
}

async fn list(store: &Store, output: Output) -> Result<(), Failure> {
    let clients = store.clients().await?;
    let views: Vec<ClientView> = clients.iter().map(ClientView::of).collect();
    output.list(&views, &["client_id", "client_name", "grant_types", "scope", "enabled"]);
    Ok(())
}

async fn show(store: &Store, output: Output, id: &str) -> Result<(), Failure> {
    let client = Client::find(store, id).await?;
    let failures = store.client_failures(id).await?;
    let failures: Vec<FailureView> = failures.iter().map(FailureView::of).collect();
    if output.is_json() {
        output.object(&Shown { view: ClientView::of(&client), last_failures: &failures });
        return Ok(());
    }
    output.object(&ClientView::of(&client));
    if !failures.is_empty() {
        output.line("\nWhat it was refused, the last first:");
        output.list(&failures, FailureView::COLUMNS);
    }
    Ok(())
}

async fn show_change(store: &Store, output: Output, id: &str, done: &str) -> Result<(), Failure> {
    output.note(done);
    if output.is_json() {
        output.object(&ClientView::of(&Client::find(store, id).await?));
    }
    Ok(())
}

async fn update(
    config: &Config,
    store: &Store,
    output: Output,
    id: &str,
    flags: &Flags,
) -> Result<(), Failure> {
    let mut client = Client::find(store, id).await?;
    if *flags == Flags::default() {
        return Err(Failure::Usage("nothing to change, see: porteiro client update --help".into()));
    }
    flags.apply(&mut client)?;
    let hasher = secrets::hasher(config)?;
    let chosen = secrets::chosen(flags.secret_file.as_deref())?;
    let made = secrets::registrar(store, &hasher).update(&client, chosen).await?;
    show_registered(output, &client, made.as_ref(), None);
    Ok(())
}

async fn rotate(
    config: &Config,
    store: &Store,
    output: Output,
    id: &str,
    overlap: Duration,
) -> Result<(), Failure> {
    let client = Client::find(store, id).await?;
    let hasher = secrets::hasher(config)?;
    let (made, end) = secrets::registrar(store, &hasher).rotate_secret(&client, overlap).await?;
    output.object(&Rotated::new(id, &made.secret, end));
    output.note("the secret is shown only this once");
    Ok(())
}

/// Prints a client, with its secret if nobody has seen that yet.
fn show_registered(output: Output, client: &Client, made: Option<&Made>, snippet: Option<&str>) {
    let unseen = made.and_then(Made::unseen);
    let in_object = snippet.filter(|_| output.is_json());
    output.object(&Registered::new(client, unseen, in_object));
    if unseen.is_some() {
        output.note("the secret is shown only this once");
    }
    if let Some(snippet) = snippet.filter(|_| !output.is_json()) {
        output.line(&format!("\n{snippet}"));
    }
}
