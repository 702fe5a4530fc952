//! Token Status List (draft-ietf-oauth-status-list-21): where a token's bit
//! is, and how bits are written.
//!
//! Tokens that end in the same hour share a bucket. A bucket is as many lists
//! as its tokens need, each of a fixed size: an index is never beyond the end
//! of a copy that somebody kept.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::base64url;

/// Tokens in one list: 128 KiB before compression.
pub const SIZE: i32 = 1 << 20;

const HOUR: i64 = 3_600_000;

/// The hour in which a token ends.
pub fn bucket_of(exp: Timestamp) -> i64 {
    exp.0.div_euclid(HOUR)
}

/// When a bucket begins; it ends where the next one begins.
pub fn bucket_begins(bucket: i64) -> Timestamp {
    Timestamp(bucket.saturating_mul(HOUR))
}

/// Names a list: the bucket, and which of its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId {
    /// The hour.
    pub bucket: i64,
    /// Counted from zero.
    pub part: i32,
}

impl ListId {
    /// The list and the index in it (§6.2) of the token with this end and
    /// place.
    pub fn of(exp: Timestamp, status_index: i32) -> (Self, i32) {
        (Self { bucket: bucket_of(exp), part: status_index / SIZE }, status_index % SIZE)
    }
}

impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.bucket, self.part)
    }
}

impl FromStr for ListId {
    type Err = ();

    /// Only as [`ListId`] is written.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (bucket, part) = text.split_once('-').ok_or(())?;
        let id = Self { bucket: bucket.parse().map_err(drop)?, part: part.parse().map_err(drop)? };
        if id.to_string() == text { Ok(id) } else { Err(()) }
    }
}

/// A list with a bit for each token: set when it was taken back (§4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits(Vec<u8>);

impl Default for Bits {
    /// Nothing taken back.
    fn default() -> Self {
        Self(vec![0; usize::try_from(SIZE / 8).unwrap_or_default()])
    }
}

impl Bits {
    /// Marks a token as taken back; whether that changed anything. Bits count
    /// from the least significant of the first byte.
    pub fn set(&mut self, index: i32) -> bool {
        let place = usize::try_from(index).ok().and_then(|index| self.0.get_mut(index / 8));
        let Some(byte) = place else { return false };
        let before = *byte;
        *byte |= 1 << (index % 8);
        *byte != before
    }

    /// The member `lst`: zlib (RFC 1950), then base64url (§4.2).
    ///
    /// # Errors
    /// `server_error` when there is no memory to compress in.
    pub fn lst(&self) -> Result<String, Error> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.0).map_err(Error::server_error)?;
        Ok(base64url(&encoder.finish().map_err(Error::server_error)?))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    fn decoded(lst: &str) -> Vec<u8> {
        let compressed = crate::secret::from_base64url(lst).unwrap();
        let mut bytes = Vec::new();
        ZlibDecoder::new(compressed.as_slice()).read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Draft 21, §4.1 and §4.2: the example with one bit per token.
    #[test]
    fn the_example_of_the_draft_is_written() {
        let mut bits = Bits(vec![0; 2]);
        for index in [0, 3, 4, 5, 7, 8, 9, 13, 15] {
            bits.set(index);
        }
        assert_eq!(bits.0, [0xb9, 0xa3]);
        assert_eq!(bits.lst().unwrap(), "eNrbuRgAAhcBXQ");
    }

    /// Draft 21, appendix C.1.
    #[test]
    fn the_test_vector_of_the_draft_means_the_same_bits() {
        let vector = "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAA\
            vhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAA\
            AACAZC8L2AEb";
        let mut bits = Bits::default();
        for index in [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345] {
            bits.set(index);
        }
        assert_eq!(decoded(vector), bits.0);
        assert_eq!(decoded(&bits.lst().unwrap()), bits.0);
    }

    #[test]
    fn a_token_has_one_place() {
        let exp = Timestamp(HOUR * 5 + 1);
        assert_eq!(ListId::of(exp, 7), (ListId { bucket: 5, part: 0 }, 7));
        let (list, index) = ListId::of(exp, SIZE + 7);
        assert_eq!((list.to_string().as_str(), index), ("5-1", 7));
        assert_eq!("5-1".parse(), Ok(list));
        for wrong in ["", "5", "5-", "5-01", "+5-1", "5-1 ", "x-1", "5-1-1", "5-99999999999"] {
            assert!(wrong.parse::<ListId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_bit_beyond_the_end_is_nobodys() {
        let mut bits = Bits::default();
        assert!(!bits.set(SIZE) && !bits.set(-1));
        assert!(bits.set(9) && !bits.set(9));
        assert_ne!(bits, Bits::default());
    }
}
