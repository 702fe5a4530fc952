//! `porteiro key` as a script calls it, while a server runs.

use std::time::Duration;

use porteiro::clock::{Clock, Timestamp};
use porteiro::key_rotation::{KeyRotation, Policy};
use porteiro::oauth::Algorithm;
use porteiro::random::Random;
use porteiro::store::JwksReader;
use serde_json::Value;

use crate::support::command::porteiro;
use crate::support::{Database, TestServer};

const DAY: Duration = Duration::from_secs(86_400);

async fn running(database: &Database) -> KeyRotation {
    let policy = Policy {
        rotate_every: Duration::from_secs(86_400),
        publish_ahead: Duration::from_secs(600),
        master_key: None,
        old_master_key: None,
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

    async fn nothing_is_said_of_the_seal_of_a_key_whose_private_half_is_gone(database: Database) {
        running(&database).await;
        let signing = with_status(&porteiro(&database, &["key", "list"], "").json, "signing");
        porteiro(&database, &["key", "retire", &signing[0]], "");
        let kept = 2 * i64::try_from(DAY.as_millis()).unwrap();
        database.store.clear_signing_keys(kept, Clock::System.now() + DAY).await.unwrap();

        let listed = porteiro(&database, &["key", "list"], "");
        let keys = listed.json.as_array().unwrap();
        let sealed = |kid: &String| &keys.iter().find(|key| key["kid"] == *kid).unwrap()["sealed"];
        assert_eq!(sealed(&signing[0]), &Value::Null);
        assert_eq!(sealed(&signing[1]), false);
    }

    async fn the_list_shows_who_has_fetched_the_next_key(database: Database) {
        running(&database).await;
        let now = Clock::System.now();
        let reader = |address: &str, fetched_at| JwksReader {
            address: address.into(),
            user_agent: "api/1".into(),
            fetches: 1,
            fetched_at,
        };
        let (before, after) = (now - Duration::from_secs(3600), now + Duration::from_secs(60));
        let readers = [reader("192.0.2.1", before), reader("192.0.2.2", before), reader("192.0.2.3", now - DAY * 2)];
        database.store.note_jwks_readers(&readers).await.unwrap();
        database.store.note_jwks_readers(&[reader("192.0.2.2", after)]).await.unwrap();

        let listed = porteiro(&database, &["key", "list"], "");
        assert_eq!(listed.json[0]["seen_by"], 1);
        assert_eq!(listed.json[0]["not_seen_by"], serde_json::json!(["192.0.2.1 api/1"]));
        assert_eq!(database.store.jwks_readers(Timestamp(0)).await.unwrap()[0].fetches, 2);

        database.store.purge_jwks_readers(now - DAY).await.unwrap();
        assert_eq!(database.store.jwks_readers(Timestamp(0)).await.unwrap().len(), 2);
    }

    async fn who_fetches_the_keys_is_counted(server: TestServer) {
        for _ in 0..3 {
            server.get("/.well-known/jwks.json").header("user-agent", "api/2").send().await.is_ok();
        }
        server.app.jwks_readers.tell(&server.app.store).await.unwrap();
        server.app.jwks_readers.tell(&server.app.store).await.unwrap();
        let readers = server.app.store.jwks_readers(Timestamp(0)).await.unwrap();
        assert_eq!(readers.len(), 1);
        assert_eq!((readers[0].user_agent.as_str(), readers[0].fetches), ("api/2", 3));
    }
}
