//! What is invalid or unsafe, and the line that says so.

use super::Sources;
use crate::config::{Mode, key};

#[test]
fn an_unknown_key_suggests_the_nearest_one() {
    let table = [
        ("isuer = \"x\"", "porteiro.toml:1: unknown key isuer, did you mean issuer?"),
        (
            "[tokens]\nacces_lifetime = \"1s\"",
            ":2: unknown key tokens.acces_lifetime, did you mean tokens.access_lifetime?",
        ),
        ("\n[token]\n", ":2: unknown section token, did you mean tokens?"),
        ("[server.listen]\nx = 1", ":1: server.listen cannot be a TOML table"),
        ("max_connections = 3", ":1: unknown key max_connections, did you mean database.max_connections?"),
    ];
    for (text, line) in table {
        let refusal = Sources::default().file(text).refusal();
        assert!(refusal.ends_with(line), "{refusal}");
    }
    let table = [
        ("PORTEIRO_ISUER", "PORTEIRO_ISSUER"),
        ("PORTEIRO_LISTEN", "PORTEIRO_SERVER__LISTEN"),
        ("PORTEIRO_DATABASE_URL", "PORTEIRO_DATABASE__URL"),
        ("PORTEIRO_DATABASE_URL_FILE", "PORTEIRO_DATABASE__URL"),
        ("PORTEIRO_MASTER_KEY", "PORTEIRO_KEYS__MASTER_KEY"),
        ("PORTEIRO_TOKENS__ACCES_LIFETIME", "PORTEIRO_TOKENS__ACCESS_LIFETIME"),
    ];
    for (name, nearest) in table {
        let refusal = Sources::with(&[(name, "x")]).refusal();
        assert_eq!(refusal, format!("unknown environment variable {name}, did you mean {nearest}?"));
    }
}

#[test]
fn a_refusal_names_the_key_its_origin_and_the_cure() {
    let table = [
        ("TOKENS__ACCESS_LIFETIME", "900", "write a duration such as 60s, 15m or 30d"),
        ("TOKENS__ACCESS_LIFETIME", "0s", "choose between 1s and 30days"),
        ("TOKENS__CODE_LIFETIME", "11m", "choose between 1s and 10m"),
        ("TOKENS__REFRESH_RETRY_WINDOW", "1h", "choose between 0s and 5m"),
        ("KEYS__ROTATE_EVERY", "10m", "must be longer than keys.publish_ahead"),
        ("KEYS__MASTER_KEY", "short", "is shorter than 16 characters"),
        ("KEYS__MASTER_KEY", "", "is shorter than 16 characters"),
        ("SERVER__LISTEN", "localhost", "write an IP address and a port"),
        ("SERVER__TRUSTED_PROXIES", "10.0.0.0/33", "write addresses or networks"),
        ("SERVER__TLS_CERT", "/x.crt", "needs server.tls_key beside it"),
        ("SERVER__TLS_KEY", "/x.key", "needs server.tls_cert beside it"),
        ("DATABASE__URL", "mysql://ana:s3cret@h/p", "must begin with sqlite: or postgres://"),
        ("DATABASE__URL", "postgres://ana:s3cret@h:99999/p", "is not a valid database URL"),
        ("DATABASE__URL", "sqlite::memory:", "must name a file"),
        ("DATABASE__MAX_CONNECTIONS", "0", "write a whole number between 1 and 10000"),
        ("PASSWORDS__ARGON2_MEMORY_KIB", "7", "write a whole number between 8 and 4194304"),
        ("PASSWORDS__ARGON2_ITERATIONS", "0", "write a whole number between 1 and 100"),
        ("SESSIONS__IDLE_LIFETIME", "31d", "is longer than sessions.absolute_lifetime"),
        ("COMPAT__IMPLICIT", "yes", "write true or false"),
        ("LOG__FORMAT", "xml", "write auto, json or pretty"),
        ("LOG__LEVEL", "porteiro=loud", "write error, warn, info, debug or trace"),
        ("BRANDING__ACCENT", "teal", "#rrggbb"),
        ("BRANDING__NAME", "", "must have a value"),
        ("PROFILE", "paranoid", "write default or strict"),
    ];
    for (name, value, cure) in table {
        let name = format!("PORTEIRO_{name}");
        let refusal = Sources::with(&[(&name, value)]).refusal();
        let key = key::KEYS.iter().find(|key| key.environment_name() == name).unwrap().name;
        assert!(refusal.starts_with(key) && refusal.contains(cure), "{refusal}");
        assert!(refusal.contains(&format!("(environment {name})")), "{refusal}");
        assert!(!refusal.contains("s3cret") && !refusal.contains("short)"), "{refusal}");
    }
}

