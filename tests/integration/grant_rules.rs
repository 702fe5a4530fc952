//! Every rule for every grant: SECURITY-CASES, other kinds of test. A row is a
//! test, the columns are the program's own list of grants, and a row that says
//! nothing of a new grant does not compile.

mod attempt;

use std::time::Duration;

use porteiro::oauth::GrantType;
use porteiro::secret::Secret;
use porteiro::store::{NewRevocation, PasswordHash, RevocationKind};

use crate::support::TestServer;
use attempt::Attempt;

use GrantType::{AuthorizationCode, ClientCredentials, Implicit, Password, RefreshToken};

/// Brings each grant to where tokens would be next, breaks the rule, and looks
/// what a server that remembers nothing says.
async fn row(
    server: &TestServer,
    settings: &[(&str, &str)],
    breaks: impl AsyncFn(&mut Attempt),
    expected: fn(GrantType) -> &'static str,
) {
    let settings = [&[("COMPAT__IMPLICIT", "true")], settings].concat();
    for grant in GrantType::ALL {
        let mut attempt = Attempt::begin(server, grant).await;
        breaks(&mut attempt).await;
        let later = server.replica(&settings).await;
        assert_eq!(attempt.verdict(&later).await, expected(grant), "{grant}");
    }
}

async fn unbroken(_: &mut Attempt) {}

