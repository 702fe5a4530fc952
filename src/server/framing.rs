//! Follows the bytes of an HTTP/1 connection and notices what hyper does not
//! tell. A request that gives the length of its body in two ways (RFC 9112
//! §6.3): to a proxy before us the next request may begin elsewhere, and hyper
//! reads it in one of the ways and hands on no trace of the other. And a head
//! over the limit, which hyper refuses only if it does not come at once.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::error::Error;

/// All header lines of a request together.
pub const HEAD_LIMIT: usize = 64 * 1024;

/// Why a connection is answered once more and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    TwoLengths,
    HeadTooLarge,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self {
            Self::TwoLengths => Error::invalid_request("the request tells its length in two ways"),
            Self::HeadTooLarge => Error::invalid_request("the request headers are larger than 64 KiB")
                .with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        };
        ([(header::CONNECTION, "close")], error).into_response()
    }
}

/// A stream whose requests are followed while they are read.
#[derive(Debug)]
pub struct Followed<S> {
    stream: S,
    framing: Framing,
    refusal: Arc<OnceLock<Refusal>>,
}

impl<S> Followed<S> {
    /// Sets `refusal` when a request that deserves one was read, which is
    /// before hyper hands that request on.
    pub fn new(stream: S, refusal: Arc<OnceLock<Refusal>>) -> Self {
        Self { stream, framing: Framing::default(), refusal }
    }

    /// Follows nothing: for HTTP/2, which has frames of its own.
    pub fn blind(stream: S) -> Self {
        let framing = Framing { section: Section::Over, ..Framing::default() };
        Self { stream, framing, refusal: Arc::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Followed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().get(before..).unwrap_or_default();
        if let Some(refusal) = self.framing.follow(read) {
            let _ = self.refusal.set(refusal);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Followed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Where in the stream of requests the next byte belongs.
#[derive(Debug, Default)]
struct Framing {
    section: Section,
    /// Bytes of a body or chunk that are still to come.
    body: u64,
    line: Vec<u8>,
    head: Head,
}

/// What the head that is being read has told so far.
#[derive(Debug, Default)]
struct Head {
    size: usize,
    lengths: usize,
    length: u64,
    encoded: bool,
}

#[derive(Debug, Default, PartialEq)]
enum Section {
    #[default]
    Head,
    ChunkSize,
    ChunkEnd,
    Trailer,
    /// Nothing more to learn: the connection ends with what was read.
    Over,
}

impl Framing {
    /// Why these bytes complete a request that is to be refused, if they do.
    fn follow(&mut self, mut bytes: &[u8]) -> Option<Refusal> {
        while !bytes.is_empty() && self.section != Section::Over {
            if self.body > 0 {
                let passed = bytes.len().min(usize::try_from(self.body).unwrap_or(usize::MAX));
                self.body -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (piece, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            bytes = rest;
            let refusal = match end {
                None => {
                    self.line.extend_from_slice(piece);
                    self.measure(self.line.len())
                }
                // A whole line at once, as nearly always, is not copied.
                Some(_) if self.line.is_empty() => self.take_line(piece),
                Some(_) => {
                    let mut line = std::mem::take(&mut self.line);
                    line.extend_from_slice(piece);
                    self.take_line(&line)
                }
            };
            if refusal.is_some() {
                self.section = Section::Over;
                return refusal;
            }
        }
        None
    }

    fn measure(&self, line: usize) -> Option<Refusal> {
        (self.head.size + line > HEAD_LIMIT).then_some(Refusal::HeadTooLarge)
    }

    fn take_line(&mut self, line: &[u8]) -> Option<Refusal> {
        let text = line.trim_ascii_end();
        match self.section {
            Section::Head => {
                if let Some(refusal) = self.measure(line.len()) {
                    return Some(refusal);
                }
                self.head.size += line.len();
                if text.is_empty() {
                    return self.end_head();
                }
                self.head.take_field(text);
            }
            Section::ChunkSize => self.begin_chunk(text),
            Section::ChunkEnd => self.section = Section::ChunkSize,
            Section::Trailer if text.is_empty() => self.section = Section::Head,
            Section::Trailer | Section::Over => {}
        }
        None
    }

    fn end_head(&mut self) -> Option<Refusal> {
        let head = std::mem::take(&mut self.head);
        if head.encoded {
            self.section = Section::ChunkSize;
        } else {
            self.body = head.length;
        }
        let two = head.lengths > 1 || (head.lengths == 1 && head.encoded);
        two.then_some(Refusal::TwoLengths)
    }

    fn begin_chunk(&mut self, line: &[u8]) {
        let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
        self.section = match number(size, 16) {
            None => Section::Over,
            Some(0) => Section::Trailer,
            Some(size) => {
                self.body = size;
                Section::ChunkEnd
            }
        };
    }
}

impl Head {
    fn take_field(&mut self, line: &[u8]) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { return };
        if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
            self.length = number(value, 10).unwrap_or(0);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encoded = true;
        }
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits.trim_ascii()).ok()?, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fed in pieces of every size, because a network cuts where it likes.
    fn refusal(requests: &str) -> Option<Refusal> {
        let found = |piece| {
            let mut framing = Framing::default();
            requests.as_bytes().chunks(piece).find_map(|bytes| framing.follow(bytes))
        };
        let whole = found(requests.len());
        assert!((1..requests.len().min(200)).all(|piece| found(piece) == whole), "{requests:?}");
        whole
    }

    fn is_ambiguous(requests: &str) -> bool {
        refusal(requests) == Some(Refusal::TwoLengths)
    }

    /// SECURITY-CASES 95.
    #[test]
    fn a_request_that_tells_two_lengths_is_noticed() {
        let first = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab\n\r\n\
                     POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na\r\n\r\n0\r\nTrailer: 1\r\n\r\n\
                     GET /c HTTP/1.1\n\n";
        let table = [
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", true),
            ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nCONTENT-LENGTH: 5\r\n\r\n", true),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", true),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", false),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                false,
            ),
            ("GET / HTTP/1.1\r\nX: Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", false),
        ];
        for (request, expected) in table {
            assert_eq!(is_ambiguous(request), expected, "{request:?}");
            assert_eq!(is_ambiguous(&format!("{first}{request}")), expected, "{request:?} after others");
        }
        let body = "POST / HTTP/1.1\r\nContent-Length: 44\r\n\r\n\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\n";
        assert!(!is_ambiguous(body), "a body is not a head");
    }

    /// SECURITY-CASES 188.
    #[test]
    fn a_head_over_the_limit_is_noticed() {
        let of_size = |size: usize| {
            let fixed = "GET / HTTP/1.1\r\nX: \r\nY: z\r\n\r\n";
            format!("GET / HTTP/1.1\r\nX: {}\r\nY: z\r\n\r\n", "a".repeat(size - fixed.len()))
        };
        assert_eq!(refusal(&of_size(HEAD_LIMIT)), None);
        assert_eq!(refusal(&of_size(HEAD_LIMIT + 1)), Some(Refusal::HeadTooLarge));
        let body = format!("POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n{}", "a".repeat(99_999));
        assert_eq!(refusal(&format!("{body}{}", of_size(100))), None, "a body is no head");
    }
}
