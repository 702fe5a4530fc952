//! What people hand over in files, because arguments are seen by everybody.

use std::io::Read as _;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::cli::Failure;
use crate::clock::Timestamp;
use crate::secret::Secret;

const MAX_BYTES: u64 = 64 * 1024;

/// The text of a file; `-` is standard input.
///
/// # Errors
/// Exit code 1 when it cannot be read or is no text.
pub fn text_from(file: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = if file == "-" {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(MAX_BYTES + 1).read_to_string(&mut text))
    };
    match read {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= MAX_BYTES) => Ok(text),
        Ok(_) => Err(Failure::Failed(format!("{file} is larger than 64 KiB"))),
        Err(problem) => Err(Failure::Failed(format!("cannot read {file}: {problem}"))),
    }
}

/// A secret or password from a file, without the line end that editors add.
///
/// # Errors
/// Exit code 1 when it cannot be read, is empty or has several lines.
pub fn secret_from(file: &str) -> Result<Secret, Failure> {
    let text = text_from(file)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains(['\n', '\r', '\0']) {
        return Err(Failure::Failed(format!("{file} must hold exactly one line")));
    }
    Ok(Secret::new(line))
}

/// A duration as `90s`, `15m`, `12h` or `30d`; a bare number is seconds.
///
/// # Errors
/// With what is wrong, for the parser of arguments.
pub fn duration(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text)
            .map_err(|_| String::from("write a duration such as 90s, 15m, 12h or 30d")),
    }
}

/// An instant as RFC 3339 writes it; without an offset it is UTC.
///
/// # Errors
/// With what to write instead, for the parser of arguments.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| String::from("write a time such as 2026-01-31T12:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, content).unwrap();
        (folder, path.display().to_string())
    }

    #[test]
    fn one_line_end_is_taken_off_and_no_more() {
        for (content, expected) in [("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), (" a b ", " a b ")]
        {
            let (_folder, path) = file(content.as_bytes());
            assert_eq!(secret_from(&path).unwrap().reveal(), expected);
        }
        for content in [&b""[..], b"\n", b"a\nb\n", b"a\n\n", b"a\0", b"\xff", &[b'a'; 70_000]] {
            let (_folder, path) = file(content);
            assert!(secret_from(&path).is_err());
        }
    }

    #[test]
    fn durations_are_read_with_and_without_a_unit() {
        assert_eq!(duration("120"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("120s"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert!(duration("soon").is_err() && duration("-1").is_err());
    }

    /// RFC 3339 §5.6 and §5.8.
    #[test]
    fn instants_are_read_with_and_without_an_offset() {
        let noon = Ok(Timestamp(1_769_860_800_000));
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31 12:00:00",
            "2026-01-31T12:00:00.000Z",
            "2026-01-31T14:30:00+02:30",
            "2026-01-31T09:00:00.000-03:00",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
        for text in ["", "yesterday", "2026-01-31", "2026-01-31T12:00:00+02", "1900-01-01T00:00:00Z", "é"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }
}
