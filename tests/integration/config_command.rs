//! `porteiro config` as a script calls it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Runs the program where nothing is configured but what is given.
fn porteiro(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::TempDir::new().unwrap();
    Command::new(env!("CARGO_BIN_EXE_porteiro"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn show_prints_an_object_keyed_by_section_then_key() {
    let variables = [("DATABASE_URL", "postgres://ana:s3cret@db.example/p"), ("PORTEIRO_PROFILE", "strict")];
    let output = porteiro(&["config", "show", "--json"], &variables);
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["issuer"], Value::Null);
    assert_eq!(shown["profile"], "strict");
    assert_eq!(shown["database"]["url"], "postgres://ana:***@db.example/p");
    assert_eq!(shown["database"]["max_connections"], 16);
    assert_eq!(shown["tokens"]["access_lifetime"], "15m");
    assert_eq!(shown["compat"], json!({ "query_grant_type": true, "implicit": false }));
    assert_eq!(shown["server"]["trusted_proxies"], json!([]));
}

#[test]
fn show_tells_where_each_value_comes_from() {
    let output = porteiro(&["config", "show", "--listen", "127.0.0.1:1"], &[]);
    let line = stdout(&output).lines().find(|line| line.contains("server.listen")).unwrap();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["server.listen", "127.0.0.1:1", "flag", "--listen"]
    );
}

#[test]
fn an_invalid_configuration_is_one_line_and_exit_code_6() {
    let output = porteiro(&["config", "check"], &[("PORTEIRO_ISSUER", "http://login.example.com")]);
    assert_eq!(output.status.code(), Some(6));
    assert_eq!((stdout(&output), stderr(&output).lines().count()), ("", 1));
}

#[test]
fn a_weak_configuration_fails_only_a_strict_check() {
    let variables = [("PORTEIRO_ISSUER", "https://login.example.com")];
    let relaxed = porteiro(&["config", "check"], &variables);
    let strict = porteiro(&["config", "check", "--strict"], &variables);
    assert_eq!((relaxed.status.code(), strict.status.code()), (Some(0), Some(6)));
    assert!(stdout(&strict).starts_with("weak: compat.query_grant_type"));
    let careful = [variables[0], ("PORTEIRO_PROFILE", "strict")];
    assert_eq!(porteiro(&["config", "check", "--strict"], &careful).status.code(), Some(0));
}

/// SECURITY-CASES 269: each is one clear line, and nothing is served.
#[test]
fn serve_refuses_what_is_unsafe() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec![String::from("id.example")]).unwrap();
    let certificate = file("tls.crt", &cert.pem(), 0o644);
    let key = file("tls.key", &signing_key.serialize_pem(), 0o644);
    let master = file("master", "0123456789abcdef0123456789abcdef", 0o644);
    let https = ("PORTEIRO_ISSUER", "https://id.example");
    let cases: [(&[(&str, &str)], &str); 3] = [
        (&[("PORTEIRO_ISSUER", "http://id.example")], "issuer must be https://"),
        (
            &[https, ("PORTEIRO_SERVER__TLS_CERT", &certificate), ("PORTEIRO_SERVER__TLS_KEY", &key)],
            "is readable by every user, run: chmod o-rwx",
        ),
        (&[https, ("PORTEIRO_KEYS__MASTER_KEY_FILE", &master)], "readable by every user, run: chmod o-rwx"),
    ];
    for (variables, expected) in cases {
        let refused = porteiro(&["serve", "--listen", "127.0.0.1:0"], variables);
        assert_eq!(refused.status.code(), Some(6), "{expected}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
        assert_eq!(stderr(&refused).lines().count(), 1, "{}", stderr(&refused));
    }
}
