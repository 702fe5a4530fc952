//! `porteiro client create`.

use clap::Args;

use crate::cli::client::flags::Flags;
use crate::cli::client::{secrets, show_registered};
use crate::cli::{Failure, Output};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::presets::{self, Preset, Values};
use crate::random::Random;
use crate::store::{Client, Store};

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
        let preset = self.preset.as_deref().map(find_preset).transpose()?;
        let client = self.client(preset, Clock::System.now())?;
        let hasher = secrets::hasher(config)?;
        let chosen = secrets::chosen(self.flags.secret_file.as_deref())?;
        let made = secrets::registrar(store, &hasher).create(&client, chosen).await?;
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
        client.complete(preset.is_some() || self.flags.names_scope())?;
        Ok(client)
    }
}

fn find_preset(name: &str) -> Result<&'static Preset, Failure> {
    presets::find(name).ok_or_else(|| {
        let names: Vec<&str> = presets::all().map(|preset| preset.name).collect();
        Failure::Usage(format!("there is no preset {name}: use one of {}", names.join(", ")))
    })
}
