//! `porteiro key` as a script calls it, while a server runs.

use std::time::Duration;

use porteiro::clock::Clock;
use porteiro::key_rotation::{KeyRotation, Policy};
use porteiro::oauth::Algorithm;
use porteiro::random::Random;
use serde_json::Value;

use crate::support::Database;
use crate::support::command::porteiro;

async fn running(database: &Database) -> KeyRotation {
    let policy = Policy {
        rotate_every: Duration::from_secs(86_400),
        publish_ahead: Duration::from_secs(600),
        master_key: None,
        access_lifetime: Duration::from_secs(900),
    };
    KeyRotation::open(database.store.clone(), policy, Clock::System, Random::System).await.unwrap()
}

fn with_status(list: &Value, status: &str) -> Vec<String> {
    let keys = list.as_array().unwrap().iter().filter(|key| key["status"] == status);
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

contract! {
    /// SECURITY-CASES 265: nothing private is ever shown.
    async fn a_rotation_is_seen_by_a_running_server(database: Database) {
        let server = running(&database).await;
        let before = porteiro(&database, &["key", "list"], "");
        assert_eq!(with_status(&before.json, "signing").len(), Algorithm::ALL.len());
        assert!(before.json[0].get("private_key").is_none());

        let rotated = porteiro(&database, &["key", "rotate"], "");
        assert_eq!(rotated.code, Some(0), "{}", rotated.stderr);
        let coming = with_status(&rotated.json, "published");
        assert_eq!(coming.len(), Algorithm::ALL.len());
        server.refresh().await.unwrap();
        let jwks = server.keys().current().jwks(Clock::System.now());
        for kid in &coming {
            assert!(jwks["keys"].as_array().unwrap().iter().any(|jwk| jwk["kid"] == *kid));
        }
    }

    async fn a_retired_key_signs_no_more_within_two_seconds(database: Database) {
        let server = running(&database).await;
        let signing = |at| server.keys().current().signing(Algorithm::ES256, at).unwrap().kid().to_owned();
        let kid = signing(Clock::System.now());
        let retired = porteiro(&database, &["key", "retire", &kid], "");
        assert_eq!(retired.code, Some(0), "{}", retired.stderr);
        server.refresh().await.unwrap();
        assert_ne!(signing(Clock::System.now() + Duration::from_secs(2)), kid);
        assert_eq!(porteiro(&database, &["key", "retire", "nosuch"], "").code, Some(3));
    }
}
