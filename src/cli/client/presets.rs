//! `porteiro client presets`.

use serde::Serialize;

use crate::cli::Output;
use crate::presets::{self, Preset};

/// A preset and where to read about it.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    preset: &'static Preset,
    page: String,
}

/// Lists the programs that `create --preset` knows.
pub fn list(output: Output) {
    let listed: Vec<Listed> = presets::all().map(|preset| Listed { preset, page: preset.page() }).collect();
    output.list(&listed, &["name", "title", "description", "page"]);
}
