//! Who is the person: passwords, and what wrong ones lead to.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use porteiro::app::App;
use porteiro::cache::Guesses;
use porteiro::clock::{Clock, Timestamp};
use porteiro::config::{self, Environment, Limits, Mode, Overrides};
use porteiro::context::Context;
use porteiro::login::prove;
use porteiro::random::Random;
use porteiro::secret::Secret;
use porteiro::store::{PasswordHash, Profile, Session, User};
use sqlx::types::Json;
use uuid::Uuid;

use crate::support::Database;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const MINUTE: Duration = Duration::from_secs(60);

async fn app_on(database: &Database) -> App {
    let cheap =
        [("PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB", "64"), ("PORTEIRO_PASSWORDS__ARGON2_ITERATIONS", "1")];
    let variables = cheap.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let environment = Environment { variables, files: Vec::new() };
    let config = config::load(&Overrides::default(), &environment, Mode::Admin).unwrap().config;
    let clock = Clock::fixed(Timestamp(1_700_000_000_000));
    App::new(config, database.store.clone(), clock, Random::System).await.unwrap()
}

async fn with_alice(database: &Database) -> (App, User) {
    let app = app_on(database).await;
    let hash = app.hasher.hash(&Secret::new("wonderland"), &app.random).await.unwrap();
    let alice = User {
        sub: app.random.uuid_v4().unwrap().to_string(),
        username: "Alice".into(),
        email: Some("alice@example.com".into()),
        email_verified: true,
        password: Some(PasswordHash(hash)),
        profile: Profile::default(),
        groups: Vec::new(),
        roles: Vec::new(),
        admin: false,
        enabled: true,
        created_at: app.now(),
        updated_at: app.now(),
    };
    assert!(app.store.create_user(&alice, "test").await.unwrap());
    (app, alice)
}

fn context(address: IpAddr) -> Context {
    Context { request_id: Uuid::nil(), address }
}

async fn accepts(app: &App, login: &str, password: &str, address: IpAddr) -> bool {
    prove(app, login, &Secret::new(password), &context(address)).await.unwrap().is_some()
}

async fn fail(app: &App, login: &str, times: usize, address: IpAddr) {
    for _ in 0..times {
        assert!(!accepts(app, login, "wrong", address).await);
    }
}

/// A session, as a login from this address leaves it.
async fn logged_in_before(app: &App, user: &User, address: IpAddr) {
    let now = app.now();
    let session = Session {
        id: app.random.uuid_v7(now).unwrap(),
        digest: app.random.bytes::<32>().unwrap().to_vec(),
        sub: user.sub.clone(),
        auth_time: now,
        amr: Json(vec!["pwd".into()]),
        acr: "1".into(),
        user_agent: None,
        address: Some(address.to_string()),
        created_at: now,
        last_seen_at: now,
        expires_at: now + MINUTE * 600,
        revoked_at: None,
    };
    app.store.create_session(&session, "test").await.unwrap();
}

