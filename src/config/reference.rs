//! The reference file is written from the table of keys, so that neither can
//! say anything that the other does not.

use super::key::{Initial, KEYS, Key, Kind};

const HEAD: &str = "\
# Configuration of Porteiro. Every key is here. A line such as
#     #name = value
# shows the default; remove the first # to change it. Where there is no
# default, the value is an example.
#
# The file is looked for in this order: --config FILE, $PORTEIRO_CONFIG,
# ./porteiro.toml, /etc/porteiro/porteiro.toml. A flag goes before the
# environment, the environment before this file.
#
# Every key has an environment name: PORTEIRO_ISSUER, PORTEIRO_SERVER__LISTEN.
# With _FILE added it names a file that holds the value. Lists are separated
# by commas there. DATABASE_URL is accepted for database.url.
#
# `porteiro config show` prints what is in force and where it comes from,
# `porteiro config check` judges it. Durations: 60s, 15m, 24h, 30d.
";

fn reference() -> String {
    let mut text = HEAD.to_owned();
    let mut section = None;
    for key in KEYS {
        if key.path().0 != section {
            section = key.path().0;
            text += &format!("\n[{}]\n", section.unwrap_or_default());
        }
        text += &entry(key);
    }
    text
}

fn entry(key: &Key) -> String {
    let doc: String = key.doc.lines().map(|line| format!("# {line}\n")).collect();
    let (note, value) = match key.initial {
        Initial::Is(value) => ("", value),
        Initial::Unset(example) => ("# No default.\n", example),
    };
    let value = match key.kind {
        Kind::Text | Kind::Secret | Kind::DatabaseUrl => format!("{value:?}"),
        Kind::Flag | Kind::Number => value.to_owned(),
        Kind::List => format!("[{value}]"),
    };
    format!("\n{doc}{note}#{} = {value}\n", key.path().1)
}

/// After a change of the table: `UPDATE_REFERENCE=1 cargo test reference`.
#[test]
fn the_reference_file_has_every_key_with_its_default() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/porteiro.toml");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), reference());
}