#[test]
fn a_variable_and_its_file_are_not_both_accepted() {
    let sources = Sources::with(&[("PORTEIRO_ISSUER", "https://a.example")]);
    let refusal = sources.variable_file("PORTEIRO_ISSUER_FILE", "https://b.example", 0o644).refusal();
    assert_eq!(refusal, "PORTEIRO_ISSUER and PORTEIRO_ISSUER_FILE are both set, keep one of them");
}

#[test]
fn a_file_that_somebody_named_must_exist() {
    let mut sources = Sources::with(&[("PORTEIRO_CONFIG", "/nowhere/a.toml")]);
    assert!(sources.refusal().starts_with("cannot read /nowhere/a.toml named by PORTEIRO_CONFIG"));
    sources.overrides.config = Some("/nowhere/b.toml".into());
    assert!(sources.refusal().starts_with("cannot read /nowhere/b.toml named by --config"));
    let sources = Sources::with(&[("PORTEIRO_ISSUER_FILE", "/nowhere/c")]);
    assert!(sources.refusal().starts_with("cannot read /nowhere/c named by PORTEIRO_ISSUER_FILE"));
}

#[test]
fn broken_toml_is_refused_with_its_line_but_without_its_text() {
    let refusal = Sources::default().file("[keys]\nmaster_key = \"0123456789abcdef\n").refusal();
    assert!(refusal.contains("porteiro.toml:") && !refusal.contains("0123456789"), "{refusal}");
}

/// SECURITY-CASES 269.
#[test]
fn an_issuer_without_tls_is_refused_unless_on_loopback() {
    let load = |issuer| Sources::with(&[("PORTEIRO_ISSUER", issuer)]).load(Mode::Serve);
    assert!(load("http://127.0.0.1:8080").is_ok());
    assert_eq!(
        load("http://login.example.com").unwrap_err().to_string(),
        "issuer must be https://; http:// is accepted on localhost only (environment PORTEIRO_ISSUER)"
    );
}

/// SECURITY-CASES 269.
#[test]
fn a_master_key_that_every_user_can_read_is_refused() {
    let name = "PORTEIRO_KEYS__MASTER_KEY_FILE";
    let refusal = Sources::default().variable_file(name, "0123456789abcdef", 0o644).refusal();
    assert!(refusal.contains("readable by every user, run: chmod o-rwx "), "{refusal}");
}

/// What a server with native TLS says to this key and the mode of its file.
fn tls_refusal(key: &str, mode: u32) -> String {
    let mut sources = Sources::with(&[("PORTEIRO_ISSUER", "https://id.example")]);
    let files = [("CERT", "tls.crt", CERTIFICATE, 0o644), ("KEY", "tls.key", key, mode)];
    for (name, file, text, mode) in files {
        let path = sources.written(file, text, mode).display().to_string();
        sources.environment.variables.insert(format!("PORTEIRO_SERVER__TLS_{name}"), path);
    }
    assert!(sources.load(Mode::Admin).is_ok(), "only a server reads these files");
    sources.load(Mode::Serve).err().map(|refusal| refusal.to_string()).unwrap_or_default()
}

/// SECURITY-CASES 269.
#[test]
fn a_tls_key_is_private_strong_and_that_of_the_certificate() {
    assert_eq!(tls_refusal(KEY, 0o640), "");
    assert!(tls_refusal(KEY, 0o644).contains("is readable by every user"));
    assert!(tls_refusal(RSA_1024, 0o600).contains("is weak or unknown, use RSA of 2048 bits or more"));
    assert!(tls_refusal(OTHER_KEY, 0o600).contains("does not fit the certificate"));
    assert!(tls_refusal(CERTIFICATE, 0o600).contains("is not PEM of the right kind"));
}

