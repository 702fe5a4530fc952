//! `porteiro migrate [up|status]`.

use clap::Subcommand;

use crate::cli::{Failure, Global, Output, open_unmigrated, origin};
use crate::clock::Clock;

/// What to do about the schema.
#[derive(Clone, Copy, Debug, Default, Subcommand)]
pub enum Migrate {
    /// Bring the schema up to date (the default)
    #[default]
    Up,
    /// List the migrations and which of them this database has
    Status,
}

impl Migrate {
    /// Runs it against the database that the configuration names.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let (_, store) = open_unmigrated(global).await?;
        if let Self::Up = self {
            store.migrate(origin(), Clock::System.now()).await?;
            output.note("the schema is up to date");
        }
        output.list(&store.migrations().await?, &["version", "description", "applied"]);
        Ok(())
    }
}
