//! `porteiro user create|list|show|update|delete|enable|disable|set-password|sessions`.

mod flags;
mod password;
mod profile;

use clap::Subcommand;

use crate::admin::{People, PersonView, SessionView};
use crate::cli::{Failure, Global, Output, open_store, origin};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::random::Random;
use crate::store::{PasswordHash, Store, User};
use flags::Flags;

/// Add people and change what is known about them.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Add a person
    Create {
        /// What they type to log in
        #[arg(value_name = "NAME")]
        username: String,
        #[command(flatten)]
        flags: Box<Flags>,
        /// Take the password from this file; `-` is standard input [default: a prompt]
        #[arg(long, value_name = "FILE")]
        password_file: Option<String>,
    },
    /// List the people
    List,
    /// Show a person
    Show {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Change a person: only what is given; a repeated flag replaces the whole list
    Update {
        #[arg(value_name = "NAME")]
        username: String,
        /// Another name to log in with
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Remove a person with their sessions and take back their tokens
    Delete {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Let a person in again
    Enable {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Shut a person out, end their sessions and take back their tokens
    Disable {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Set a person's password, end their sessions and take back their tokens
    SetPassword {
        #[arg(value_name = "NAME")]
        name: String,
        /// Take the password from this file; `-` is standard input [default: a prompt]
        #[arg(long, value_name = "FILE")]
        password_file: Option<String>,
    },
    /// List where a person is logged in
    Sessions {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

impl Verb {
    /// Runs it against the database that the configuration names.
    ///
    /// # Errors
    /// As [`open_store`]; exit code 3 for an unknown person, 4 for a taken name.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let (config, store) = open_store(global).await?;
        let outcome = self.act(&config, &store, output).await;
        store.close().await;
        outcome
    }

    async fn act(self, config: &Config, store: &Store, output: Output) -> Result<(), Failure> {
        let now = Clock::System.now();
        match self {
            Self::Create { username, flags, password_file } => {
                let mut user = User::new(&username, &Random::System, now)?;
                flags.apply(&mut user)?;
                user.password = Some(password::hashed(password_file.as_deref(), config).await?);
                create(store, output, &user).await
            }
            Self::List => list(store, output).await,
            Self::Show { name } => show(store, output, &name).await,
            Self::Update { username, rename, flags } => {
                let mut user = User::find(store, &username).await?;
                user.username = rename.unwrap_or(user.username);
                flags.apply(&mut user)?;
                user.updated_at = now;
                update(store, output, &user).await
            }
            Self::Delete { name } => {
                let user = User::find(store, &name).await?;
                store.delete_user(&user.sub, now, origin()).await?;
                output.note(&format!("deleted {} and took back their tokens", user.username));
                Ok(())
            }
            Self::Enable { name } => {
                store.enable_user(&User::find(store, &name).await?.sub, now, origin()).await?;
                show(store, output, &name).await
            }
            Self::Disable { name } => {
                store.disable_user(&User::find(store, &name).await?.sub, now, origin()).await?;
                output.note("ended their sessions and took back their tokens");
                show(store, output, &name).await
            }
            Self::SetPassword { name, password_file } => {
                let user = User::find(store, &name).await?;
                let password = password::hashed(password_file.as_deref(), config).await?;
                set_password(store, output, &user, &password, now).await
            }
            Self::Sessions { name } => sessions(store, output, &name, now).await,
        }
    }
}

async fn create(store: &Store, output: Output, user: &User) -> Result<(), Failure> {
    People { store, by: origin() }.create(user).await?;
    output.object(&PersonView::of(user));
    Ok(())
}

async fn update(store: &Store, output: Output, user: &User) -> Result<(), Failure> {
    People { store, by: origin() }.update(user).await?;
    output.object(&PersonView::of(user));
    Ok(())
}

async fn show(store: &Store, output: Output, name: &str) -> Result<(), Failure> {
    output.object(&PersonView::of(&User::find(store, name).await?));
    Ok(())
}

async fn list(store: &Store, output: Output) -> Result<(), Failure> {
    let users = store.users().await?;
    let views: Vec<PersonView> = users.iter().map(PersonView::of).collect();
    output.list(&views, &["username", "email", "name", "groups", "admin", "enabled", "sub"]);
    Ok(())
}

async fn set_password(
    store: &Store,
    output: Output,
    user: &User,
    password: &PasswordHash,
    now: Timestamp,
) -> Result<(), Failure> {
    store.set_password(&user.sub, password, now, origin()).await?;
    output.note(&format!("set the password of {} and took back their tokens", user.username));
    Ok(())
}

async fn sessions(store: &Store, output: Output, name: &str, now: Timestamp) -> Result<(), Failure> {
    let user = User::find(store, name).await?;
    let sessions = store.sessions_of(&user.sub, now).await?;
    let views: Vec<SessionView> = sessions.iter().map(SessionView::of).collect();
    output.list(&views, &["sid", "auth_time", "last_seen_at", "expires_at", "address", "user_agent"]);
    Ok(())
}
