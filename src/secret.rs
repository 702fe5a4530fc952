//! Opaque values that must not leak: codes, refresh tokens, cookies, secrets.

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::random::Random;

/// A string that prints as `[redacted]` and is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a plain string into custody.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. Every call is a place to look at twice.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256, what the store keeps of it.
    pub fn digest(&self) -> Digest {
        sha256(self.0.as_bytes())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        same(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// A digest that was kept; another one's bytes are no digest of anything.
pub fn digest_of(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or_default()
}

/// Bytes as both stores read them inside of JSON.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Whether two byte strings are the same, in a time that does not tell where
/// they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Base64url without padding (RFC 4648 §5).
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The inverse of [`base64url`]; `None` when the text is not canonical.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// What an opaque value is good for. The prefix is part of what is hashed, so
/// one kind can never be taken for another, and a leak scanner can name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    AuthorizationCode,
    BrowserCookie,
    ClientSecret,
    /// Names a browser at a protected host while it logs in.
    GuestCookie,
    LoginFlow,
    /// The `state` of a login for a protected host.
    LoginState,
    RefreshToken,
    SessionCookie,
    /// Lets a browser into a protected host.
    VisitorCookie,
}

impl Kind {
    /// The typed prefix of values of this kind.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::AuthorizationCode => "pac_",
            Kind::BrowserCookie => "pbc_",
            Kind::ClientSecret => "pcs_",
            Kind::GuestCookie => "pgc_",
            Kind::LoginFlow => "plf_",
            Kind::LoginState => "pls_",
            Kind::RefreshToken => "prt_",
            Kind::SessionCookie => "psc_",
            Kind::VisitorCookie => "pvc_",
        }
    }

    /// A fresh value: prefix and 256 random bits as 43 base64url characters.
    ///
    /// # Errors
    /// As [`Random::bytes`].
    pub fn generate(self, random: &Random) -> Result<Secret, Error> {
        let bytes = random.bytes::<32>()?;
        Ok(Secret::new(format!("{}{}", self.prefix(), base64url(&bytes))))
    }

    /// The value, if it has the form of this kind: prefix and 43 characters.
    pub fn parse(self, value: &str) -> Option<Secret> {
        let body = value.strip_prefix(self.prefix())?;
        let well_formed = body.len() == 43 && from_base64url(body).is_some();
        well_formed.then(|| Secret::new(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
    }

    /// SECURITY-CASES 135: no kind is accepted in place of another.
    #[test]
    fn a_value_parses_only_as_its_own_kind() {
        let code = Kind::AuthorizationCode.generate(&Random::seeded(1)).unwrap();
        assert!(Kind::AuthorizationCode.parse(code.reveal()).is_some());
        assert!(Kind::SessionCookie.parse(code.reveal()).is_none());
        assert!(Kind::AuthorizationCode.parse("pac_short").is_none());
    }
}
