//! Proof Key for Code Exchange: RFC 7636, S256 only (RFC 9700 §2.1.1).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::secret;

/// SHA-256 of a verifier in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// What a client promised to prove when it redeems the code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method` of an authorization
    /// request. Without a method the RFC means `plain`, which is refused.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, Error> {
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Error::invalid_request("code_challenge is missing")),
            (Some(challenge), Some("S256")) if is_digest(challenge) => Ok(Some(Self(challenge.to_owned()))),
            (Some(_), Some("S256")) => {
                Err(Error::invalid_request("code_challenge is not a SHA-256 digest in base64url"))
            }
            (Some(_), _) => Err(Error::invalid_request("code_challenge_method must be S256")),
        }
    }

    /// The challenge as the store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_of(&self, verifier: &str) -> bool {
        let digest = secret::base64url(&secret::sha256(verifier.as_bytes()));
        secret::same(digest.as_bytes(), self.0.as_bytes())
    }
}

/// A challenge as it was stored with the code.
impl TryFrom<String> for CodeChallenge {
    type Error = Error;

    fn try_from(stored: String) -> Result<Self, Error> {
        if is_digest(&stored) {
            Ok(Self(stored))
        } else {
            Err(Error::server_error("a stored code challenge is malformed"))
        }
    }
}

impl fmt::Debug for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Compares what was promised with what is shown (RFC 7636 §4.6). A verifier
/// for a code without a challenge is refused too: somebody may have stripped
/// the challenge on the way (RFC 9700 §4.8.2).
///
/// # Errors
/// `invalid_grant`.
pub fn check(challenge: Option<&CodeChallenge>, verifier: Option<&str>) -> Result<(), Error> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Error::invalid_grant("the code was asked for without a code_challenge")),
        (Some(_), None) => Err(Error::invalid_grant("code_verifier is missing")),
        (Some(challenge), Some(verifier)) if is_verifier(verifier) && challenge.is_of(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(Error::invalid_grant("code_verifier does not match")),
    }
}

fn is_digest(challenge: &str) -> bool {
    challenge.len() == CHALLENGE_LENGTH && secret::from_base64url(challenge).is_some()
}

/// RFC 7636 §4.1.
fn is_verifier(verifier: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7636 App. B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge() -> CodeChallenge {
        CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap().unwrap()
    }

    /// RFC 7636 App. B.
    #[test]
    fn the_verifier_of_the_rfc_answers_its_challenge() {
        assert!(check(Some(&challenge()), Some(VERIFIER)).is_ok());
    }

    #[test]
    fn a_challenge_is_kept_as_it_came_and_does_not_print_itself() {
        assert_eq!(challenge().as_str(), CHALLENGE);
        assert_eq!(format!("{:?}", challenge()), "[redacted]");
    }

    /// SECURITY-CASES 66.
    #[test]
    fn only_s256_is_accepted() {
        let short = &CHALLENGE[1..];
        let padded = format!("{CHALLENGE}=");
        let cases = [
            (Some(VERIFIER), Some("plain")),
            (Some(CHALLENGE), None),
            (Some(CHALLENGE), Some("s256")),
            (None, Some("S256")),
            (Some(short), Some("S256")),
            (Some(padded.as_str()), Some("S256")),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256")),
        ];
        for (challenge, method) in cases {
            assert!(CodeChallenge::parse(challenge, method).is_err(), "{challenge:?} {method:?}");
        }
        assert_eq!(CodeChallenge::parse(None, None).unwrap(), None);
    }

    /// SECURITY-CASES 70, 71 and 74.
    #[test]
    fn a_missing_wrong_or_surplus_verifier_is_refused() {
        let long = "a".repeat(129);
        for verifier in [None, Some(""), Some(&VERIFIER[1..]), Some(CHALLENGE), Some(long.as_str())] {
            assert!(check(Some(&challenge()), verifier).is_err(), "{verifier:?}");
        }
        assert!(check(None, Some(VERIFIER)).is_err());
        assert!(check(None, None).is_ok());
    }

    #[test]
    fn a_verifier_outside_the_grammar_is_refused_even_if_it_hashes_right() {
        for verifier in ["a".repeat(42), "a".repeat(129), format!("{}+", "a".repeat(43))] {
            let digest = secret::base64url(&secret::sha256(verifier.as_bytes()));
            let challenge = CodeChallenge::try_from(digest).unwrap();
            assert!(check(Some(&challenge), Some(&verifier)).is_err(), "{verifier}");
        }
    }

    proptest! {
        #[test]
        fn each_challenge_is_answered_by_its_own_verifier_alone(
            own in "[A-Za-z0-9._~-]{43,128}",
            other in "[A-Za-z0-9._~-]{43,128}",
        ) {
            let digest = secret::base64url(&secret::sha256(own.as_bytes()));
            let challenge = CodeChallenge::try_from(digest).unwrap();
            prop_assert!(check(Some(&challenge), Some(&own)).is_ok());
            prop_assert_eq!(check(Some(&challenge), Some(&other)).is_ok(), own == other);
        }
    }
}
