//! stdout carries data, stderr carries chatter.

use std::io::Write as _;

use comfy_table::{Table, presets};
use serde::Serialize;

/// Where a command's data goes, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON for programs, tables for people.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether `--json` was given.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// One object: JSON, or a table of two columns.
    pub fn object(self, value: &impl Serialize) {
        let value = serde_json::to_value(value).unwrap_or_default();
        if self.json {
            return self.line(&format!("{value:#}"));
        }
        let rows = value.as_object().into_iter().flatten();
        let rows = rows.filter(|(_, v)| !v.is_null()).map(|(k, v)| vec![k.clone(), plain(v)]);
        self.table(&["", ""], rows.collect());
    }

    /// A list: a JSON array, or a table with the named members as columns.
    pub fn list(self, values: &[impl Serialize], columns: &[&str]) {
        let values = serde_json::to_value(values).unwrap_or_default();
        if self.json {
            return self.line(&format!("{values:#}"));
        }
        let rows = values.as_array().into_iter().flatten();
        let rows = rows.map(|row| columns.iter().map(|column| plain(&row[*column])).collect());
        self.table(columns, rows.collect());
    }

    fn table(self, columns: &[&str], rows: Vec<Vec<String>>) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if columns.iter().any(|column| !column.is_empty()) {
            table.set_header(columns.iter().map(|column| column.to_uppercase()));
        }
        for row in rows {
            table.add_row(row);
        }
        self.line(&table.trim_fmt());
    }

    /// A line of data to stdout. A reader that went away is not our failure.
    pub fn line(self, text: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// A line of data to stdout; `false` when nobody reads any more.
    pub fn try_line(self, text: &str) -> bool {
        writeln!(std::io::stdout().lock(), "{text}").is_ok()
    }

    /// A value on a line of its own; `false` when nobody reads any more.
    pub fn json_line(self, value: &impl Serialize) -> bool {
        self.try_line(&serde_json::to_value(value).unwrap_or_default().to_string())
    }

    /// A line of chatter to stderr.
    pub fn note(self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