/// For id.example, P-256, of no use anywhere.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUKZRfHL7vkMZLgXqF7tBNIC3xKswwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKaWQuZXhhbXBsZTAgFw0yNjExMjQwMDE5MDFaGA8yMTI2MTAz
MTAwMTkwMVowFTETMBEGA1UEAwwKaWQuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABPZ8ejs/LNe+5TlkD0iwoSLNyjriHFa8FqneKo17lgK+En5TMKxG
lcca+jG/S3yMRjg/ZaAUuS5LnTYPD/rYMXyjUzBRMB0GA1UdDgQWBBR7HpaC9ujn
qDfWCbC7I+3yDEQBXzAfBgNVHSMEGDAWgBR7HpaC9ujnqDfWCbC7I+3yDEQBXzAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCXHtksdBYKVS0N6n44
pygNE0dv1J+MtVa4v3GQlcAXvAIgAiBE0kwK79QdhD2Owa7w5QpznAXLE4uhPRUF
56D0cLg=
-----END CERTIFICATE-----
";

/// The key of [`CERTIFICATE`].
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzu00MTTE3iZt/5QK
QtzNo4IdmUtVg0kjz5+YuIY8U9WhRANCAAT2fHo7PyzXvuU5ZA9IsKEizco64hxW
vBap3iqNe5YCvhJ+UzCsRpXHGvoxv0t8jEY4P2WgFLkuS502Dw/62DF8
-----END PRIVATE KEY-----
";

/// A good key of another certificate.
const OTHER_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDYdNhzFoNX2f9AG2
EGn/AiNRQp077WPCyhaTaaHHBl6hRANCAAREGMBhR93EPOgPjuDFC8ROzoYDg5Ge
MBi/Xa1X979wZr7hH6vM2rpJE2rl1zNo7eyDpdmhFgQfykn9qmOw3Udc
-----END PRIVATE KEY-----
";

/// Too short to protect anything.
const RSA_1024: &str = "\
-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBANpeGFuC5R+bf7vp
Yn20F2vu0EFuCJ4ptgAKa13rQ7s1lXrf6lFc/TNJ4mRZdzTOsKWNoqEzPylv8YXS
+IOk0roU4HnBD6y73Jj+HPWMTnsIFdcezaCOcBdFPMo/LhzWsN8pe86Kcx9SBFkQ
W3A4hNYeZsU6sQ/mYzgKSS04fgXZAgMBAAECgYEAhzOVPyunM0+y4aTZv1y+16vw
M2KuYUcQEaxh16+vqvy9RWvYB3JcruHDE0C1ZvPGOWqdU9OH+t79mk8KYW+urDUW
u7j1Sudq5Ar/cQPa4tViXHGDM5i2JIYIImvggZrPvKZq8RUG55vf01TbTRm2rIe3
6xiSF+doLsq5++8puYECQQDy/IjrEfWdi2Kpc0ar0K7yhXzUDyaxj6H+qWr60L5f
t2cqf3FJEjIE3cf3CfnmFdz3LBJM7oualw/2CAxgCEfxAkEA5hAF3AJ/lqgAjBjN
pnsXtVtYe2nyjE5o5XaoNIrPRHzemSRt9jg8ewoeRVt38X2tkA6DDZMrzZENeyFY
gkTEaQJAa9rQY5dLMK0IFDMI8YblwNyjtfUrtbENtN46kC5L8myULHb5L/gVn7dZ
5TvWYtzdghFb5i4UZYAcI5ca9x114QJAIQ+oZ+eMAlB+U6O02fnSfGN2IbYl/ve9
p0wX/AT+qC7xpjxP+RQ3zM61bu4oHHIdIRiUyLyfjNkNgOZX29CaEQJBAKy0cbMR
mVbvxEb/WoY4B/mfFy4iKwKqD4Q07uPh4fOhb20stE43mmNQUFiWr2wOpk9zq4CT
0RFpIkgX/r45LYk=
-----END PRIVATE KEY-----
";
