//! Private keys at rest: AES-256-GCM under a key derived from
//! `keys.master_key` (NIST SP 800-38D, RFC 5869).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::random::Random;
use crate::secret::Secret;

/// Seals and opens private keys.
#[derive(Debug)]
pub struct Sealer {
    current: LessSafeKey,
    /// Opens what was sealed before the master key changed.
    old: Option<LessSafeKey>,
}

/// What was sealed.
#[derive(Debug)]
pub struct Opened {
    /// The text itself.
    pub text: Zeroizing<Vec<u8>>,
    /// Whether it was sealed with the old master key.
    pub outdated: bool,
}

impl Sealer {
    /// Seals with the one master key, and opens what the old one sealed too.
    ///
    /// # Errors
    /// `server_error` when the library refuses.
    pub fn new(master_key: &Secret, old: Option<&Secret>) -> Result<Self, Error> {
        Ok(Self { current: derived(master_key)?, old: old.map(derived).transpose()? })
    }

    /// Nonce, then ciphertext, then tag. The `kid` is bound to it, so that a
    /// sealed key moved to another row does not open.
    ///
    /// # Errors
    /// `server_error` without randomness.
    pub fn seal(&self, kid: &str, private_key: &[u8], random: &Random) -> Result<Vec<u8>, Error> {
        let nonce = random.bytes::<NONCE_LEN>()?;
        let mut text = private_key.to_vec();
        let tag = self
            .current
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(kid), &mut text)
            .map_err(Error::server_error)?;
        Ok([&nonce, text.as_slice(), tag.as_ref()].concat())
    }

    /// What [`Sealer::seal`] was given.
    ///
    /// # Errors
    /// `server_error` when it was sealed with another master key or altered.
    pub fn open(&self, kid: &str, sealed: &[u8]) -> Result<Opened, Error> {
        if let Some(text) = opened(&self.current, kid, sealed) {
            return Ok(Opened { text, outdated: false });
        }
        let text = self.old.as_ref().and_then(|old| opened(old, kid, sealed));
        let text = text.ok_or_else(|| {
            let sentence = format!(
                "{kid} is sealed with another keys.master_key; give that one as keys.old_master_key once"
            );
            Error::server_error(sentence)
        })?;
        Ok(Opened { text, outdated: true })
    }
}

/// Derived, so that the master key may have any form.
fn derived(master_key: &Secret) -> Result<LessSafeKey, Error> {
    let derived = Salt::new(HKDF_SHA256, &[]).extract(master_key.reveal().as_bytes());
    let derived = derived.expand(&[b"porteiro signing key"], &AES_256_GCM).map_err(Error::server_error)?;
    Ok(LessSafeKey::new(UnboundKey::from(derived)))
}

fn opened(key: &LessSafeKey, kid: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = key.open_in_place(nonce, Aad::from(kid), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_master_key_and_name_open_a_sealed_key() {
        let (one, two) = (Secret::new("one"), Secret::new("two"));
        let sealer = Sealer::new(&one, None).unwrap();
        let sealed = sealer.seal("kid", b"private", &Random::seeded(1)).unwrap();
        let opened = sealer.open("kid", &sealed).unwrap();
        assert_eq!((opened.text.as_slice(), opened.outdated), (b"private".as_slice(), false));
        assert!(sealer.open("other", &sealed).is_err());
        assert!(sealer.open("kid", &sealed[..8]).is_err());
        assert!(Sealer::new(&two, None).unwrap().open("kid", &sealed).is_err());

        let opened = Sealer::new(&two, Some(&one)).unwrap().open("kid", &sealed).unwrap();
        assert_eq!((opened.text.as_slice(), opened.outdated), (b"private".as_slice(), true));
    }
}
