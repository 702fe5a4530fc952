//! When a certificate ends: RFC 5280 §4.1.2.5, read from its DER.

use std::time::{Duration, UNIX_EPOCH};

use super::Finding;
use crate::clock::Timestamp;

/// Renewed by machines at a third of its life, a certificate that is this near
/// its end was forgotten.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// Says how long a certificate is good for.
pub fn judge(der: &[u8], whose: &str, now: Timestamp) -> Finding {
    let fix = "renew the certificate, then restart whatever serves it";
    match not_after(der) {
        None => Finding::warning("certificate_unreadable", format!("{whose} is no X.509 certificate"), fix),
        Some(end) if end <= now => {
            Finding::error("certificate_expired", format!("{whose} ended at {}", end.rfc3339()), fix)
        }
        Some(end) if end <= now + SOON => {
            Finding::warning("certificate_expiring", format!("{whose} ends at {}", end.rfc3339()), fix)
        }
        Some(end) => Finding::ok("certificate", format!("{whose} is good until {}", end.rfc3339())),
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (to_be_signed, _) = element(element(certificate, SEQUENCE)?.0, SEQUENCE)?;
    let rest = element(to_be_signed, VERSION).map_or(to_be_signed, |(_, rest)| rest);
    let (_serial, rest) = element(rest, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    let (_issuer, rest) = element(rest, SEQUENCE)?;
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, end) = time(validity)?;
    let (end, _) = time(end)?;
    let since_1970 = humantime::parse_rfc3339(&end).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp(i64::try_from(since_1970.as_millis()).ok()?))
}

/// A time in the form of RFC 3339, and what comes after it.
fn time(der: &[u8]) -> Option<(String, &[u8])> {
    let (century, (text, rest)) = match element(der, UTC_TIME) {
        // Two digits: 50 and above are of the last century.
        Some((text, rest)) => (if text.first()? >= &b'5' { "19" } else { "20" }, (text, rest)),
        None => ("", element(der, GENERALIZED_TIME)?),
    };
    let text = format!("{century}{}", std::str::from_utf8(text).ok()?);
    let part = |from, to| text.get(from..to);
    let (date, clock) =
        ((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?));
    Some((format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, clock.0, clock.1, clock.2), rest))
}

/// The contents of the first element, which must have this tag, and the rest
/// (X.690 §8.1).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = der.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (
                bytes
                    .iter()
                    .try_fold(0usize, |length, byte| length.checked_mul(256)?.checked_add((*byte).into()))?,
                rest,
            )
        }
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn ending(year: i32) -> Vec<u8> {
        let mut parameters = CertificateParams::new(vec!["login.test".into()]).unwrap();
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(year, 3, 1);
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_is_judged_by_its_end() {
        let at = |text| {
            let since_1970 = humantime::parse_rfc3339(text).unwrap().duration_since(UNIX_EPOCH).unwrap();
            Timestamp(since_1970.as_millis() as i64)
        };
        let table = [
            (2031, "2031-02-01T00:00:00Z", "certificate"),
            (2031, "2031-02-20T00:00:00Z", "certificate_expiring"),
            (2031, "2031-03-01T00:00:00Z", "certificate_expired"),
            (2055, "2031-03-01T00:00:00Z", "certificate"),
        ];
        for (year, now, code) in table {
            assert_eq!(judge(&ending(year), "it", at(now)).code, code, "{year} {now}");
        }
        for broken in [&b""[..], b"text", &ending(2031)[..40]] {
            assert_eq!(judge(broken, "it", Timestamp(0)).code, "certificate_unreadable");
        }
    }
}
