//! What the documentation points to is there.

use std::fs;
use std::path::{Path, PathBuf};

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The targets of `[text](target)`, without those of other sites.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://"))
}

/// As a heading becomes an anchor: small letters, with hyphens for blanks.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let anchor = |line: &str| line.trim_start_matches('#').trim().to_lowercase();
    headings.map(|line| anchor(line).chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found =
        vec!["README.md", "CHANGELOG.md", "SECURITY.md"].into_iter().map(|name| root.join(name)).collect();
    pages(&root.join("docs"), &mut found);
    let mut broken = Vec::new();
    for page in &found {
        let text = fs::read_to_string(page).unwrap();
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let leads = match fs::read_to_string(&target) {
                Ok(there) => anchor.is_empty() || anchors(&there).iter().any(|known| known == anchor),
                Err(_) => target.is_dir(),
            };
            if !leads {
                broken.push(format!("{}: {link}", page.strip_prefix(root).unwrap().display()));
            }
        }
    }
    assert!(found.len() > 20, "{found:?}");
    assert_eq!(broken, Vec::<String>::new());
}
