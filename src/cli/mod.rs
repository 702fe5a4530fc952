//! The command line: noun, then verb. A file per noun.

mod audit;
mod bench;
mod client;
mod config;
mod dev;
mod doctor;
mod health;
pub mod input;
mod key;
mod migrate;
mod output;
mod serve;
mod token;
mod user;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::audit::Origin;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Environment, Loaded, Mode, Overrides};
use crate::error::{Code, Error};
use crate::store::Store;

pub use output::Output;

/// OAuth 2.0 and OpenID Connect authorization server.
#[derive(Debug, Parser)]
#[command(name = "porteiro", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Keeps what every command takes apart from its own flags.
const GLOBAL: &str = "Global options";

/// Flags that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// Configuration file [default: ./porteiro.toml, then /etc/porteiro/porteiro.toml]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    /// Issuer, overrides `issuer`
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "URL")]
    pub issuer: Option<String>,
    /// Address to listen on, overrides `server.listen`
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Database, overrides `database.url`
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "URL")]
    pub database_url: Option<String>,
    /// Machine-readable output
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve with everything set up, for trying out
    Dev,
    /// Serve, in production
    Serve,
    /// Check tokens beside an API, without asking the server about each
    Verify(verify::Verify),
    Doctor(doctor::Doctor),
    /// Bring the schema up to date, or say how far it is
    Migrate {
        #[command(subcommand)]
        verb: Option<migrate::Migrate>,
    },
    #[command(subcommand)]
    Client(client::Verb),
    #[command(subcommand)]
    Audit(audit::Verb),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Config(config::Config),
    /// Ask the server on this machine whether it is ready
    Health,
    #[command(subcommand)]
    Key(key::Verb),
    #[command(subcommand)]
    User(user::Verb),
    Bench(bench::Bench),
}

/// How a command ends other than well. The exit codes are API.
#[derive(Debug)]
pub enum Failure {
    /// 1: it did not work; says why.
    Failed(String),
    /// 2: the command line itself is wrong.
    Usage(String),
    /// 3: the thing named does not exist.
    NotFound(String),
    /// 4: the thing named exists already.
    AlreadyExists(String),
    /// 6: the configuration is invalid or unsafe.
    Configuration(String),
    /// 7: the database cannot be reached.
    Database(String),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Failure::Failed(_) => 1,
            Failure::Usage(_) => 2,
            Failure::NotFound(_) => 3,
            Failure::AlreadyExists(_) => 4,
            Failure::Configuration(_) => 6,
            Failure::Database(_) => 7,
        }
    }

    fn message(&self) -> &str {
        match self {
            Failure::Failed(message)
            | Failure::Usage(message)
            | Failure::NotFound(message)
            | Failure::AlreadyExists(message)
            | Failure::Configuration(message)
            | Failure::Database(message) => message,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.code {
            Code::InvalidRequest => Failure::Usage(error.description.into_owned()),
            Code::NotFound => Failure::NotFound(error.description.into_owned()),
            Code::AlreadyExists => Failure::AlreadyExists(error.description.into_owned()),
            Code::TemporarilyUnavailable => {
                let cause = error.cause().map_or_else(|| error.description.to_string(), ToString::to_string);
                Failure::Database(format!(
                    "cannot use the database that database.url names, start it or correct the key: {cause}"
                ))
            }
            // There is no other log to look into.
            crate::error::Code::ServerError => {
                Failure::Failed(error.cause().map_or_else(|| error.to_string(), ToString::to_string))
            }
            _ => Failure::Failed(error.to_string()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Configuration(error.to_string())
    }
}

/// Parses the arguments and runs the command to its exit code.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { 2 } else { 0 });
        }
    };
    let output = Output::new(cli.global.json);
    match dispatch(cli.command, &cli.global, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.note(&format!("porteiro: {}", failure.message()));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(command: Command, global: &Global, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Dev => dev::run(global, *output),
        Command::Serve => serve::run(global, *output),
        Command::Verify(verify) => verify.run(global, *output),
        Command::Doctor(doctor) => block_on(doctor.run(global, *output)),
        Command::Migrate { verb } => block_on(verb.unwrap_or_default().run(global, *output)),
        Command::Client(verb) => block_on(verb.run(global, *output)),
        Command::Audit(verb) => block_on(verb.run(global, *output)),
        Command::Token(verb) => block_on(verb.run(global, *output)),
        Command::Config(verb) => verb.run(global, *output),
        Command::Health => health::run(global, *output),
        Command::Key(verb) => block_on(verb.run(global, *output)),
        Command::User(verb) => block_on(verb.run(global, *output)),
        Command::Bench(bench) => bench.run(*output),
    }
}

/// Reads the configuration from flags, environment and file.
///
/// # Errors
/// Exit code 6 when it is invalid or unsafe.
pub fn load_config(global: &Global, mode: Mode) -> Result<Loaded, Failure> {
    let overrides = Overrides {
        config: global.config.clone(),
        issuer: global.issuer.clone(),
        listen: global.listen.clone(),
        database_url: global.database_url.clone(),
    };
    Ok(crate::config::load(&overrides, &Environment::of_process(), mode)?)
}

/// Opens the database named by the configuration for an administrative act.
/// A new database gets its schema; one that servers use is left as it is.
///
/// # Errors
/// Exit code 6 for the configuration, 7 when the database cannot be reached, 1
/// when its schema is behind.
pub async fn open_store(global: &Global) -> Result<(Config, Store), Failure> {
    let (config, store) = open_unmigrated(global).await?;
    let new = store.migrations().await?.iter().all(|migration| !migration.applied);
    if new && config.database.migrate_on_start {
        store.migrate(origin(), Clock::System.now()).await?;
    }
    require_schema(&store).await?;
    Ok((config, store))
}

/// As [`open_store`], whatever the schema.
///
/// # Errors
/// Exit code 6 for the configuration, 7 when the database cannot be reached.
pub async fn open_unmigrated(global: &Global) -> Result<(Config, Store), Failure> {
    let config = load_config(global, Mode::Admin)?.config;
    let store = Store::open(config.database.url.reveal(), 2).await?;
    Ok((config, store))
}

/// Goes on only with a schema that this version can work with.
///
/// # Errors
/// Exit code 1 when it is behind, or so far ahead that it lacks what this
/// version uses.
pub async fn require_schema(store: &Store) -> Result<(), Failure> {
    store.check_schema().await?;
    if store.migrations().await?.iter().all(|migration| migration.applied) {
        return Ok(());
    }
    Err(Failure::Failed("the database lacks migrations, run: porteiro migrate up".into()))
}

/// Who does what is done from here. The name is what the shell says it is.
pub fn origin() -> Origin {
    let account = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Origin::command_line(account.as_deref().filter(|account| !account.is_empty()))
}

/// Runs a command that waits for the database.
///
/// # Errors
/// Those of the command.
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|problem| Failure::Failed(problem.to_string()))?.block_on(work)
}