contract! {
    async fn with_no_rule_broken_there_are_tokens(server: TestServer) {
        row(&server, &[], unbroken, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken | Implicit => "tokens",
        }).await;
    }

    /// SECURITY-CASES 116.
    async fn a_disabled_client_gets_nothing(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            server.app.store.disable_client(&attempt.client.client_id, "test", server.app.now()).await.unwrap();
        };
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken => "401 invalid_client",
            Implicit => "page client_disabled",
        }).await;
    }

    async fn a_deleted_client_gets_nothing(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            server.app.store.delete_client(&attempt.client.client_id, "test", server.app.now()).await.unwrap();
        };
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken => "401 invalid_client",
            Implicit => "page unknown_client",
        }).await;
    }

    /// SECURITY-CASES 106, 112 and 150.
    async fn a_wrong_secret_gets_nothing(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| attempt.client.client_secret.push('x');
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken => "401 invalid_client",
            // Nobody authenticates there (RFC 6749 §4.2).
            Implicit => "tokens",
        }).await;
    }

    /// SECURITY-CASES 33, 88, 137, 156 and 157.
    async fn a_grant_that_is_not_registered_gets_nothing(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            let mut client = server.app.store.client(&attempt.client.client_id).await.unwrap().unwrap();
            client.grant_types = GrantType::ALL.into_iter().filter(|grant| *grant != attempt.grant).collect();
            assert!(server.app.store.update_client(&client, server.app.now(), "test").await.unwrap());
        };
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken => "400 unauthorized_client",
            Implicit => "sent back unauthorized_client",
        }).await;
    }

    /// SECURITY-CASES 136, 155, 158 and 266.
    async fn a_disabled_person_gets_nothing(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            assert!(server.app.store.disable_user(&attempt.person.sub, server.app.now(), "test").await.unwrap());
        };
        row(&server, &[], breaks, without_the_person).await;
    }

    /// SECURITY-CASES 136.
    async fn a_deleted_person_gets_nothing(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            assert!(server.app.store.delete_user(&attempt.person.sub, server.app.now(), "test").await.unwrap());
        };
        row(&server, &[], breaks, without_the_person).await;
    }

    /// SECURITY-CASES 155.
    async fn a_changed_password_ends_what_the_old_one_opened(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            let hash = server.app.hasher.hash(&Secret::new("another"), &server.app.random).await.unwrap();
            let sub = &attempt.person.sub;
            assert!(server.app.store.set_password(sub, &PasswordHash(hash), server.app.now(), "test").await.unwrap());
        };
        row(&server, &[], breaks, without_the_person).await;
    }

    /// SECURITY-CASES 136 and 158. A stranger's guesses end no login that was
    /// there before.
    async fn guessing_ends_the_login_of_this_moment(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| attempt.is_guessed_at(&server).await;
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | Password => "400 invalid_grant",
            ClientCredentials | RefreshToken | Implicit => "tokens",
        }).await;
    }

    async fn a_session_that_ended_takes_its_grants_along(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| {
            for session in server.app.store.sessions_of(&attempt.person.sub, server.app.now()).await.unwrap() {
                let id = session.id.to_string();
                let revocation = NewRevocation::new(RevocationKind::Session, id, server.app.now());
                server.app.revocations.revoke(&revocation).await.unwrap();
            }
        };
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | RefreshToken => "400 invalid_grant",
            ClientCredentials | Password => "tokens",
            Implicit => "page of /login",
        }).await;
    }

    async fn what_was_granted_before_everything_was_revoked_is_gone(server: TestServer) {
        let breaks = async |_: &mut Attempt| {
            let revocation = NewRevocation::new(RevocationKind::All, "", server.app.now());
            server.app.revocations.revoke(&revocation).await.unwrap();
            server.advance(Duration::from_millis(1));
        };
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | RefreshToken => "400 invalid_grant",
            ClientCredentials | Password => "tokens",
            // The login ended with everything else.
            Implicit => "page of /login",
        }).await;
    }

    /// SECURITY-CASES 39, 146 and 164. A code's scope was decided before, and
    /// its request has none (RFC 6749 §4.1.3).
    async fn a_scope_that_is_not_assigned_is_refused(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| attempt.also_asks("scope", "openid nosuch");
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode => "tokens",
            ClientCredentials | Password | RefreshToken => "400 invalid_scope",
            Implicit => "sent back invalid_scope",
        }).await;
    }

    /// RFC 8707 §2.
    async fn an_audience_that_is_not_the_clients_is_refused(server: TestServer) {
        let breaks = async |attempt: &mut Attempt| attempt.also_asks("resource", "https://foreign.example");
        row(&server, &[], breaks, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken => "400 invalid_target",
            Implicit => "sent back invalid_target",
        }).await;
    }

    /// SECURITY-CASES 65 and 157: these codes have no challenge.
    async fn the_strict_profile_refuses_what_is_out_of_favour(server: TestServer) {
        row(&server, &[("PROFILE", "strict")], unbroken, |grant| match grant {
            AuthorizationCode => "400 invalid_grant",
            ClientCredentials | RefreshToken => "tokens",
            Password => "400 unauthorized_client",
            Implicit => "sent back unsupported_response_type",
        }).await;
    }

    /// CONTRACT §2: every route lives under the issuer's path, and tokens name
    /// the whole issuer.
    async fn an_issuer_may_have_a_path(server: TestServer) {
        row(&server, &[("ISSUER", "https://id.example.org/sso")], unbroken, |grant| match grant {
            AuthorizationCode | ClientCredentials | Password | RefreshToken | Implicit => "tokens",
        }).await;
    }

    /// CONTRACT §6: an outage is nobody's fault and never a success.
    async fn without_the_store_there_is_an_outage(server: TestServer) {
        let mut attempts = Vec::new();
        for grant in GrantType::ALL {
            attempts.push(Attempt::begin(&server, grant).await);
        }
        let later = server.replica(&[("COMPAT__IMPLICIT", "true")]).await;
        server.app.store.close().await;
        for attempt in attempts {
            let expected = match attempt.grant {
                AuthorizationCode | ClientCredentials | Password | RefreshToken => "503 temporarily_unavailable",
                Implicit => "page temporarily_unavailable",
            };
            assert_eq!(attempt.verdict(&later).await, expected, "{}", attempt.grant);
        }
    }
}

fn without_the_person(grant: GrantType) -> &'static str {
    match grant {
        AuthorizationCode | Password | RefreshToken => "400 invalid_grant",
        ClientCredentials => "tokens",
        Implicit => "page of /login",
    }
}
