//! The floors of the house: a room imports only from rooms on floors below.

use std::path::Path;
use std::sync::LazyLock;

use crate::support::source;

/// Every floor from the ground up, with its rooms, as the table at the top of
/// `src/lib.rs` draws them.
fn floors() -> Vec<Vec<String>> {
    let map = std::fs::read_to_string("src/lib.rs").unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | ")?.split_once(" | "));
    let floors = rows.filter(|(number, _)| number.parse::<usize>().is_ok());
    floors.map(|(_, row)| links(row.split_once(" | ").unwrap().0)).collect()
}

/// The names in a cell of intra-doc links.
fn links(cell: &str) -> Vec<String> {
    cell.split(", ").map(|link| link.trim_matches(['[', ']', '`']).to_owned()).collect()
}

fn floor(room: &str) -> Option<usize> {
    static FLOORS: LazyLock<Vec<Vec<String>>> = LazyLock::new(floors);
    FLOORS.iter().position(|rooms| rooms.iter().any(|own| own == room))
}

/// The first component of the path: `store/token.rs` is in `store`.
fn room_of(file: &Path) -> String {
    let first = file.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a file names after `crate::`, braces included.
fn rooms_named(text: &str) -> Vec<String> {
    let code = source::without_comments(text);
    let mut rooms = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        // `$crate::` inside a macro is the macro's own room, wherever it is used.
        if code[..position].ends_with(['$', '_']) {
            continue;
        }
        let rest = &code[position + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(heads_of(group)),
            None => rooms.push(word(rest)),
        }
    }
    rooms
}

/// The first words of a group's members: `a::{x, y}, b::z}` has `a` and `b`.
fn heads_of(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut at_head) = (0, true);
    for (position, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            _ if at_head && character.is_alphanumeric() => {
                heads.push(word(&group[position..]));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether code on floor `above` may import the room on floor `below`. The
/// ground floor holds values without I/O, which may know one another.
fn allowed(above: usize, below: usize) -> bool {
    below < above || (above == 0 && below == 0)
}

#[test]
fn a_room_imports_only_from_floors_below() {
    let mut offences = Vec::new();
    for (file, text) in source::files("src") {
        let room = room_of(&file);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(above) = floor(&room) else {
            offences.push(format!("{}: the room `{room}` has no floor", file.display()));
            continue;
        };
        for named in rooms_named(&text).into_iter().filter(|named| *named != room) {
            match floor(&named) {
                Some(below) if allowed(above, below) => {}
                Some(below) => offences
                    .push(format!("{}: floor {above} imports `{named}` of floor {below}", file.display())),
                None => offences.push(format!("{}: `{named}` has no floor", file.display())),
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn imports_are_read_in_every_form() {
    let text =
        "use crate::{store::{Store, token}, error::Error};\n// use crate::cli;\nlet x = crate::clock::now();";
    assert_eq!(rooms_named(text), ["store", "error", "clock"]);
}
