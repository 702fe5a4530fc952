//! Clients and their secrets in the store.

use std::time::{Duration, Instant};

use porteiro::clock::Timestamp;
use porteiro::oauth::{Algorithm, AuthMethod, GrantType, Scope};
use porteiro::store::{Client, ClientSecret, Profile, RevocationKind, SecretHash, User};
use uuid::Uuid;

use crate::support::Database;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn dashboard() -> Client {
    Client {
        client_name: Some("Painel d'água".into()),
        token_endpoint_auth_method: AuthMethod::ClientSecretPost,
        auth_method_pinned: true,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec!["https://rp.test/cb".into()],
        scope: Scope::parse("openid /btb").unwrap(),
        access_token_lifetime: Some(Duration::from_secs(120)),
        access_token_signed_response_alg: Algorithm::ES256,
        jwks: Some(serde_json::json!({"keys": []})),
        ..Client::new("dashboard", NOW)
    }
}

fn secret(number: u8, created_at: Timestamp) -> ClientSecret {
    ClientSecret {
        id: Uuid::from_bytes([number; 16]),
        client_id: "dashboard".into(),
        hash: SecretHash::Sha256(vec![number; 32]),
        created_at,
        expires_at: None,
    }
}

contract! {
    async fn a_client_reads_back_as_it_was_written(database: Database) {
        let client = dashboard();
        assert!(database.store.create_client(&client, None, "test").await.unwrap());
        assert_eq!(database.store.client("dashboard").await.unwrap(), Some(client.clone()));
        assert_eq!(database.store.clients().await.unwrap(), [client]);
        assert_eq!(database.store.client("Dashboard").await.unwrap(), None);
    }

    async fn an_id_is_given_once(database: Database) {
        assert!(database.store.create_client(&dashboard(), Some(&secret(1, NOW)), "test").await.unwrap());
        let second = Client { client_name: None, ..dashboard() };
        assert!(!database.store.create_client(&second, Some(&secret(2, NOW)), "test").await.unwrap());
        assert_eq!(database.store.client("dashboard").await.unwrap(), Some(dashboard()));
        assert_eq!(database.store.client_secrets("dashboard", NOW).await.unwrap(), [secret(1, NOW)]);
    }

    /// RFC 9068 §5: no client is taken for a person.
    async fn an_id_is_not_the_sub_of_a_user(database: Database) {
        let user = User {
            sub: "dashboard".into(),
            username: "ana".into(),
            email: None,
            email_verified: false,
            password: None,
            profile: Profile::default(),
            groups: Vec::new(),
            roles: Vec::new(),
            admin: false,
            enabled: true,
            created_at: NOW,
            updated_at: NOW,
        };
        database.store.create_user(&user, "test").await.unwrap();
        assert!(!database.store.create_client(&dashboard(), None, "test").await.unwrap());
        assert_eq!(database.store.client("dashboard").await.unwrap(), None);
    }

    /// An update changes the metadata and nothing else: a client that somebody
    /// disabled meanwhile stays disabled.
    async fn an_update_does_not_enable(database: Database) {
        let later = NOW + Duration::from_secs(1);
        assert!(!database.store.update_client(&dashboard(), later, "test").await.unwrap());
        database.store.create_client(&dashboard(), None, "test").await.unwrap();
        assert!(database.store.disable_client("dashboard", "test", NOW).await.unwrap());
        let changed = Client { scope: Scope::default(), ..dashboard() };
        assert!(database.store.update_client(&changed, later, "test").await.unwrap());
        let expected = Client { enabled: false, updated_at: later, ..changed };
        assert_eq!(database.store.client("dashboard").await.unwrap(), Some(expected));
        assert!(database.store.enable_client("dashboard", "test", later).await.unwrap());
        assert!(database.store.client("dashboard").await.unwrap().unwrap().enabled);
    }

    /// What is handed out until every server has heard that a client was shut
    /// out is dead: letting it in again waits for that.
    async fn a_client_that_was_shut_out_a_moment_ago_is_let_in_a_moment_later(database: Database) {
        let store = &database.store;
        store.create_client(&dashboard(), None, "test").await.unwrap();
        store.disable_client("dashboard", "test", NOW).await.unwrap();
        let mark = store.revocations_after(0, 1).await.unwrap()[0].issued_before;
        let begun = Instant::now();
        assert!(store.enable_client("dashboard", "test", NOW + Duration::from_millis(800)).await.unwrap());
        assert!(NOW + Duration::from_millis(800) + begun.elapsed() > mark, "{:?}", begun.elapsed());
        store.delete_client("dashboard", "test", NOW + Duration::from_secs(9)).await.unwrap();
        let begun = Instant::now();
        assert!(store.create_client(&dashboard(), None, "test").await.unwrap());
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }

    /// CONTRACT §1, `rotate-secret`; SECURITY-CASES 118.
    async fn an_old_secret_counts_until_the_overlap_ends(database: Database) {
        let ends = NOW + Duration::from_secs(3600);
        database.store.create_client(&dashboard(), Some(&secret(1, NOW)), "test").await.unwrap();
        database.store.rotate_client_secret(&secret(2, NOW), ends, "test").await.unwrap();
        let old = ClientSecret { expires_at: Some(ends), ..secret(1, NOW) };
        let just_before = Timestamp(ends.0 - 1);
        let during = database.store.client_secrets("dashboard", just_before).await.unwrap();
        assert_eq!(during, [secret(2, NOW), old]);
        let after = database.store.client_secrets("dashboard", ends).await.unwrap();
        assert_eq!(after, [secret(2, NOW)]);
    }

    async fn without_an_overlap_every_old_secret_ends_at_once(database: Database) {
        let ends = NOW + Duration::from_secs(3600);
        let later = NOW + Duration::from_secs(60);
        database.store.create_client(&dashboard(), Some(&secret(1, NOW)), "test").await.unwrap();
        database.store.rotate_client_secret(&secret(2, NOW), ends, "test").await.unwrap();
        database.store.rotate_client_secret(&secret(3, later), later, "test").await.unwrap();
        let counting = database.store.client_secrets("dashboard", later).await.unwrap();
        assert_eq!(counting, [secret(3, later)]);
    }

    /// SECURITY-CASES 116: shut out, and what it holds is taken back.
    async fn disabling_or_deleting_a_client_is_a_revocation(database: Database) {
        database.store.create_client(&dashboard(), Some(&secret(1, NOW)), "test").await.unwrap();
        assert!(database.store.disable_client("dashboard", "test", NOW).await.unwrap());
        assert!(database.store.delete_client("dashboard", "test", NOW).await.unwrap());
        assert!(!database.store.disable_client("dashboard", "test", NOW).await.unwrap());
        assert!(!database.store.delete_client("dashboard", "test", NOW).await.unwrap());
        assert_eq!(database.store.client("dashboard").await.unwrap(), None);
        assert!(database.store.client_secrets("dashboard", NOW).await.unwrap().is_empty());
        let log = database.store.revocations_after(0, 10).await.unwrap();
        let reached: Vec<_> = log.iter().map(|one| (one.kind, one.subject.as_str())).collect();
        assert_eq!(reached, [(RevocationKind::Client, "dashboard"); 2]);
    }
}
