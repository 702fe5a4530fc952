//! The lesson of a redirect URI that is not registered: where it differs from
//! the nearest registered one, and the command that would register it.

/// For the eyes of whoever may change the client.
#[derive(Clone, Copy)]
pub struct RedirectMismatch<'a> {
    pub client_id: &'a str,
    pub requested: &'a str,
    pub registered: &'a [String],
}

/// A piece of an address, and whether the other address lacks it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    pub differs: bool,
}

impl RedirectMismatch<'_> {
    /// The requested URI and the nearest registered one, in pieces.
    pub(super) fn difference(&self) -> Option<(Vec<Piece<'_>>, Vec<Piece<'_>>)> {
        let requested = head(self.requested);
        let distance = |uri: &&str| strsim::levenshtein(uri, requested);
        let nearest = self.registered.iter().map(|uri| head(uri)).min_by_key(distance)?;
        Some(difference(requested, nearest))
    }

    /// `client update` replaces the whole list, so it names the old ones too.
    pub(super) fn command(&self) -> String {
        let old = self.registered.iter().map(String::as_str);
        let uris = old.chain([self.requested]).map(|uri| format!(" \\\n  --redirect-uri {}", quoted(uri)));
        format!("porteiro client update {}{}", quoted(self.client_id), uris.collect::<String>())
    }
}

/// The comparison takes quadratic time, and a stranger wrote the address.
fn head(uri: &str) -> &str {
    &uri[..uri.floor_char_boundary(1024)]
}

/// Words and the signs between them.
fn words(uri: &str) -> Vec<&str> {
    let sign = |c: char| ":/.?&=#".contains(c);
    let mut words = Vec::new();
    for part in uri.split_inclusive(sign) {
        let (word, end) = part.split_at(part.trim_end_matches(sign).len());
        words.extend([word, end].into_iter().filter(|piece| !piece.is_empty()));
    }
    words
}

/// What remains on each side of the longest common subsequence of words.
fn difference<'a>(left: &'a str, right: &'a str) -> (Vec<Piece<'a>>, Vec<Piece<'a>>) {
    let (a, b) = (words(left), words(right));
    let mut common = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            left.push(Piece { text: a[i], differs: false });
            right.push(Piece { text: b[j], differs: false });
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            left.push(Piece { text: a[i], differs: true });
            i += 1;
        } else {
            right.push(Piece { text: b[j], differs: true });
            j += 1;
        }
    }
    (left, right)
}

/// As one word for a POSIX shell.
fn quoted(text: &str) -> String {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(pieces: Vec<Piece<'_>>) -> String {
        pieces.iter().map(|p| if p.differs { format!("[{}]", p.text) } else { p.text.to_owned() }).collect()
    }

    #[test]
    fn the_difference_is_what_one_address_has_and_the_other_lacks() {
        let cases = [
            ("https://a.test/cb/", "https://a.test/cb", "https://a.test/cb[/]", "https://a.test/cb"),
            ("http://a.test/cb/", "https://a.test/cb", "[http]://a.test/cb[/]", "[https]://a.test/cb"),
            ("http://a.test:3000/x", "http://a.test/x", "http://a.test[:][3000]/x", "http://a.test/x"),
            ("é", "è", "[é]", "[è]"),
            ("", "x", "", "[x]"),
        ];
        for (requested, registered, left, right) in cases {
            let (a, b) = difference(requested, registered);
            assert_eq!((marked(a), marked(b)), (left.to_owned(), right.to_owned()));
        }
    }

    #[test]
    fn the_nearest_registered_address_is_compared_and_a_flood_is_cut() {
        let registered = ["http://b.test/".to_owned(), "https://a.test/cb".to_owned()];
        let flood = "https://a.test/cb/".to_owned() + &"/é".repeat(30_000);
        let mismatch = RedirectMismatch { client_id: "c", requested: &flood, registered: &registered };
        let (requested, nearest) = mismatch.difference().unwrap();
        assert_eq!(marked(nearest), "https://a.test/cb");
        assert!(requested.iter().map(|piece| piece.text.len()).sum::<usize>() <= 1024);
    }

    #[test]
    fn the_command_keeps_what_is_registered_and_quotes_what_was_asked() {
        let registered = ["https://a.test/cb".to_owned()];
        let mismatch = RedirectMismatch {
            client_id: "grafana",
            requested: "https://a.test/$(reboot)'`",
            registered: &registered,
        };
        assert_eq!(
            mismatch.command(),
            "porteiro client update grafana \\\n  --redirect-uri 'https://a.test/cb' \\\n  \
             --redirect-uri 'https://a.test/$(reboot)'\\''`'"
        );
    }
}
