//! The page of each preset, held against what the program prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::Database;
use crate::support::command::porteiro;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/how-to/presets");

/// What a page says, as far as the program says it too.
struct Page {
    command: Vec<String>,
    printed: String,
}

/// The first block of a page is the command, the second what it prints.
fn page(name: &str) -> Page {
    let text = fs::read_to_string(Path::new(PAGES).join(format!("{name}.md"))).expect(name);
    let mut blocks = text.split("\n```");
    let mut next = || {
        let block = blocks.nth(1).unwrap_or_else(|| panic!("{name}: a block is missing"));
        block.split_once('\n').map(|(_, inside)| inside.to_owned()).unwrap()
    };
    let command = next();
    let printed = next();
    Page { command: command.split_whitespace().skip(1).map(str::to_owned).collect(), printed }
}

/// Replaces the values that are new each time by the words of the pages.
fn settled(snippet: &str, secret: Option<&str>) -> String {
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let snippet = snippet.replace("login.example.com", "porteiro.example");
    let snippet = secret.map_or_else(|| snippet.clone(), |secret| snippet.replace(secret, "CLIENT_SECRET"));
    let words = snippet.split_inclusive(|character: char| !u8::try_from(character).is_ok_and(of_key));
    words
        .map(|word| {
            let bare = word.trim_end_matches(|character: char| !u8::try_from(character).is_ok_and(of_key));
            // 256 bits in base64url.
            if bare.len() == 43 { word.replace(bare, "RANDOM_KEY") } else { word.to_owned() }
        })
        .collect()
}

contract! {
    /// Who follows a page meets what it shows, to the letter.
    async fn each_page_shows_what_its_preset_prints(database: Database) {
        let listed = porteiro(&database, &["client", "presets"], "");
        for preset in listed.json.as_array().unwrap() {
            let name = preset["name"].as_str().unwrap();
            assert_eq!(preset["page"], format!("docs/how-to/presets/{name}.md"));
            let Page { command, printed } = page(name);
            assert_eq!(command.get(..5).unwrap(), ["client", "create", name, "--preset", name]);
            let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
            let made = porteiro(&database, &arguments, "");
            assert_eq!(made.code, Some(0), "{}", made.stderr);
            let snippet = settled(made.json["snippet"].as_str().unwrap(), made.json["client_secret"].as_str());
            assert_eq!(printed.trim_end(), snippet.trim_end(), "{name}: the page shows something else");
        }
    }
}

/// A page that no preset has, or that the list does not name, is found by nobody.
#[test]
fn every_page_is_of_a_preset_and_listed() {
    let presets: BTreeSet<String> = porteiro::presets::all().map(|preset| preset.name.to_owned()).collect();
    let files = fs::read_dir(PAGES).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = files.map(|file| file.trim_end_matches(".md").to_owned()).collect();
    let list = fs::read_to_string(Path::new(PAGES).join("README.md")).unwrap();
    for name in &presets {
        assert!(list.contains(&format!("({name}.md)")), "README.md does not name {name}");
    }
    assert_eq!(pages, &presets | &BTreeSet::from(["README".to_owned()]));
}
