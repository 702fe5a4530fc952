//! Signing keys over time and across servers.

use std::time::Duration;

use porteiro::clock::{Clock, Timestamp};
use porteiro::error::Error;
use porteiro::key_rotation::{KeyRotation, Policy};
use porteiro::oauth::Algorithm::{self, ES256, RS256};
use porteiro::random::Random;
use porteiro::secret::Secret;
use porteiro::store::Store;

use crate::support::Database;

const DAY: Duration = Duration::from_secs(86_400);
const MINUTE: Duration = Duration::from_secs(60);

fn policy() -> Policy {
    Policy {
        rotate_every: DAY * 90,
        publish_ahead: MINUTE * 10,
        master_key: None,
        old_master_key: None,
        access_lifetime: MINUTE * 15,
    }
}

async fn opened(store: &Store, policy: Policy, clock: &Clock) -> Result<KeyRotation, Error> {
    KeyRotation::open(store.clone(), policy, clock.clone(), Random::System).await
}

fn noon() -> Clock {
    Clock::fixed(Timestamp(1_700_000_000_000))
}

fn signing(rotation: &KeyRotation, algorithm: Algorithm, clock: &Clock) -> String {
    let now = clock.now();
    rotation.keys().current().signing(algorithm, now).unwrap().kid().to_owned()
}

fn published(rotation: &KeyRotation, clock: &Clock) -> usize {
    rotation.keys().current().jwks(clock.now())["keys"].as_array().unwrap().len()
}

contract! {
    /// SECURITY-CASES X-19.
    async fn servers_that_start_together_make_one_key_for_each_algorithm(database: Database) {
        let store = &database.store;
        let clock = noon();
        let (a, b, c) = tokio::join!(
            opened(store, policy(), &clock),
            opened(store, policy(), &clock),
            opened(store, policy(), &clock)
        );
        let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
        assert_eq!(store.signing_keys().await.unwrap().len(), Algorithm::ALL.len());
        for algorithm in Algorithm::ALL {
            assert_eq!(signing(&a, algorithm, &clock), signing(&b, algorithm, &clock));
            assert_eq!(signing(&a, algorithm, &clock), signing(&c, algorithm, &clock));
        }
    }

    /// SECURITY-CASES 242.
    async fn a_key_is_published_before_it_signs_and_stays_until_its_last_token_has_expired(database: Database) {
        let store = &database.store;
        let clock = noon();
        let rotation = opened(store, policy(), &clock).await.unwrap();
        let first = signing(&rotation, RS256, &clock);

        clock.advance(DAY * 90 - MINUTE * 10);
        rotation.maintain().await.unwrap();
        assert_eq!((signing(&rotation, RS256, &clock), published(&rotation, &clock)), (first.clone(), 6));
        rotation.maintain().await.unwrap();
        assert_eq!(published(&rotation, &clock), 6, "one successor is enough");

        clock.advance(MINUTE * 10);
        rotation.maintain().await.unwrap();
        assert_ne!(signing(&rotation, RS256, &clock), first);
        assert_eq!(published(&rotation, &clock), 6);
        let stored = store.signing_keys().await.unwrap();
        let old = stored.iter().find(|key| key.kid == first).unwrap();
        assert!(old.private_key.reveal().is_empty(), "a private key that signs no more is kept");

        clock.advance(MINUTE * 16);
        rotation.maintain().await.unwrap();
        assert_eq!(published(&rotation, &clock), 3);
        assert_eq!(store.signing_keys().await.unwrap().len(), 3);
    }

    async fn an_urgent_rotation_signs_within_two_seconds_everywhere(database: Database) {
        let store = &database.store;
        let clock = noon();
        let here = opened(store, policy(), &clock).await.unwrap();
        let there = opened(store, policy(), &clock).await.unwrap();
        let first = signing(&there, ES256, &clock);

        here.rotate(true, "test").await.unwrap();
        there.refresh().await.unwrap();
        assert_eq!((signing(&there, ES256, &clock), published(&there, &clock)), (first.clone(), 6));
        clock.advance(Duration::from_secs(2));
        assert_ne!(signing(&there, ES256, &clock), first);
        assert_eq!(signing(&there, ES256, &clock), signing(&here, ES256, &clock));
    }

    async fn a_retired_key_is_followed_by_a_new_one_even_when_it_never_signed(database: Database) {
        let store = &database.store;
        let clock = noon();
        let rotation = opened(store, policy(), &clock).await.unwrap();
        let first = signing(&rotation, ES256, &clock);
        rotation.rotate(false, "test").await.unwrap();
        let current = rotation.keys().current();
        let coming = current.keys().iter().find(|key| key.algorithm == ES256 && key.kid != first).unwrap();

        assert!(rotation.retire(&coming.kid, "test").await.unwrap());
        assert!(!rotation.retire("unknown", "test").await.unwrap());
        clock.advance(MINUTE * 11);
        let signs = signing(&rotation, ES256, &clock);
        assert!(signs != first && signs != coming.kid);
    }

    async fn a_new_master_key_seals_what_lay_open_and_is_needed_from_then_on(database: Database) {
        let store = &database.store;
        let clock = noon();
        let kid = signing(&opened(store, policy(), &clock).await.unwrap(), ES256, &clock);
        assert!(store.signing_keys().await.unwrap().iter().all(|key| !key.sealed));

        let sealed = |key| Policy { master_key: Some(Secret::new(key)), ..policy() };
        opened(store, sealed("one"), &clock).await.unwrap();
        assert!(store.signing_keys().await.unwrap().iter().all(|key| key.sealed));

        assert_eq!(signing(&opened(store, sealed("one"), &clock).await.unwrap(), ES256, &clock), kid);
        assert!(opened(store, sealed("two"), &clock).await.is_err());
        assert!(opened(store, policy(), &clock).await.is_err());
    }

    async fn a_changed_master_key_opens_with_the_old_one_once_and_seals_anew(database: Database) {
        let store = &database.store;
        let clock = noon();
        let sealed = |key, old: Option<&str>| Policy {
            master_key: Some(Secret::new(key)),
            old_master_key: old.map(Secret::new),
            ..policy()
        };
        let kid = signing(&opened(store, sealed("one", None), &clock).await.unwrap(), ES256, &clock);
        let changed = opened(store, sealed("two", Some("one")), &clock).await.unwrap();
        assert_eq!(signing(&changed, ES256, &clock), kid);

        assert_eq!(signing(&opened(store, sealed("two", None), &clock).await.unwrap(), ES256, &clock), kid);
        assert!(opened(store, sealed("one", None), &clock).await.is_err());
    }
}