contract! {
    async fn a_person_logs_in_by_name_or_address_in_any_case(database: Database) {
        let (app, alice) = with_alice(&database).await;
        for login in ["alice", "ALICE ", "Alice@Example.com"] {
            let proven = prove(&app, login, &Secret::new("wonderland"), &context(HERE)).await.unwrap();
            assert_eq!(proven.unwrap().sub, alice.sub, "{login}");
        }
        for (login, password) in [("alice", "Wonderland"), ("alice", ""), ("bob", "wonderland"), ("", "x")] {
            assert!(!accepts(&app, login, password, HERE).await, "{login} {password}");
        }
    }

    /// SECURITY-CASES 158 and 160.
    async fn a_person_who_is_disabled_or_has_no_password_cannot_log_in(database: Database) {
        let (app, alice) = with_alice(&database).await;
        let bob = User { sub: "bob".into(), username: "bob".into(), email: None, password: None, ..alice.clone() };
        assert!(app.store.create_user(&bob, "test").await.unwrap());
        assert!(!accepts(&app, "bob", "", HERE).await);
        app.store.disable_user(&alice.sub, app.now(), "test").await.unwrap();
        assert!(!accepts(&app, "alice", "wonderland", HERE).await);
    }

    /// SECURITY-CASES 161: no way of naming the account has a count of its own.
    async fn failures_under_every_spelling_lock_the_account(database: Database) {
        let (app, _) = with_alice(&database).await;
        fail(&app, "alice", 4, HERE).await;
        fail(&app, "ALICE", 3, ELSEWHERE).await;
        fail(&app, "alice@EXAMPLE.com", 3, HERE).await;
        assert!(!accepts(&app, "alice", "wonderland", HERE).await);
        assert!(!accepts(&app, "alice@example.com", "wonderland", ELSEWHERE).await);
    }

    async fn a_right_password_forgets_the_wrong_ones(database: Database) {
        let (app, _) = with_alice(&database).await;
        for _ in 0..3 {
            fail(&app, "alice", 9, HERE).await;
            assert!(accepts(&app, "alice", "wonderland", HERE).await);
        }
    }

    /// SECURITY-CASES 232: guesses sent all at once find the lock as well.
    async fn parallel_guesses_are_all_counted(database: Database) {
        let (app, _) = with_alice(&database).await;
        let guesses = (0..100).map(|_| {
            let app = app.clone();
            tokio::spawn(async move { accepts(&app, "alice", "wrong", HERE).await })
        });
        for guess in guesses.collect::<Vec<_>>() {
            assert!(!guess.await.unwrap());
        }
        assert!(!accepts(&app, "alice", "wonderland", HERE).await);
    }

    /// One password at many names is guessing, too: the address has to wait.
    async fn an_address_that_failed_everywhere_has_to_wait(database: Database) {
        let (app, _) = with_alice(&database).await;
        let limits = Limits { address_failures: 5, ..app.config.limits.clone() };
        let app = app.with(|parts| parts.login_guesses = Guesses::at_logins(&limits));
        for name in ["ann", "ben", "cat", "dan", "eve"] {
            fail(&app, name, 1, HERE).await;
        }
        let refusal = prove(&app, "alice", &Secret::new("wonderland"), &context(HERE)).await.unwrap_err();
        assert_eq!(refusal.status(), 429);
        assert!(accepts(&app, "alice", "wonderland", ELSEWHERE).await);
    }

    /// Logging in is not guessing, however often at the same time.
    async fn parallel_logins_with_the_right_password_all_succeed(database: Database) {
        let (app, _) = with_alice(&database).await;
        let logins = (0..100).map(|_| {
            let app = app.clone();
            tokio::spawn(async move { accepts(&app, "alice", "wonderland", HERE).await })
        });
        for login in logins.collect::<Vec<_>>() {
            assert!(login.await.unwrap());
        }
    }

    /// Pauses grow, and going on guessing does not prolong them.
    async fn a_lock_ends_by_itself_and_comes_back_longer(database: Database) {
        let (app, _) = with_alice(&database).await;
        fail(&app, "alice", 10, HERE).await;
        app.clock.advance(MINUTE - Duration::from_secs(1));
        fail(&app, "alice", 5, HERE).await;
        app.clock.advance(Duration::from_secs(1));
        fail(&app, "alice", 1, HERE).await;
        app.clock.advance(MINUTE);
        assert!(!accepts(&app, "alice", "wonderland", HERE).await);
        app.clock.advance(MINUTE);
        assert!(accepts(&app, "alice", "wonderland", HERE).await);
    }

    /// A stranger must not be able to shut a person out for good.
    async fn a_stranger_cannot_lock_a_person_out_where_they_logged_in_before(database: Database) {
        let (app, alice) = with_alice(&database).await;
        logged_in_before(&app, &alice, HERE).await;
        fail(&app, "alice", 10, ELSEWHERE).await;
        assert!(!accepts(&app, "alice", "wonderland", ELSEWHERE).await);
        assert!(accepts(&app, "alice", "wonderland", HERE).await);
        fail(&app, "alice", 10, HERE).await;
        assert!(!accepts(&app, "alice", "wonderland", HERE).await);
    }

    /// SECURITY-CASES 231: a name that nobody has leaves the same traces.
    async fn failures_of_an_unknown_name_are_counted_too(database: Database) {
        let (app, _) = with_alice(&database).await;
        let counts = async || app.store.purge_login_failures(Timestamp(i64::MAX), 100).await.unwrap();
        fail(&app, "alice", 2, HERE).await;
        assert_eq!(counts().await, 1);
        fail(&app, "ghost", 1, HERE).await;
        fail(&app, "GHOST", 1, ELSEWHERE).await;
        assert_eq!(counts().await, 1);
    }

    /// SECURITY-CASES 162.
    async fn a_huge_password_is_refused_and_not_counted(database: Database) {
        let (app, _) = with_alice(&database).await;
        let huge = Secret::new("x".repeat(1 << 20));
        for _ in 0..20 {
            assert_eq!(prove(&app, "alice", &huge, &context(HERE)).await.unwrap_err().status(), 400);
        }
        assert!(accepts(&app, "alice", "wonderland", HERE).await);
    }

    async fn a_password_hashed_at_other_costs_is_hashed_anew(database: Database) {
        let (app, alice) = with_alice(&database).await;
        let dear = porteiro::password::Hasher::new(128, 1, 1, 1).unwrap();
        let hash = PasswordHash(dear.hash(&Secret::new("wonderland"), &app.random).await.unwrap());
        app.store.set_password(&alice.sub, &hash, app.now(), "test").await.unwrap();
        assert!(accepts(&app, "alice", "wonderland", HERE).await);
        let kept = app.store.user(&alice.sub).await.unwrap().unwrap().password.unwrap();
        assert!(!app.hasher.needs_rehash(&kept.0));
        assert!(accepts(&app, "alice", "wonderland", HERE).await);
    }
}
