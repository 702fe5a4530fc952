//! Reads server-sent events as they arrive: WHATWG HTML §9.2.6.

use crate::error::Error;

/// The longest event: far more than any of ours.
const LONGEST: usize = 1024 * 1024;

/// Something that the stream said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A comment: the other end is alive.
    Alive,
    /// An event; `message` when it has no name.
    Event { name: String, id: Option<String>, data: String },
}

/// What has arrived of the next event.
#[derive(Debug, Default)]
pub struct EventStream(Vec<u8>);

impl EventStream {
    /// Takes what arrived and returns what is complete. Events end with an
    /// empty line; ours have no carriage returns.
    ///
    /// # Errors
    /// `server_error` for what is no stream of events.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Said>, Error> {
        self.0.extend_from_slice(bytes);
        let mut said = Vec::new();
        let mut start = 0;
        while let Some(length) = self.0[start..].windows(2).position(|pair| pair == b"\n\n") {
            let block = std::str::from_utf8(&self.0[start..start + length]).map_err(Error::server_error)?;
            said.push(parse(block));
            start += length + 2;
        }
        self.0.drain(..start);
        if self.0.len() > LONGEST {
            return Err(Error::server_error("an event of the feed does not end"));
        }
        Ok(said)
    }
}

fn parse(block: &str) -> Said {
    let (mut name, mut id, mut data) = (None, None, None::<String>);
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = Some(value.to_owned()),
            "id" => id = Some(value.to_owned()),
            "data" => data = Some(data.map_or_else(|| value.to_owned(), |data| data + "\n" + value)),
            _ => {}
        }
    }
    match data {
        None => Said::Alive,
        Some(data) => Said::Event { name: name.unwrap_or_else(|| String::from("message")), id, data },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, id: Option<&str>, data: &str) -> Said {
        Said::Event { name: name.to_owned(), id: id.map(str::to_owned), data: data.to_owned() }
    }

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = ": hello\n\nid: 7\ndata: {\"a\":1}\n\nevent: keys\ndata:x\ndata: y\n\n:\n\n";
        let expected = vec![
            Said::Alive,
            event("message", Some("7"), "{\"a\":1}"),
            event("keys", None, "x\ny"),
            Said::Alive,
        ];
        for size in 1..text.len() {
            let mut stream = EventStream::default();
            let said: Vec<Said> =
                text.as_bytes().chunks(size).flat_map(|piece| stream.push(piece).unwrap()).collect();
            assert_eq!(said, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut stream = EventStream::default();
        let piece = vec![b'a'; LONGEST / 2];
        assert!(stream.push(&piece).is_ok() && stream.push(&piece).is_ok());
        assert!(stream.push(b"aa").is_err());
    }
}
