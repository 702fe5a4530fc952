//! `porteiro client create`.

use clap::Args;

use crate::cli::client::flags::{self, Flags};
use crate::cli::client::{secrets, sends_secret, show_registered};
use crate::cli::{Failure, Output, origin};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::oauth::{GrantType, Scope};
use crate::presets::{self, Preset, Values};
use crate::random::Random;
use crate::store::{Client, Store};

/// What a client for people may ask for when nothing is said.
const DEFAULT_SCOPE: &str = "openid profile email";

/// A client to be registered.
#[derive(Args, Debug)]
pub struct Create {
    /// Up to 255 printable ASCII characters
    #[arg(value_name = "ID")]
    id: String,
    /// Register what this program needs, see `client presets`
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Address at which people open the program
    #[arg(long, value_name = "URL", requires = "preset")]
    url: Option<String>,
    #[command(flatten)]
    flags: Flags,
}

impl Create {
    pub async fn run(self, config: &Config, store: &Store, output: Output) -> Result<(), Failure> {
        let now = Clock::System.now();
        let preset = self.preset.as_deref().map(find_preset).transpose()?;
        let client = self.client(preset, now)?;
        let made = match (&self.flags.secret_file, sends_secret(&client)) {
            (Some(_), false) => {
                return Err(Failure::Usage("this client has no secret: it does not send one".into()));
            }
            (file, true) => Some(secrets::make(&self.id, file.as_deref(), config, now).await?),
            (None, false) => None,
        };
        let secret = made.as_ref().map(|made| &made.stored);
        if !store.create_client(&client, secret, origin()).await? {
            return Err(Failure::AlreadyExists(format!("the id {} is taken", self.id)));
        }
        let snippet = match preset {
            Some(preset) => {
                let secret = made.as_ref().map(|made| made.secret.reveal());
                let url = self.url.as_deref();
                Some(preset.snippet(&Values::of(config, &client, secret, url, &Random::System)?))
            }
            None => None,
        };
        show_registered(output, &client, made.as_ref(), snippet.as_deref());
        if let Some(preset) = preset {
            output.note(&format!("what to do with it: {}", preset.page()));
        }
        Ok(())
    }

    /// The preset first, then what was said, then what follows from that.
    fn client(&self, preset: Option<&Preset>, now: Timestamp) -> Result<Client, Failure> {
        let mut client = Client::new(&self.id, now);
        if let Some(preset) = preset {
            preset.apply(&mut client, self.url.as_deref()).map_err(Failure::Usage)?;
        }
        self.flags.apply(&mut client)?;
        if client.grant_types.is_empty() {
            client.grant_types = default_grants(&client);
        }
        if preset.is_none() && !self.flags.names_scope() && acts_for_people(&client) {
            client.scope = Scope::parse(DEFAULT_SCOPE)?;
        }
        flags::set_response_types(&mut client);
        client.check()?;
        Ok(client)
    }
}

/// People where there is a way back, else machines.
fn default_grants(client: &Client) -> Vec<GrantType> {
    if client.redirect_uris.is_empty() && !client.is_public() {
        vec![GrantType::ClientCredentials]
    } else {
        vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
    }
}

fn acts_for_people(client: &Client) -> bool {
    let grants = [GrantType::AuthorizationCode, GrantType::Password, GrantType::Implicit];
    grants.into_iter().any(|grant| client.allows(grant))
}

fn find_preset(name: &str) -> Result<&'static Preset, Failure> {
    presets::find(name).ok_or_else(|| {
        let names: Vec<&str> = presets::all().map(|preset| preset.name).collect();
        Failure::Usage(format!("there is no preset {name}: use one of {}", names.join(", ")))
    })
}
