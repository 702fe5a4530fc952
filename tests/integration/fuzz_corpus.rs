//! What the fuzz targets have found so far still holds: `fuzz/corpus`, replayed
//! without the compiler and the time that fuzzing takes.

#[path = "../../fuzz/properties/mod.rs"]
mod properties;

use std::fs;

/// The inputs of a target: one JSON string each, whose letters up to U+00FF
/// stand for bytes.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let packed = fs::read_to_string(format!("fuzz/corpus/{target}.jsonl")).unwrap();
    let bytes = |line: &str| {
        let letters: String = serde_json::from_str(line).unwrap();
        letters.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
    };
    packed.lines().map(bytes).collect()
}

macro_rules! replayed {
    ($($target:ident)*) => {
        /// Every target that there is.
        const TARGETS: &[&str] = &[$(stringify!($target)),*];

        $(mod $target {
            #[test]
            fn what_was_found_holds() {
                let inputs = super::inputs(stringify!($target));
                assert!(inputs.len() > 2);
                inputs.iter().for_each(|input| super::properties::$target::hold(input));
            }
        })*
    };
}

replayed! {
    basic claims client_assertion config cookie form jwks jwt percent redirect_uri scope status_list username
}

#[test]
fn no_target_is_left_out() {
    let files = fs::read_dir("fuzz/targets").unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<_> =
        files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, TARGETS);
}
