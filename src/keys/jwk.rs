//! The public half of a key as a JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use aws_lc_rs::rsa::PublicKey;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType,
    Jwk, OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters, RSAKeyType,
    ThumbprintHash,
};

use crate::error::Error;
use crate::oauth::Algorithm;
use crate::secret::{base64url, from_base64url};

/// Members of an RSA key (RFC 7518 §6.3.1).
pub(super) fn rsa(public: &PublicKey) -> AlgorithmParameters {
    AlgorithmParameters::RSA(RSAKeyParameters {
        key_type: RSAKeyType::RSA,
        n: base64url(public.modulus().big_endian_without_leading_zero()),
        e: base64url(public.exponent().big_endian_without_leading_zero()),
    })
}

/// Members of a P-256 key (RFC 7518 §6.2.1) from its uncompressed point: a
/// byte 4, then two coordinates of one size.
pub(super) fn p256(point: &[u8]) -> AlgorithmParameters {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
        key_type: EllipticCurveKeyType::EC,
        curve: EllipticCurve::P256,
        x: base64url(x),
        y: base64url(y),
    })
}

/// Members of an Ed25519 key (RFC 8037 §2).
pub(super) fn ed25519(point: &[u8]) -> AlgorithmParameters {
    AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
        key_type: OctetKeyPairType::OctetKeyPair,
        curve: EllipticCurve::Ed25519,
        x: base64url(point),
    })
}

/// The whole key, named by half of its thumbprint (RFC 7638): what has another
/// name is another key, whoever made it. In hexadecimal, because a name that
/// began with a hyphen would be a flag on the command line.
pub(super) fn named(members: AlgorithmParameters, algorithm: Algorithm) -> Result<Jwk, Error> {
    let common = CommonParameters {
        public_key_use: Some(PublicKeyUse::Signature),
        key_algorithm: Some(jsonwebtoken::Algorithm::from(algorithm).into()),
        ..CommonParameters::default()
    };
    let mut jwk = Jwk { common, algorithm: members };
    let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).map_err(Error::server_error)?;
    let thumbprint = from_base64url(&thumbprint).unwrap_or_default();
    let kid = thumbprint.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    jwk.common.key_id = Some(kid);
    Ok(jwk)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 Appendix A.3.
    #[test]
    fn the_name_comes_from_the_thumbprint() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let point = from_base64url(x).unwrap();
        let jwk = named(ed25519(&point), Algorithm::EdDSA).unwrap();
        assert_eq!(jwk.common.key_id.as_deref(), Some("90facafea9b1556698540f70c0117a22"));
    }
}
