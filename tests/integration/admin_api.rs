//! The administration API at work.

use std::time::Duration;

use porteiro::clock::Clock;
use porteiro::random::Random;
use serde_json::{Value, json};

use crate::support::command::porteiro;
use crate::support::{Database, PASSWORD, Secrets, TestServer};

/// Calls that answer 200 with an object.
async fn done(server: &TestServer, token: &str, call: &str, body: Value) -> Value {
    server.api(token, call, Some(&body)).await.is_ok().json()
}

async fn seen(server: &TestServer, token: &str, path: &str) -> Value {
    server.api(token, &format!("get {path}"), None).await.is_ok().json()
}

/// The names on every page of a list, read two at a time.
async fn paged(server: &TestServer, token: &str, list: &str, member: &str, name: &str) -> Vec<String> {
    let (mut names, mut query) = (Vec::new(), String::from("page_size=2"));
    loop {
        let page = seen(server, token, &format!("{list}{query}")).await;
        let items = page[member].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item[name].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("page_size=2&cursor={cursor}"),
            None => return names,
        }
    }
}

contract! {
    /// RFC 7591 §3.2.1: what was left out is filled in, and the secret is shown once.
    async fn a_client_is_registered_and_works(server: TestServer) {
        let token = server.administration().await;
        let call = server.api(&token, "post /clients", Some(&json!({"client_id": "m1", "scope": "/btb"}))).await;
        assert_eq!(call.status, 201);
        let created = call.json();
        assert_eq!((&created["grant_types"], &created["enabled"]), (&json!(["client_credentials"]), &json!(true)));
        let secret = created["client_secret"].as_str().unwrap().to_owned();
        let machine = crate::support::Credentials { client_id: "m1".into(), client_secret: secret.clone() };
        let issued = server.token(&machine).await;
        server.get("/oauth2/verify").bearer(&issued).send().await.is_ok();
        server.api(&token, "post /clients", Some(&json!({"client_id": "m1"}))).await.is_error(409, "already_exists");

        let rotated = done(&server, &token, "post /clients/m1/rotate-secret", json!({"overlap": 60})).await;
        assert_eq!(rotated["previous_expires_at"], server.app.now().seconds() + 60);
        assert_ne!(rotated["client_secret"], secret);
        let disabled = done(&server, &token, "post /clients/m1/disable", json!({})).await;
        assert_eq!(disabled["enabled"], false);
        server.get("/oauth2/verify").bearer(&issued).send().await.is_challenge(Some("invalid_token"), "token_revoked");
        assert_eq!(done(&server, &token, "post /clients/m1/enable", json!({})).await["enabled"], true);
        assert_eq!(server.api(&token, "delete /clients/m1", None).await.status, 204);
        server.api(&token, "get /clients/m1", None).await.is_error(404, "not_found");
        server.api(&token, "delete /clients/m1", None).await.is_error(404, "not_found");
    }

    /// RFC 7396 for PATCH; PUT begins anew; what was read may be sent back.
    async fn a_registration_is_changed_or_replaced(server: TestServer) {
        let token = server.administration().await;
        let new = json!({"client_id": "web", "client_name": "Web", "redirect_uris": ["https://rp.test/cb"],
            "access_token_lifetime": 120, "token_endpoint_auth_method": "client_secret_post"});
        assert_eq!(server.api(&token, "post /clients", Some(&new)).await.status, 201);
        let before = seen(&server, &token, "/clients/web").await;
        assert_eq!((&before["scope"], &before["auth_method_pinned"]), (&json!("openid profile email"), &json!(true)));
        assert_eq!(done(&server, &token, "put /clients/web", before.clone()).await, before);
        assert_eq!(done(&server, &token, "patch /clients/web", json!({})).await, before);

        let patch = json!({"client_name": null, "redirect_uris": ["https://rp.test/2"], "skip_consent": true});
        let patched = done(&server, &token, "patch /clients/web", patch).await;
        assert_eq!((patched.get("client_name"), &patched["access_token_lifetime"]), (None, &json!(120)));
        assert_eq!(patched["redirect_uris"], json!(["https://rp.test/2"]));
        let put = json!({"redirect_uris": ["https://rp.test/3"]});
        let replaced = done(&server, &token, "put /clients/web", put).await;
        assert_eq!((&replaced["skip_consent"], replaced.get("access_token_lifetime")), (&json!(false), None));
        assert_eq!(replaced["client_id_issued_at"], before["client_id_issued_at"]);
        let public = done(&server, &token, "patch /clients/web", json!({"token_endpoint_auth_method": "none"})).await;
        assert_eq!((&public["require_pkce"], public.get("client_secret")), (&json!(true), None));
        server.api(&token, "post /clients/web/rotate-secret", None).await.is_error(400, "invalid_client_metadata");
    }

    /// A slip is refused, never passed over.
    async fn a_body_that_is_wrong_is_refused_with_its_reason(server: TestServer) {
        let token = server.administration().await;
        server.api(&token, "post /clients", Some(&json!({"client_id": "m1"}))).await;
        let cases = [
            ("post /clients", json!({}), "invalid_request"),
            ("post /clients", json!({"client_id": "x", "redirect_uri": "https://a.test"}), "invalid_request"),
            ("post /clients", json!({"client_id": "x", "enabled": false}), "invalid_request"),
            ("post /clients", json!({"client_id": "x", "redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
            ("post /clients", json!({"client_id": "caf\u{e9}"}), "invalid_client_metadata"),
            ("post /clients", json!({"client_id": "x", "grant_types": ["nosuch"]}), "invalid_client_metadata"),
            ("post /clients", json!({"client_id": "x", "scope": 7}), "invalid_client_metadata"),
            ("post /clients", json!({"client_id": "x", "client_secret": "caf\u{e9}"}), "invalid_client_metadata"),
            ("post /clients", json!({"client_id": "x", "client_secret": 7}), "invalid_request"),
            ("post /clients", json!({"client_id": "x", "jwks": {"keys": ["\0"]}}), "invalid_request"),
            ("patch /clients/m1", json!({"client_id": "m2"}), "invalid_request"),
            ("patch /clients/m1", json!({"enabled": false}), "invalid_request"),
            ("post /users", json!({"username": ""}), "invalid_request"),
            ("post /users", json!({"username": "x", "birthdate": "31.12.1990"}), "invalid_request"),
            ("post /users", json!({"username": "x", "name": "a\nb"}), "invalid_request"),
            ("post /users", json!({"username": "x", "password": ""}), "invalid_request"),
            ("post /users", json!({"username": "x", "sub": "mine"}), "invalid_request"),
            ("post /tokens/revoke", json!({}), "invalid_request"),
            ("post /tokens/revoke", json!({"all": true, "user": "x"}), "invalid_request"),
            ("post /tokens/revoke", json!({"all": true, "issued_before": "soon"}), "invalid_request"),
            ("post /tokens/inspect", json!({"jti": "x"}), "invalid_request"),
            ("post /tokens/inspect", json!({}), "invalid_request"),
        ];
        for (call, body, error) in cases {
            server.api(&token, call, Some(&body)).await.is_error(400, error);
        }
        let post = |content_type: &'static str, body: &'static str| {
            server.post("/api/v1/clients").bearer(&token).body(content_type, body)
        };
        post("application/json", "{").await.is_error(400, "invalid_request");
        post("application/json", "[]").await.is_error(400, "invalid_request");
        post("application/x-www-form-urlencoded", "client_id=x").await.is_error(400, "invalid_request");
        server.api(&token, "delete /clients", None).await.is_error(405, "invalid_request");
        assert_eq!(seen(&server, &token, "/clients").await["clients"].as_array().unwrap().len(), 2);
    }

    /// CONTRACT §1: the API and the command line are two ways to the same.
    async fn the_command_line_shows_the_same(database: Database) {
        let (clock, random) = (Clock::System, Random::System);
        let server = TestServer::over(database.store.clone(), clock, random, &[]).await;
        let token = server.administration().await;
        let new = json!({"client_id": "web", "redirect_uris": ["https://rp.test/cb"]});
        assert_eq!(server.api(&token, "post /clients", Some(&new)).await.status, 201);
        let mut shown = porteiro(&database, &["client", "show", "web"], "").json;
        shown.as_object_mut().unwrap().remove("last_failures");
        assert_eq!(seen(&server, &token, "/clients/web").await, shown);
        let maria = porteiro(&database, &["user", "create", "maria", "--group", "a", "--password-file", "-"], "secret\n");
        assert_eq!(seen(&server, &token, "/users/maria").await, maria.json);
        assert_eq!(seen(&server, &token, "/users").await["users"], porteiro(&database, &["user", "list"], "").json);
        assert_eq!(seen(&server, &token, "/keys").await["keys"], porteiro(&database, &["key", "list"], "").json);
        assert_eq!(seen(&server, &token, "/tokens").await["tokens"], porteiro(&database, &["token", "list"], "").json);
        let lines = seen(&server, &token, "/audit?act=user").await;
        let by = porteiro(&database, &["audit", "search", "--act", "user"], "").json;
        assert_eq!(lines["entries"][0]["time"], by[0]["time"]);
    }

    async fn a_person_is_added_changed_and_removed(server: TestServer) {
        let token = server.administration().await;
        let new = json!({"username": "maria", "email": "maria@example.org", "email_verified": true,
            "phone_number": "+5511987654321", "phone_number_verified": true, "password": PASSWORD});
        let answer = server.api(&token, "post /users", Some(&new)).await;
        assert_eq!((answer.status.as_u16(), answer.text().contains("password")), (201, false));
        let sub = answer.json()["sub"].as_str().unwrap().to_owned();
        server.api(&token, "post /users", Some(&json!({"username": "MARIA"}))).await.is_error(409, "already_exists");
        assert_eq!(seen(&server, &token, &format!("/users/{sub}")).await, seen(&server, &token, "/users/maria%40example.org").await);

        // Who made sure of the old address did not see the new one.
        let changed = done(&server, &token, "patch /users/maria", json!({"email": "m@example.org", "phone_number": "+1"})).await;
        assert_eq!((&changed["email_verified"], changed.get("phone_number_verified")), (&json!(false), None));
        let said = json!({"email": "n@example.org", "email_verified": true, "name": "Maria Silva"});
        assert_eq!(done(&server, &token, "patch /users/maria", said).await["email_verified"], true);
        let before = seen(&server, &token, "/users/maria").await;
        assert_eq!(done(&server, &token, "put /users/maria", before.clone()).await, before);
        let renamed = done(&server, &token, "put /users/maria", json!({"username": "mary"})).await;
        assert_eq!((renamed.get("email"), renamed["sub"].as_str()), (None, Some(sub.as_str())));

        server.browser().sign_in("mary").await;
        let sessions = seen(&server, &token, "/users/mary/sessions").await;
        let sid = sessions["sessions"][0]["sid"].as_str().unwrap();
        server.person("ana", |_| {}).await;
        server.api(&token, &format!("delete /users/ana/sessions/{sid}"), None).await.is_error(404, "not_found");
        assert_eq!(server.api(&token, &format!("delete /users/mary/sessions/{sid}"), None).await.status, 204);
        assert_eq!(seen(&server, &token, "/users/mary/sessions").await["sessions"], json!([]));

        let password = json!({"password": "another one"});
        assert_eq!(server.api(&token, "post /users/mary/set-password", Some(&password)).await.status, 204);
        assert_eq!(done(&server, &token, "post /users/mary/disable", json!({})).await["enabled"], false);
        assert_eq!(done(&server, &token, "post /users/mary/enable", json!({})).await["enabled"], true);
        assert_eq!(server.api(&token, "delete /users/mary", None).await.status, 204);
        server.api(&token, &format!("get /users/{sub}"), None).await.is_error(404, "not_found");
        let mut acts = paged(&server, &token, &format!("/audit?user={sub}&actor=client:ops&"), "entries", "act").await;
        acts.sort();
        assert_eq!(acts, ["session.end", "user.create", "user.delete", "user.disable", "user.enable", "user.password",
            "user.update", "user.update", "user.update", "user.update"]);
    }

    /// "Why was this refused?", by token, id and request.
    async fn it_is_told_why_something_was_refused(server: TestServer) {
        let token = server.administration().await;
        let machine = server.machine("reports", |client| client.scope = "/btb".parse().unwrap()).await;
        let refused = server.token(&machine).await;
        let records = seen(&server, &token, "/tokens?client_id=reports").await;
        let jti = records["tokens"][0]["jti"].as_str().unwrap();
        assert_eq!(done(&server, &token, "post /tokens/inspect", json!({"token": refused})).await["verdict"], "active");
        let revoked = done(&server, &token, "post /tokens/revoke", json!({"jti": jti})).await;
        assert_eq!(revoked, json!({"kind": "token", "subject": jti, "revoked": true}));
        let answer = server.get("/oauth2/verify").bearer(&refused).send().await
            .is_challenge(Some("invalid_token"), "token_revoked");
        server.app.refusals.flush().await;
        let request_id = answer.header("x-request-id");
        for question in [json!({"token": refused}), json!({"jti": jti})] {
            let verdict = done(&server, &token, "post /tokens/inspect", question).await;
            assert_eq!(verdict["verdict"], "token_revoked");
            let last = verdict["checks"].as_array().unwrap().last().unwrap();
            assert!(last["finding"].as_str().unwrap().contains("by client:ops (token: administration API)"), "{last}");
        }
        let verdict = done(&server, &token, "post /tokens/inspect", json!({"request_id": request_id})).await;
        assert_eq!((&verdict["audit"][0]["act"], &verdict["tokens"][0]["verdict"]), (&json!("token.use"), &json!("token_revoked")));
        let unknown = json!({"request_id": uuid::Uuid::max()});
        server.api(&token, "post /tokens/inspect", Some(&unknown)).await.is_error(404, "not_found");
    }

    async fn everything_of_somebody_is_taken_back(server: TestServer) {
        let token = server.administration().await;
        let machine = server.machine("reports", |client| client.scope = "/btb".parse().unwrap()).await;
        let old = server.token(&machine).await;
        server.advance(Duration::from_secs(60));
        let between = server.app.now().rfc3339();
        let new = server.token(&machine).await;
        let some = json!({"client_id": "reports", "issued_before": between});
        assert_eq!(done(&server, &token, "post /tokens/revoke", some).await["revoked"], true);
        server.get("/oauth2/verify").bearer(&old).send().await.is_challenge(Some("invalid_token"), "token_revoked");
        server.get("/oauth2/verify").bearer(&new).send().await.is_ok();
        done(&server, &token, "post /tokens/revoke", json!({"all": true})).await;
        for dead in [&new, &token] {
            server.get("/oauth2/verify").bearer(dead).send().await.is_challenge(Some("invalid_token"), "token_revoked");
        }
    }

    /// SECURITY-CASES 264: pages join without a gap, and a cursor is of its list.
    async fn pages_join_without_a_gap(server: TestServer) {
        let token = server.administration().await;
        for name in ["a", "b", "c", "d"] {
            server.machine(&format!("m-{name}"), |_| {}).await;
            server.person(&format!("p-{name}"), |_| {}).await;
            server.advance(Duration::from_millis(5));
        }
        assert_eq!(paged(&server, &token, "/clients?", "clients", "client_id").await, ["m-a", "m-b", "m-c", "m-d", "ops"]);
        assert_eq!(paged(&server, &token, "/users?", "users", "username").await, ["p-a", "p-b", "p-c", "p-d"]);
        let mut acts = paged(&server, &token, "/audit?act=user&", "entries", "subject").await;
        acts.sort();
        acts.dedup();
        assert_eq!(acts.len(), 4);
        let page = seen(&server, &token, "/clients?page_size=1").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        server.api(&token, &format!("get /users?cursor={cursor}"), None).await.is_error(400, "invalid_request");
        let forged = format!("{}{}", &cursor[..cursor.len() - 1], if cursor.ends_with('A') { 'B' } else { 'A' });
        server.api(&token, &format!("get /clients?cursor={forged}"), None).await.is_error(400, "invalid_request");
    }

    /// SECURITY-CASES 265: nothing that was made or chosen is read back.
    async fn no_secret_is_read_back(server: TestServer) {
        let token = server.administration().await;
        let mut secrets = Secrets::default();
        let created = server.api(&token, "post /clients", Some(&json!({"client_id": "m1"}))).await.json();
        secrets.add("generated secret", created["client_secret"].as_str().unwrap());
        let chosen = json!({"client_id": "m2", "client_secret": "chosen by somebody"});
        assert_eq!(server.api(&token, "post /clients", Some(&chosen)).await.json().get("client_secret"), None);
        secrets.add("chosen secret", "chosen by somebody");
        let person = json!({"username": "maria", "password": PASSWORD});
        server.api(&token, "post /users", Some(&person)).await;
        secrets.add("password", PASSWORD);
        for path in ["/clients", "/clients/m1", "/clients/m2", "/clients/m1/failures", "/users", "/users/maria",
            "/users/maria/sessions", "/tokens", "/keys", "/audit"]
        {
            let answer = server.api(&token, &format!("get {path}"), None).await.is_ok();
            assert_eq!(secrets.found_in(&answer.body), Vec::<&str>::new(), "{path}");
            for member in ["client_secret\"", "password\"", "\"phc", "\"d\":", "argon2"] {
                assert!(!answer.text().contains(member), "{path}: {member}");
            }
        }
    }

    /// Rotating publishes; urgent keys sign within two seconds.
    async fn keys_are_replaced(server: TestServer) {
        let token = server.administration().await;
        let before = seen(&server, &token, "/keys").await["keys"].as_array().unwrap().len();
        let keys = done(&server, &token, "post /keys/rotate", json!({"now": true})).await;
        assert_eq!(keys["keys"].as_array().unwrap().len(), before + 3);
        server.advance(Duration::from_secs(2));
        let keys = seen(&server, &token, "/keys").await;
        let signing = keys["keys"].as_array().unwrap().iter().filter(|key| key["status"] == "signing").count();
        assert_eq!((signing, &keys["keys"][0]["status"]), (3, &json!("signing")));
    }
}
