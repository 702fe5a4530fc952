//! Request parameters: `application/x-www-form-urlencoded` (RFC 6749 App. B),
//! read once and strictly (RFC 6749 §3.1, §3.2).

use std::collections::{HashMap, HashSet};
use std::fmt;

use zeroize::Zeroizing;

use crate::error::Error;

/// The largest body or query that is read.
pub const MAX_BYTES: usize = 64 * 1024;

/// The only parameter that may come more than once (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// The parameters of one request. A fault does not stop the reading, because
/// the authorization endpoint must know the client before it may answer; it
/// stops everything else at [`Params::check`].
#[derive(Default)]
pub struct Params {
    values: HashMap<String, Vec<Zeroizing<String>>>,
    /// Names that came twice or with a broken value.
    broken: HashSet<String>,
    fault: Option<String>,
}

impl Params {
    /// Reads a body or a query.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut params = Self::default();
        if bytes.len() > MAX_BYTES {
            params.fault("the request is larger than 64 KiB");
            return params;
        }
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            params.read(pair);
        }
        params
    }

    fn read(&mut self, pair: &[u8]) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let Some(name) = decode(name) else {
            return self.fault("a parameter name is not valid percent-encoded UTF-8");
        };
        match decode(value) {
            Some(value) => self.add(name, value),
            None => {
                self.fault("a parameter value is not valid percent-encoded UTF-8");
                self.broken.insert(name);
            }
        }
    }

    fn add(&mut self, name: String, value: String) {
        let value = Zeroizing::new(value);
        match self.values.get_mut(&name) {
            None => {
                self.values.insert(name, vec![value]);
            }
            Some(values) if name == REPEATABLE => values.push(value),
            Some(_) => {
                self.fault("a parameter is repeated");
                self.broken.insert(name);
            }
        }
    }

    fn fault(&mut self, description: &str) {
        self.fault.get_or_insert_with(|| description.to_owned());
    }

    /// The value of a parameter. One without a value counts as omitted
    /// (RFC 6749 §3.1); of one that came twice this is the first.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The values of a parameter that may be repeated.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.values.get(name).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a parameter without which the request makes no sense.
    ///
    /// # Errors
    /// `invalid_request` when it is missing.
    pub fn require(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::invalid_request(format!("the parameter {name} is missing")))
    }

    /// Whether a parameter came twice or unreadable, so that two readers
    /// could take it for different things.
    pub fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    /// Every name that was sent, with or without a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().chain(&self.broken).map(String::as_str)
    }

    /// Takes over one parameter that came by another way; that it came by
    /// both is a repetition.
    pub fn adopt(&mut self, name: &str, from: &Params) {
        if let Some(value) = from.get(name) {
            self.add(name.to_owned(), value.to_owned());
        }
    }

    /// Refuses a request with any fault.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn check(&self) -> Result<(), Error> {
        match &self.fault {
            Some(fault) => Err(Error::invalid_request(fault.clone())),
            None => Ok(()),
        }
    }
}

/// Says nothing: names are the sender's choice too, and may be a secret that
/// slipped.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params({} names)", self.values.len())
    }
}

/// Decodes one name or value: plus is a space, percent needs two hexadecimal
/// digits, the result is UTF-8 without NUL.
pub fn decode(encoded: &[u8]) -> Option<String> {
    // Most of what comes, and a token most of all, is as it is meant.
    let plain = encoded.iter().take_while(|byte| !matches!(byte, b'+' | b'%')).count();
    let (plain, rest) = encoded.split_at(plain);
    let mut decoded = Vec::with_capacity(encoded.len());
    decoded.extend_from_slice(plain);
    let mut rest = rest.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            other => *other,
        });
    }
    let text = String::from_utf8(decoded).ok()?;
    (!text.contains('\0')).then_some(text)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes())
    }

    #[test]
    fn values_are_decoded_once() {
        let read = params("scope=%2Fbtb+a%20b&name=Jos%C3%A9&small=%c3%af&empty=&flag&double=%2525");
        assert_eq!(read.get("scope"), Some("/btb a b"));
        assert_eq!(read.get("name"), Some("José"));
        assert_eq!(read.get("small"), Some("ï"));
        assert_eq!(read.get("double"), Some("%25"));
        assert!(read.check().is_ok());
    }

    /// RFC 6749 §3.1: without a value means omitted.
    #[test]
    fn a_parameter_without_a_value_is_omitted() {
        let read = params("empty=&flag&&=");
        assert_eq!(read.get("empty"), None);
        assert_eq!(read.get("flag"), None);
        assert_eq!(read.require("empty").unwrap_err().description, "the parameter empty is missing");
        assert!(read.check().is_ok());
    }

    #[test]
    fn broken_encoding_is_a_fault() {
        for broken in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "%=a", "a=b%00c", "a=%+1"] {
            assert!(params(broken).check().is_err(), "{broken}");
        }
        assert!(Params::parse(b"a=\xff").check().is_err());
    }

    /// SECURITY-CASES 28 and 82.
    #[test]
    fn a_repeated_parameter_is_a_fault() {
        for repeated in ["a=1&a=1", "a=1&%61=2", "a=&a=2", "a&a"] {
            let read = params(repeated);
            assert!(read.check().is_err(), "{repeated}");
            assert!(read.is_broken("a"), "{repeated}");
        }
        assert!(params("a=1&b=%zz").is_broken("b"));
        assert!(!params("a=1&b=2&b=3").is_broken("a"));
    }

    /// RFC 8707 §2.
    #[test]
    fn resource_may_be_repeated() {
        let read = params("resource=https%3A%2F%2Fa.test&resource=&resource=https%3A%2F%2Fb.test");
        assert!(read.check().is_ok());
        assert_eq!(read.get_all("resource").collect::<Vec<_>>(), ["https://a.test", "https://b.test"]);
    }

    /// SECURITY-CASES 93 and 94.
    #[test]
    fn many_parameters_are_read_and_too_many_bytes_are_not() {
        let many: Vec<String> = (0..10_000).map(|n| format!("{n}=")).collect();
        assert!(params(&many.join("&")).check().is_ok());
        assert!(params(&"a".repeat(MAX_BYTES)).check().is_ok());
        assert!(params(&"a".repeat(MAX_BYTES + 1)).check().is_err());
    }

    #[test]
    fn a_parameter_that_came_two_ways_is_repeated() {
        let query = params("grant_type=client_credentials&scope=a");
        let mut form = params("scope=b");
        form.adopt("grant_type", &query);
        assert_eq!(form.get("grant_type"), Some("client_credentials"));
        assert!(form.check().is_ok());
        form.adopt("scope", &query);
        assert!(form.check().is_err());
    }

    #[test]
    fn parameters_never_print_themselves() {
        assert_eq!(format!("{:?}", params("client_secret=hunter2")), "Params(1 names)");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let read = Params::parse(&bytes);
            let _ = (read.get("a"), read.check());
        }

        #[test]
        fn what_a_browser_encodes_reads_back(value in "[^\\x00]{1,40}") {
            let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let read = params(&format!("v={encoded}"));
            prop_assert_eq!(read.get("v"), Some(value.as_str()));
        }
    }
}
