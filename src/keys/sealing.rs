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
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// Derives the sealing key, so that the master key may have any form.
    ///
    /// # Errors
    /// `server_error` when the library refuses.
    pub fn new(master_key: &Secret) -> Result<Self, Error> {
        let derived = Salt::new(HKDF_SHA256, &[]).extract(master_key.reveal().as_bytes());
        let derived =
            derived.expand(&[b"porteiro signing key"], &AES_256_GCM).map_err(Error::server_error)?;
        Ok(Self(LessSafeKey::new(UnboundKey::from(derived))))
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
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(kid), &mut text)
            .map_err(Error::server_error)?;
        Ok([&nonce, text.as_slice(), tag.as_ref()].concat())
    }

    /// What [`Sealer::seal`] was given.
    ///
    /// # Errors
    /// `server_error` when it was sealed with another master key or altered.
    pub fn open(&self, kid: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let foreign = || Error::server_error(format!("{kid} is sealed with another keys.master_key"));
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(foreign)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| foreign())?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(kid), &mut text).map_err(|_| foreign())?.len();
        text.truncate(length);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_master_key_and_name_open_a_sealed_key() {
        let sealer = Sealer::new(&Secret::new("one")).unwrap();
        let sealed = sealer.seal("kid", b"private", &Random::seeded(1)).unwrap();
        assert_eq!(sealer.open("kid", &sealed).unwrap().as_slice(), b"private");
        assert!(sealer.open("other", &sealed).is_err());
        assert!(sealer.open("kid", &sealed[..8]).is_err());
        assert!(Sealer::new(&Secret::new("two")).unwrap().open("kid", &sealed).is_err());
    }
}
