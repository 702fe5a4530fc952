//! What a client was refused lately: kept for whoever runs it, within bounds.

use std::time::{Duration, Instant};

use porteiro::clock::{Clock, Timestamp};
use porteiro::housekeeping;
use porteiro::oauth::AuthMethod;
use porteiro::random::Random;
use porteiro::store::ClientFailure;

use crate::support::command::porteiro;
use crate::support::{Answer, Credentials, Database, SITE, Site, TestServer, ask};

/// When the test takes place.
const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// What the store has of a client once everything is written.
async fn kept(server: &TestServer, client_id: &str) -> Vec<ClientFailure> {
    server.app.failures.flush().await.unwrap();
    server.app.store.client_failures(client_id).await.unwrap()
}

/// The last failure, as place, grant, error and sentence.
async fn last(server: &TestServer, client_id: &str) -> [String; 4] {
    let failure = kept(server, client_id).await.remove(0);
    [failure.endpoint, failure.grant_type.unwrap_or_default(), failure.error, failure.error_description]
}

async fn token(server: &TestServer, client: &Credentials, form: &[(&str, &str)]) -> Answer {
    // So that the order is certain.
    server.advance(Duration::from_millis(1));
    server.post("/oauth2/token").basic(client).form(form).await
}

async fn is_refused(server: &TestServer, client: &Credentials) {
    token(server, client, &[("grant_type", "nonsense")]).await.is_error(400, "unsupported_grant_type");
}

