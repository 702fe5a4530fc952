//! The private half of a key, parsed once. `jsonwebtoken::encode` parses its
//! DER at every call, which costs two thirds of the speed of RSA; here the
//! parsed key itself is the signer that the library's trait asks for.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::signature::{self, Signer};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::keys::jwk;
use crate::oauth::Algorithm;

/// The least modulus of an RSA key (RFC 7518 §3.3).
const RSA_MODULUS_BYTES: usize = 256;

/// A private key with the name that it signs under.
#[derive(Debug)]
pub struct SigningKey {
    pair: KeyPair,
    jwk: Jwk,
    kid: String,
}

#[derive(Debug)]
enum KeyPair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A fresh key: RSA of 2048 bits, P-256 or Ed25519.
    ///
    /// # Errors
    /// `server_error` when the system has no randomness to give.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        let pair = match algorithm {
            Algorithm::RS256 => RsaKeyPair::generate(KeySize::Rsa2048).map(KeyPair::Rsa),
            Algorithm::ES256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(KeyPair::P256),
            Algorithm::EdDSA => Ed25519KeyPair::generate().map(KeyPair::Ed25519),
        };
        Self::named(pair.map_err(Error::server_error)?)
    }

    /// Reads a PKCS #8 document (RFC 5958).
    ///
    /// # Errors
    /// `server_error` when it is not a key of this algorithm, or an RSA key of
    /// less than 2048 bits.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, Error> {
        let pair = match algorithm {
            Algorithm::RS256 => RsaKeyPair::from_pkcs8(der).map(KeyPair::Rsa),
            Algorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(KeyPair::P256)
            }
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(der).map(KeyPair::Ed25519),
        };
        Self::named(pair.map_err(Error::server_error)?)
    }

    fn named(pair: KeyPair) -> Result<Self, Error> {
        let jwk = match &pair {
            KeyPair::Rsa(rsa) if rsa.public_modulus_len() < RSA_MODULUS_BYTES => {
                return Err(Error::server_error("an RSA signing key needs 2048 bits or more"));
            }
            KeyPair::Rsa(rsa) => jwk::rsa(rsa.public_key()),
            KeyPair::P256(ec) => jwk::p256(ec.public_key().as_ref()),
            KeyPair::Ed25519(ed) => jwk::ed25519(ed.public_key().as_ref()),
        };
        let jwk = jwk::named(jwk, pair.algorithm())?;
        let kid = jwk.common.key_id.clone().unwrap_or_default();
        Ok(Self { pair, jwk, kid })
    }

    /// The private key as PKCS #8, to be stored.
    ///
    /// # Errors
    /// `server_error` when the library cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let der = match &self.pair {
            KeyPair::Rsa(rsa) => rsa.as_der().map(|der| der.as_ref().to_vec()),
            KeyPair::P256(ec) => ec.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            KeyPair::Ed25519(ed) => ed.to_pkcs8().map(|der| der.as_ref().to_vec()),
        };
        Ok(Zeroizing::new(der.map_err(Error::server_error)?))
    }

    /// The name of the key, made of its thumbprint (RFC 7638).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// The public half, as published.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Signs one message: the value of a JWS signature (RFC 7518 §3).
    ///
    /// # Errors
    /// `server_error` when the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.try_sign(message).map_err(Error::server_error)
    }

    /// Signs several messages, in their order.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn sign_all(&self, messages: &[&[u8]]) -> Result<Vec<Vec<u8>>, Error> {
        messages.iter().map(|message| self.sign(message)).collect()
    }
}

impl KeyPair {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::RS256,
            Self::P256(_) => Algorithm::ES256,
            Self::Ed25519(_) => Algorithm::EdDSA,
        }
    }
}

impl Signer<Vec<u8>> for SigningKey {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let failed = signature::Error::from_source;
        match &self.pair {
            KeyPair::Rsa(rsa) => {
                let mut signature = vec![0; rsa.public_modulus_len()];
                rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            KeyPair::P256(ec) => {
                ec.sign(&SystemRandom::new(), message).map(|s| s.as_ref().to_vec()).map_err(failed)
            }
            KeyPair::Ed25519(ed) => ed.try_sign(message).map(|s| s.as_ref().to_vec()).map_err(failed),
        }
    }
}

impl JwtSigner for SigningKey {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        self.pair.algorithm().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Algorithm::{EdDSA, RS256};

    /// Made for this test and used nowhere.
    const RSA_1024: &str = "MIICXAIBAAKBgQD6XZc_D6M4f6PTUcszBfObAIxy8ZlJNtYRSoQoi29BuX-Ztjm6GAw_vZDcq_Oz-\
        LDBpEuvzACvVXVrwHk4qxGuwHpmylg3tenRFId-CE2SO-Ql8zQB-8WYatPDBxzTN_f718ccI7dmeW-xIuX0TF1Z4sUCY\
        _6NrB_FopCbuLCN1wIDAQABAoGAYt788KljQtedQcGmZlLuXgL8dBQW_cPLC-\
        8Ke9x8pk70JibBa0094RoikBLT3fnTC9WvEhCVIKi2A0RyWr-r7jgcWvgtCdENMCqbQQSba8PClMaotZnXF6-\
        Ccs2BNLkWyM8azuM5mw2SVZ-Zb3ESVPjMI19mo39X5Me8_bZPjykCQQD--9NRcXXOVes8RDYMWknnwA3yUgERnFbimZN\
        Ot8XcWtE71hDJiwyYl9SLgyKR2FyByPoYsNFcak07EbjXqZvLAkEA-\
        10NoEn6eQf2L_xX9dA0MBztVFeFYpehE83LBqpeeXskFPeLB8rl48Hhiaf4RT01DnCAlBWsB76wG0ZK_kDspQJAcTwEL\
        Dbmyir9vFXOas3t5C02BFbGgrubGiZ5dIvIIoNyR9BYxCgr_9ftW8dworQi4MAP0Mc1MoVCpujH3X5E4QJBAJFPQ9dLr\
        O5Wue0XlcnWqLS_pDtDtSo_ubB3IU0jJCZaF4u_ZrIEi01VAYrQfWeZcJh-\
        VPZGaQK5K5k405WT9rkCQGWJozhm0zFpEWdQ0EumeybN9di8rnmkapbGq1XkWMcb-\
        EtoMeTxYwxtc9rtPzFWgeDwok-0qDRkWJl__rNV2vA";

    #[test]
    fn a_key_comes_back_from_its_document() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let again = SigningKey::from_pkcs8(algorithm, &key.to_pkcs8().unwrap()).unwrap();
            assert_eq!(again.kid(), key.kid());
            assert_eq!(again.sign(b"message").unwrap().len(), key.sign(b"message").unwrap().len());
        }
    }

    #[test]
    fn several_messages_are_signed_as_one_by_one() {
        let key = SigningKey::generate(EdDSA).unwrap();
        let one_by_one = vec![key.sign(b"a").unwrap(), key.sign(b"b").unwrap()];
        assert_eq!(key.sign_all(&[b"a", b"b"]).unwrap(), one_by_one);
    }

    #[test]
    fn a_document_of_another_algorithm_is_refused() {
        let document = SigningKey::generate(EdDSA).unwrap().to_pkcs8().unwrap();
        assert!(SigningKey::from_pkcs8(RS256, &document).is_err());
    }

    /// RFC 7518 §3.3, SECURITY-CASES 269.
    #[test]
    fn an_rsa_key_below_2048_bits_is_refused() {
        let weak = crate::secret::from_base64url(RSA_1024).unwrap();
        assert!(SigningKey::from_pkcs8(RS256, &weak).is_err());
    }
}
