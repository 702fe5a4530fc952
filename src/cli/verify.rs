//! `porteiro verify`: checks tokens beside an API, without asking the server
//! about each.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::cli::{Failure, Global, Output, input, serve};
use crate::clock::Clock;
use crate::config::{Environment, Issuer, Log, LogFormat};
use crate::logging;
use crate::server::{self, Limits};
use crate::sidecar::{Settings, Sidecar, WhenSilent};

/// Where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8089);

/// What to check, and what to do when news of revocations stay away.
#[derive(Args, Debug)]
pub struct Verify {
    /// Audience that a token must have; several: one of them
    #[arg(long, value_name = "A", required = true)]
    audience: Vec<String>,
    /// Scope that a token must have; several: all of them
    #[arg(long, value_name = "S")]
    scope: Vec<String>,
    /// Client that may read the feed: one with the scope revocations.read
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// File with the client's secret; `-` is standard input
    #[arg(long, value_name = "FILE")]
    client_secret_file: String,
    /// What to answer when the feed is silent for 3 seconds
    #[arg(long, value_enum, default_value_t = Silent::FailClosed)]
    when_silent: Silent,
    /// How long serve-stale goes on without news
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = input::duration)]
    stale_for: Duration,
    /// File with the certificates to trust instead of those that browsers trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// The answers to choose from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Silent {
    /// 503 for every token
    FailClosed,
    /// Ask the server about each token
    Introspect,
    /// Accept what is not known to be revoked, for --stale-for
    ServeStale,
}

impl Verify {
    /// Serves until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// Exit code 6 when the settings are unsafe or incomplete, 1 when the
    /// address is taken.
    pub fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let listen = loopback(global.listen.as_deref())?;
        let settings = self.settings(global)?;
        let _flush = logging::start(&Log {
            format: LogFormat::Auto,
            level: Targets::new().with_default(LevelFilter::INFO),
        });
        serve::runtime()?.block_on(async {
            let sidecar = Sidecar::new(settings, Clock::System).map_err(|error| {
                Failure::Configuration(error.cause().map_or_else(String::new, ToString::to_string))
            })?;
            let listener = serve::bind(listen).await?;
            let stop = serve::stop_signal()?;
            let _following = sidecar.start();
            output.note(&format!("checking tokens at http://{listen}/verify"));
            server::serve(listener, None, sidecar.router(), Limits::default(), stop).await;
            Ok(())
        })
    }

    fn settings(self, global: &Global) -> Result<Settings, Failure> {
        let said = match &global.issuer {
            Some(flag) => Some(flag.clone()),
            None => Environment::of_process().issuer()?,
        };
        let issuer = said.ok_or_else(|| configuration("--issuer is missing"))?;
        let issuer =
            Issuer::parse(&issuer).map_err(|fault| configuration(&format!("--issuer {issuer}: {fault}")))?;
        let client_secret = input::secret_from(&self.client_secret_file)
            .map_err(|failure| configuration(failure.message()))?;
        Ok(Settings {
            issuer,
            audience: self.audience,
            scope: self.scope,
            client_id: self.client_id,
            client_secret,
            when_silent: match self.when_silent {
                Silent::FailClosed => WhenSilent::FailClosed,
                Silent::Introspect => WhenSilent::Introspect,
                Silent::ServeStale => WhenSilent::ServeStale(self.stale_for),
            },
            authorities: self.ca_file,
        })
    }
}

/// Tokens travel to it unencrypted, and whoever reaches it may try tokens.
fn loopback(listen: Option<&str>) -> Result<SocketAddr, Failure> {
    let Some(text) = listen else { return Ok(LISTEN) };
    let address: SocketAddr =
        text.parse().map_err(|_| configuration(&format!("--listen {text}: write IP:PORT")))?;
    if !address.ip().is_loopback() {
        return Err(configuration(&format!("--listen {text}: must be a loopback address, such as {LISTEN}")));
    }
    Ok(address)
}

fn configuration(sentence: &str) -> Failure {
    Failure::Configuration(sentence.to_owned())
}
