//! `porteiro client` as a script calls it.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use porteiro::clock::Timestamp;
use porteiro::secret::sha256;
use porteiro::store::{ClientSecret, SecretHash};
use serde_json::{Value, json};

use crate::support::Database;

/// Runs the command and hands it `input` on its standard input.
fn client(database: &Database, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_porteiro"))
        .arg("client")
        .args(arguments)
        .args(["--issuer", "https://login.example.com", "--database-url", &database.url])
        .env_clear()
        .env("PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB", "64")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn run(database: &Database, arguments: &[&str], input: &str) -> (Option<i32>, Value) {
    let output = client(database, &[arguments, &["--json"]].concat(), input);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

fn done(database: &Database, arguments: &[&str]) -> Value {
    let (code, shown) = run(database, arguments, "");
    assert_eq!(code, Some(0), "{arguments:?}");
    shown
}

async fn secrets(database: &Database, id: &str) -> Vec<ClientSecret> {
    database.store.client_secrets(id, Timestamp(i64::MAX - 1)).await.unwrap()
}

contract! {
    /// RFC 7591 §3.2.1; SECURITY-CASES 103 and 261.
    async fn a_generated_secret_is_shown_once_and_kept_as_a_digest(database: Database) {
        let created = done(&database, &["create", "m1", "--scope", "/btb", "--access-token-lifetime", "120s"]);
        assert_eq!(created["grant_types"], json!(["client_credentials"]));
        assert_eq!(created["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!((&created["scope"], &created["access_token_lifetime"]), (&json!("/btb"), &json!(120)));
        let secret = created["client_secret"].as_str().unwrap();
        assert!(secret.len() >= 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        let kept = SecretHash::Sha256(sha256(secret.as_bytes()).to_vec());
        assert!(secrets(&database, "m1").await.iter().all(|one| one.hash == kept));
        assert_eq!(done(&database, &["show", "m1"]).get("client_secret"), None);
        assert_eq!(done(&database, &["list"])[0].get("client_secret"), None);
    }

    async fn a_chosen_secret_is_read_from_standard_input_and_not_shown(database: Database) {
        let arguments = ["create", "web", "--redirect-uri", "https://rp.test/cb", "--secret-file", "-"];
        let (code, created) = run(&database, &arguments, "correct horse\n");
        assert_eq!((code, created.get("client_secret")), (Some(0), None));
        assert_eq!(created["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(created["response_types"], json!(["code"]));
        let kept = secrets(&database, "web").await;
        assert!(matches!(&kept[..], [ClientSecret { hash: SecretHash::Argon2(phc), .. }]
            if phc.starts_with("$argon2id$")));
    }

    /// CONTRACT §1: 3 not found, 4 exists, 2 usage, 1 failed.
    async fn exit_codes_tell_what_happened(database: Database) {
        done(&database, &["create", "m1"]);
        let cases: [(&[&str], i32); 14] = [
            (&["create", "m1"], 4),
            (&["update", "m1"], 2),
            (&["update", "m1", "--access-token-lifetime", "soon"], 2),
            (&["show", "nosuch"], 3),
            (&["update", "nosuch", "--name", "x"], 3),
            (&["delete", "nosuch"], 3),
            (&["enable", "nosuch"], 3),
            (&["disable", "nosuch"], 3),
            (&["rotate-secret", "nosuch"], 3),
            (&["create", "x", "--grant", "nosuch"], 2),
            (&["create", "x", "--preset", "nosuch", "--url", "https://a.test"], 2),
            (&["create", "x", "--public", "--auth-method", "client_secret_post"], 2),
            (&["create", "x", "--redirect-uri", "JaVaScript:alert(1)"], 1),
            (&["create", "x", "--public"], 1),
        ];
        for (arguments, expected) in cases {
            assert_eq!(run(&database, arguments, "").0, Some(expected), "{arguments:?}");
        }
    }

    /// SECURITY-CASES 64: PKCE cannot be waived for a public client.
    async fn a_public_client_has_no_secret_and_needs_pkce(database: Database) {
        let created = done(
            &database,
            &["create", "spa", "--public", "--no-require-pkce", "--redirect-uri", "https://spa.test/cb"],
        );
        assert_eq!(created["token_endpoint_auth_method"], "none");
        assert_eq!((&created["require_pkce"], created.get("client_secret")), (&json!(true), None));
        assert!(secrets(&database, "spa").await.is_empty());
        assert_eq!(run(&database, &["rotate-secret", "spa"], "").0, Some(1));
    }

    async fn an_update_replaces_whole_lists_and_leaves_the_rest(database: Database) {
        let two = ["--redirect-uri", "https://rp.test/1", "--redirect-uri", "https://rp.test/2"];
        done(&database, &[&["create", "web", "--name", "Web", "--scope", "openid"], &two[..]].concat());
        let updated = done(&database, &["update", "web", "--redirect-uri", "https://rp.test/3", "--skip-consent"]);
        assert_eq!(updated["redirect_uris"], json!(["https://rp.test/3"]));
        assert_eq!((&updated["client_name"], &updated["skip_consent"]), (&json!("Web"), &json!(true)));
        let updated = done(&database, &["update", "web", "--name", "", "--skip-consent=false"]);
        assert_eq!((updated.get("client_name"), &updated["skip_consent"]), (None, &json!(false)));
        assert_eq!(updated["scope"], "openid");
    }

    async fn a_client_that_gets_a_method_with_a_secret_gets_a_secret(database: Database) {
        done(&database, &["create", "app", "--public", "--redirect-uri", "https://rp.test/cb"]);
        let updated = done(&database, &["update", "app", "--auth-method", "client_secret_post"]);
        assert!(updated["client_secret"].is_string());
        assert_eq!(done(&database, &["update", "app", "--name", "App"]).get("client_secret"), None);
    }

    /// SECURITY-CASES 118.
    async fn a_rotated_secret_ends_at_once_or_after_the_overlap(database: Database) {
        done(&database, &["create", "m1"]);
        done(&database, &["rotate-secret", "m1", "--overlap", "24h"]);
        let now = porteiro::clock::Clock::System.now();
        assert_eq!(database.store.client_secrets("m1", now).await.unwrap().len(), 2);
        let rotated = done(&database, &["rotate-secret", "m1"]);
        let now = porteiro::clock::Clock::System.now();
        let counting = database.store.client_secrets("m1", now).await.unwrap();
        let newest = sha256(rotated["client_secret"].as_str().unwrap().as_bytes()).to_vec();
        assert!(matches!(&counting[..], [only] if only.hash == SecretHash::Sha256(newest)));
    }

    async fn a_disabled_client_can_be_enabled_and_a_deleted_one_is_gone(database: Database) {
        done(&database, &["create", "m1"]);
        assert_eq!(done(&database, &["disable", "m1"])["enabled"], false);
        assert_eq!(done(&database, &["enable", "m1"])["enabled"], true);
        done(&database, &["delete", "m1"]);
        assert_eq!(done(&database, &["list"]), json!([]));
    }

    /// Claim rules are read from a file, judged when they are saved, and shown.
    async fn claim_rules_are_judged_and_shown(database: Database) {
        let create = ["create", "minio", "--redirect-uri", "https://s3.test/cb", "--claim-mapping-file", "-"];
        let rule = json!([{"claim": "policy", "from": "groups", "keep": ["minio-*"]}]).to_string();
        assert_eq!(run(&database, &create, &rule).0, Some(0));
        let expected = json!([
            {"claim": "policy", "from": "groups", "keep": ["minio-*"], "in": ["id_token", "userinfo"]},
        ]);
        assert_eq!(done(&database, &["show", "minio"])["claim_mapping"], expected);

        let update = ["update", "minio", "--claim-mapping-file", "-"];
        for wrong in [r#"[{"claim":"sub","value":"root"}]"#, r#"[{"claim":"x","form":"name"}]"#, "{"] {
            assert_ne!(run(&database, &update, wrong).0, Some(0), "{wrong}");
        }
        assert_eq!(done(&database, &["show", "minio"])["claim_mapping"], expected);
        assert_eq!(run(&database, &update, "[]").0, Some(0));
        assert_eq!(done(&database, &["show", "minio"]).get("claim_mapping"), None);
    }

    /// CONTRACT §1, Presets: the client and the configuration of the other side.
    async fn a_preset_fills_in_its_snippet(database: Database) {
        let arguments = ["create", "g", "--preset", "grafana", "--url", "https://grafana.example.com"];
        let created = done(&database, &[&arguments[..], &["--name", "Charts"]].concat());
        let redirect = "https://grafana.example.com/login/generic_oauth";
        assert_eq!((&created["client_name"], &created["redirect_uris"]), (&json!("Charts"), &json!([redirect])));
        let snippet = created["snippet"].as_str().unwrap();
        let secret = created["client_secret"].as_str().unwrap();
        for line in [
            "client_id = g".to_owned(),
            format!("client_secret = {secret}"),
            "token_url = https://login.example.com/oauth2/token".to_owned(),
        ] {
            assert!(snippet.lines().any(|one| one == line), "{line}\n{snippet}");
        }
        let text = client(&database, &["presets"], "");
        assert!(String::from_utf8(text.stdout).unwrap().contains("mod-auth-openidc"));
    }

    async fn every_preset_can_be_created(database: Database) {
        for preset in done(&database, &["presets"]).as_array().unwrap() {
            let name = preset["name"].as_str().unwrap();
            let url = "http://localhost:9000/app";
            let created = done(&database, &["create", name, "--preset", name, "--url", url]);
            assert!(created["snippet"].as_str().is_some_and(|snippet| !snippet.is_empty()), "{name}");
        }
    }
}
