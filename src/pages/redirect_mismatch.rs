//! The lesson of a redirect URI that is not registered: where it differs from
//! the nearest registered one, and the command that would register it.

/// For the eyes of whoever may change the client.
#[derive(Clone, Copy)]
pub struct RedirectMismatch<'a> {
    pub client_id: &'a str,
    pub requested: &'a str,
    pub registered: &'a [String],
}

/// A text in three parts; the middle one is where it differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marked<'a> {
    pub before: &'a str,
    pub differs: &'a str,
    pub after: &'a str,
}

impl RedirectMismatch<'_> {
    /// The requested URI and the nearest registered one, marked.
    pub(super) fn difference(&self) -> Option<(Marked<'_>, Marked<'_>)> {
        let distance = |uri: &&String| strsim::damerau_levenshtein(uri, self.requested);
        let nearest = self.registered.iter().min_by_key(distance)?;
        Some(difference(self.requested, nearest))
    }

    /// `client update` replaces the whole list, so it names the old ones too.
    pub(super) fn command(&self) -> String {
        let old = self.registered.iter().map(String::as_str);
        let uris = old.chain([self.requested]).map(|uri| format!(" \\\n  --redirect-uri {}", quoted(uri)));
        format!("porteiro client update {}{}", quoted(self.client_id), uris.collect::<String>())
    }
}

fn difference<'a>(a: &'a str, b: &'a str) -> (Marked<'a>, Marked<'a>) {
    let same = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let head = same(&mut a.chars().zip(b.chars()));
    let tail = same(&mut a[head..].chars().rev().zip(b[head..].chars().rev()));
    let marked = |text: &'a str| Marked {
        before: &text[..head],
        differs: &text[head..text.len() - tail],
        after: &text[text.len() - tail..],
    };
    (marked(a), marked(b))
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

    #[test]
    fn the_difference_is_what_is_left_between_the_common_ends() {
        let cases = [
            ("https://a.test/cb/", "https://a.test/cb", ("https://a.test/cb", "/", ""), ""),
            ("http://a.test/cb", "https://a.test/cb", ("http", "", "://a.test/cb"), "s"),
            ("aa", "a", ("a", "a", ""), ""),
            ("é", "è", ("", "é", ""), "è"),
            ("", "x", ("", "", ""), "x"),
        ];
        for (requested, registered, (before, differs, after), other) in cases {
            let (a, b) = difference(requested, registered);
            assert_eq!(a, Marked { before, differs, after }, "{requested}");
            assert_eq!(b.differs, other, "{registered}");
        }
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