contract! {
    /// When, where, what and why; with the id that the client got.
    async fn a_refusal_at_the_token_endpoint_is_told(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let refused = token(&server, &client, &[("grant_type", "authorization_code"), ("code", "x")]).await;
        let failures = kept(&server, "app").await;
        let id = refused.header("x-request-id").parse().unwrap();
        assert_eq!(failures, [ClientFailure {
            client_id: "app".into(),
            request_id: id,
            failed_at: server.app.now(),
            endpoint: "token".into(),
            grant_type: Some("authorization_code".into()),
            error: "invalid_grant".into(),
            error_description: "the authorization code is not known".into(),
            address: "127.0.0.1".into(),
        }]);
        token(&server, &client, &[("grant_type", "client_credentials")]).await;
        assert_eq!(last(&server, "app").await[2], "unauthorized_client");
        token(&server, &client, &[("grant_type", "refresh_token")]).await;
        let sentence = "the parameter refresh_token is missing";
        assert_eq!(last(&server, "app").await, ["token", "refresh_token", "invalid_request", sentence]);
        server.advance(Duration::from_millis(1));
        server.post("/oauth2/token").basic(&client).json(&serde_json::json!({"grant_type": "x"})).await;
        let sentence = "send the body as application/x-www-form-urlencoded";
        assert_eq!(last(&server, "app").await, ["token", "other", "invalid_request", sentence]);
        server.advance(Duration::from_millis(1));
        server.post("/oauth2/token?code=x").basic(&client).form(&[]).await;
        assert!(last(&server, "app").await[3].contains("not in the query"));
    }

    /// RFC 6749 §5.2: the answer is the same for all, the operator learns why.
    async fn why_a_client_was_not_believed_is_told_to_nobody_else(server: TestServer) {
        let client = server.machine("app", |client| {
            client.token_endpoint_auth_method = AuthMethod::ClientSecretPost;
            client.auth_method_pinned = true;
        }).await;
        server.machine("off", |client| client.enabled = false).await;
        let grant = ("grant_type", "client_credentials");
        let wrong = Credentials { client_secret: "guess".into(), ..client.clone() };
        let answers = [
            (token(&server, &wrong, &[grant]).await, "the client secret is wrong, or the client has none"),
            (token(&server, &client, &[grant]).await, "the client may not authenticate in this way"),
            (
                server.post("/oauth2/token").form(&[grant, ("client_id", "app")]).await,
                "the client is confidential and sent no secret or assertion",
            ),
        ];
        let failures = kept(&server, "app").await;
        assert_eq!(failures.len(), 3);
        for (answer, sentence) in answers {
            let id: uuid::Uuid = answer.header("x-request-id").parse().unwrap();
            let failure = failures.iter().find(|failure| failure.request_id == id).unwrap();
            assert_eq!((failure.error.as_str(), failure.error_description.as_str()), ("invalid_client", sentence));
            assert_eq!(answer.json()["error_description"], "client authentication failed");
        }
        server.post("/oauth2/token").form(&[grant, ("client_id", "off")]).await.is_error(401, "invalid_client");
        assert_eq!(last(&server, "off").await[3], "the client is disabled");
        let closed = server.machine("closed", |client| client.enabled = false).await;
        token(&server, &closed, &[grant]).await.is_error(401, "invalid_client");
        assert_eq!(last(&server, "closed").await[3], "the client is disabled");
    }

    /// Pages and redirects alike; of an address only what is no secret.
    async fn a_refusal_at_the_authorization_endpoint_is_told(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let go = async |changes: &[(&str, &str)]| {
            server.advance(Duration::from_millis(1));
            browser.follow(&ask(changes)).await
        };
        go(&[("redirect_uri", "https://rp.test/cb2?code=pac_stolen#x")]).await.is_error_page("redirect_uri_mismatch");
        let sentence = "the redirect_uri is not registered: https://rp.test/cb2";
        assert_eq!(last(&server, "app").await, ["authorize", "", "redirect_uri_mismatch", sentence]);
        go(&[("redirect_uri", "")]).await.is_error_page("redirect_uri_missing");
        assert_eq!(last(&server, "app").await[2..], ["redirect_uri_missing", "redirect_uri is missing"]);
        go(&[("scope", "openid sales")]).await.tells_the_client("invalid_scope");
        assert_eq!(last(&server, "app").await[2], "invalid_scope");
        go(&[("prompt", "none")]).await.tells_the_client("consent_required");
        assert_eq!(last(&server, "app").await[2], "consent_required");
        let consent = go(&[]).await;
        server.advance(Duration::from_millis(1));
        browser.submit(&consent, &[("decision", "deny")]).await.tells_the_client("access_denied");
        assert_eq!(last(&server, "app").await[2..], ["access_denied", "the person did not allow it"]);
        server.app.store.disable_client("app", "test", server.app.now()).await.unwrap();
        let replica = server.replica(&[]).await;
        replica.get(&ask(&[])).send().await.is_error_page("client_disabled");
        replica.app.failures.flush().await.unwrap();
        let failures = server.app.store.client_failures("app").await.unwrap();
        assert!(failures.iter().any(|failure| failure.error == "client_disabled"));
    }

    /// Our own part as a client fails like any other.
    async fn a_refused_login_for_a_protected_host_is_told(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        let login = site.begin("/").await;
        let answer = site.log_in(&login, "alice").await;
        let state = Site::sent(&answer, "state").unwrap();
        site.open(&format!("{SITE}/_porteiro/callback?code=pac_x&state={state}")).await.is_error_page("sign_in_lost");
        let sentence = "the authorization code is not known";
        assert_eq!(last(&server, "site").await, ["protected_host", "", "invalid_grant", sentence]);
    }

    /// What works is not written down, nor what names no client of ours, nor
    /// what is no fault of the client.
    async fn nothing_else_is_kept(server: TestServer) {
        let client = server.machine("app", |_| {}).await;
        server.token(&client).await;
        let nobody = Credentials { client_id: "nobody".into(), client_secret: "x".into() };
        let answer = token(&server, &nobody, &[("grant_type", "client_credentials")]).await;
        answer.is_error(401, "invalid_client");
        server.get("/authorize?client_id=nobody").send().await.is_error_page("unknown_client");
        assert!(kept(&server, "app").await.is_empty());
        assert!(kept(&server, "nobody").await.is_empty());
    }

    /// However many there are, the last twenty stay: of one server's, of all
    /// servers' together, and of each client.
    async fn the_last_twenty_of_each_client_are_kept(server: TestServer) {
        let client = server.machine("app", |_| {}).await;
        let other = server.machine("other", |_| {}).await;
        let replica = server.replica(&[]).await;
        is_refused(&server, &other).await;
        for round in 0..3 {
            for _ in 0..30 {
                is_refused(if round == 1 { &replica } else { &server }, &client).await;
            }
            assert_eq!(kept(if round == 1 { &replica } else { &server }, "app").await.len(), 20, "{round}");
        }
        let failures = kept(&server, "app").await;
        let newest = server.app.now();
        let times: Vec<i64> = failures.iter().map(|failure| newest.0 - failure.failed_at.0).collect();
        assert_eq!(times, (0..20).collect::<Vec<i64>>());
        assert_eq!(kept(&server, "other").await.len(), 1);
    }

    /// One write of a hundred rows or so at a time: the rest waits its turn.
    async fn a_storm_of_refusals_is_written_bit_by_bit(server: TestServer) {
        let mut clients = Vec::new();
        for number in 0..12 {
            clients.push(server.machine(&format!("app{number}"), |_| {}).await);
        }
        for client in &clients {
            for _ in 0..25 {
                is_refused(&server, client).await;
            }
        }
        let written = async || {
            let mut rows = 0;
            for client in &clients {
                rows += server.app.store.client_failures(&client.client_id).await.unwrap().len();
            }
            rows
        };
        for expected in [0, 100, 200, 240, 240] {
            assert_eq!(written().await, expected);
            server.app.failures.flush().await.unwrap();
        }
    }

    /// Addresses are not kept for ever, and nothing outlives its client.
    async fn failures_go_after_a_month_and_with_their_client(server: TestServer) {
        let client = server.machine("app", |_| {}).await;
        is_refused(&server, &client).await;
        assert_eq!(kept(&server, "app").await.len(), 1);
        server.advance(Duration::from_secs(30 * 86_400));
        housekeeping::purge(server.app.clone()).await.unwrap();
        assert_eq!(kept(&server, "app").await.len(), 1);
        server.advance(Duration::from_millis(1));
        housekeeping::purge(server.app.clone()).await.unwrap();
        assert!(kept(&server, "app").await.is_empty());

        is_refused(&server, &client).await;
        assert_eq!(kept(&server, "app").await.len(), 1);
        is_refused(&server, &client).await;
        server.app.store.delete_client("app", "test", server.app.now()).await.unwrap();
        assert!(kept(&server, "app").await.is_empty());
    }

    /// A running server writes them down by itself, soon.
    async fn a_running_server_writes_them_down(server: TestServer) {
        let _tasks = housekeeping::start(&server.app);
        let client = server.machine("app", |_| {}).await;
        is_refused(&server, &client).await;
        let begun = Instant::now();
        while server.app.store.client_failures("app").await.unwrap().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(10), "nothing was written");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `client show` tells; a list of clients does not.
    async fn the_command_shows_them(database: Database) {
        let random = Random::seeded(1);
        let server = TestServer::over(database.store.clone(), Clock::fixed(NOW), random, &[]).await;
        let client = server.dashboard("app", |_| {}).await;
        let shown = porteiro(&database, &["client", "show", "app"], "");
        assert_eq!(shown.json["last_failures"], serde_json::json!([]));
        let refused = token(&server, &client, &[("grant_type", "password")]).await;
        let missed = server.get(&ask(&[("redirect_uri", "https://rp.test/other")])).send().await;
        server.app.failures.flush().await.unwrap();
        let shown = porteiro(&database, &["client", "show", "app"], "");
        let failures = shown.json["last_failures"].as_array().unwrap();
        let of_token = failures.iter().find(|failure| failure["endpoint"] == "token").unwrap();
        assert_eq!(*of_token, serde_json::json!({
            "failed_at": "2027-01-15T08:00:00Z", "endpoint": "token", "grant_type": "password",
            "error": "unauthorized_client", "error_description": "the client is not registered for this grant",
            "address": "127.0.0.1", "request_id": refused.header("x-request-id"),
        }));
        assert_eq!(failures.len(), 2);
        assert!(failures.iter().any(|failure| failure["request_id"] == missed.header("x-request-id")));
        let listed = porteiro(&database, &["client", "list"], "");
        assert!(listed.json[0].get("last_failures").is_none());
    }
}
