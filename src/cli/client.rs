//! `porteiro client create|list|show|update|delete|enable|disable|rotate-secret|presets`.

mod create;
mod flags;
mod presets;
mod secrets;
mod view;

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use crate::cli::{Failure, Global, Output, input, open_store, origin};
use crate::clock::Clock;
use crate::config::Config;
use crate::oauth::AuthMethod;
use crate::store::{Client, Store};
use create::Create;
use flags::Flags;
use secrets::Made;
use view::{FailureView, Registered, Rotated, Shown, View};

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

async fn find(store: &Store, id: &str) -> Result<Client, Failure> {
    store.client(id).await?.ok_or_else(|| unknown(id))
}

fn existed(existed: bool, id: &str) -> Result<(), Failure> {
    if existed { Ok(()) } else { Err(unknown(id)) }
}

fn unknown(id: &str) -> Failure {
    Failure::NotFound(format!("there is no client {id}, see: porteiro client list"))
}

async fn list(store: &Store, output: Output) -> Result<(), Failure> {
    let clients = store.clients().await?;
    let views: Vec<View> = clients.iter().map(View::of).collect();
    output.list(&views, &["client_id", "client_name", "grant_types", "scope", "enabled"]);
    Ok(())
}

async fn show(store: &Store, output: Output, id: &str) -> Result<(), Failure> {
    let client = find(store, id).await?;
    let failures = store.client_failures(id).await?;
    let failures: Vec<FailureView> = failures.iter().map(FailureView::of).collect();
    if output.is_json() {
        output.object(&Shown { view: View::of(&client), last_failures: &failures });
        return Ok(());
    }
    output.object(&View::of(&client));
    if !failures.is_empty() {
        output.line("\nWhat it was refused, the last first:");
        output.list(&failures, FailureView::COLUMNS);
    }
    Ok(())
}

async fn show_change(store: &Store, output: Output, id: &str, done: &str) -> Result<(), Failure> {
    output.note(done);
    if output.is_json() {
        output.object(&View::of(&find(store, id).await?));
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
    let mut client = find(store, id).await?;
    if *flags == Flags::default() {
        return Err(Failure::Usage("nothing to change, see: porteiro client update --help".into()));
    }
    flags.apply(&mut client)?;
    client.check()?;
    let now = Clock::System.now();
    let made = match &flags.secret_file {
        Some(_) if !sends_secret(&client) => {
            return Err(Failure::Usage("this client has no secret: it does not send one".into()));
        }
        Some(file) => Some(secrets::make(id, Some(file), config, now).await?),
        // Before, it may have been a client without any.
        None if sends_secret(&client) && store.client_secrets(id, now).await?.is_empty() => {
            Some(secrets::make(id, None, config, now).await?)
        }
        None => None,
    };
    existed(store.update_client(&client, now, origin()).await?, id)?;
    if let Some(made) = &made {
        store.rotate_client_secret(&made.stored, now, origin()).await?;
    }
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
    let client = find(store, id).await?;
    if !sends_secret(&client) {
        return Err(Failure::Failed(format!("client {id} has no secret: it does not send one")));
    }
    let now = Clock::System.now();
    let made = secrets::make(id, None, config, now).await?;
    store.rotate_client_secret(&made.stored, now + overlap, origin()).await?;
    output.object(&Rotated::new(id, &made.secret, now + overlap));
    output.note("the secret is shown only this once");
    Ok(())
}

/// Whether the client proves itself with a secret.
fn sends_secret(client: &Client) -> bool {
    use AuthMethod::{ClientSecretBasic, ClientSecretPost};
    matches!(client.token_endpoint_auth_method, ClientSecretBasic | ClientSecretPost)
}

/// Prints a client, with its secret if nobody has seen that yet.
fn show_registered(output: Output, client: &Client, made: Option<&Made>, snippet: Option<&str>) {
    let unseen = made.filter(|made| made.generated).map(|made| &made.secret);
    let in_object = snippet.filter(|_| output.is_json());
    output.object(&Registered::new(client, unseen, in_object));
    if unseen.is_some() {
        output.note("the secret is shown only this once");
    }
    if let Some(snippet) = snippet.filter(|_| !output.is_json()) {
        output.line(&format!("\n{snippet}"));
    }
}
