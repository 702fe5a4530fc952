//! `porteiro token` as a script calls it.

use porteiro::clock::Clock;
use porteiro::random::Random;
use porteiro::store::TokenFilter;
use serde_json::json;

use crate::support::command::{Ran, porteiro};
use crate::support::{Database, TestServer};

/// A client's token, its record's id, and the server that issued it.
async fn issued(database: &Database) -> (TestServer, String, String) {
    let server = TestServer::over(database.store.clone(), Clock::System, Random::System, &[]).await;
    let client = server.machine("reports", |_| {}).await;
    let token = server.token(&client).await;
    let filter = TokenFilter { limit: 1, ..TokenFilter::default() };
    let jti = database.store.tokens(&filter).await.unwrap()[0].jti.to_string();
    (server, token, jti)
}

fn token(database: &Database, arguments: &[&str], input: &str) -> Ran {
    porteiro(database, &[&["token"], arguments].concat(), input)
}

contract! {
    async fn the_subject_of_a_clients_own_token_is_the_client(database: Database) {
        let (_server, _, jti) = issued(&database).await;
        let listed = token(&database, &["list"], "").json;
        assert_eq!((&listed[0]["jti"], &listed[0]["sub"]), (&json!(jti), &json!("reports")));
        assert_eq!((&listed[0]["client_id"], &listed[0]["status"]), (&json!("reports"), &json!("active")));
    }

    /// Why was this refused? By the id alone, whatever it is the id of.
    async fn an_id_is_looked_for_as_a_token_and_as_a_request(database: Database) {
        let (server, own, jti) = issued(&database).await;
        assert_eq!(token(&database, &["inspect", &jti], "").json["verdict"], "active");
        assert_eq!(token(&database, &["inspect", "--jti", &jti], "").json["verdict"], "active");
        assert_eq!(token(&database, &["revoke", "--jti", &jti], "").code, Some(0));
        server.app.revocations.refresh().await.unwrap();
        let refused = server.get("/oauth2/verify").bearer(&own).send().await;
        server.app.refusals.flush().await;
        let request = refused.header("x-request-id");
        let told = token(&database, &["inspect", request], "");
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert_eq!(told.json["audit"][0]["act"], "token.use");
        assert_eq!(told.json["tokens"][0]["verdict"], "token_revoked");
        let unknown = token(&database, &["inspect", "0199aa2c-6a6f-7bb1-a4a0-6b2c8a2f9f10"], "");
        assert_eq!(unknown.code, Some(3), "{}", unknown.stderr);
    }

    /// Arguments are seen by everybody, and an error would repeat them.
    async fn a_token_is_taken_from_standard_input_and_from_no_argument(database: Database) {
        let (_server, own, _) = issued(&database).await;
        let refused = token(&database, &["inspect", &own], "");
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains("standard input") && !refused.stderr.contains(&own[..20]), "{}", refused.stderr);
        assert_eq!(token(&database, &["inspect"], "garbage").json["verdict"], "token_malformed");
        assert_eq!(token(&database, &["inspect", "-"], "").json["verdict"], "token_missing");
    }

    async fn what_was_issued_before_a_time_is_taken_back(database: Database) {
        let (_server, _, jti) = issued(&database).await;
        let status = || token(&database, &["list", "--jti", &jti], "").json[0]["status"].clone();
        let past = ["revoke", "--client", "reports", "--issued-before", "2020-01-31T12:00:00+03:00"];
        assert_eq!(token(&database, &past, "").json["revoked"], true);
        assert_eq!(status(), "active");
        let future = ["revoke", "--client", "reports", "--issued-before", "2120-01-31T12:00:00Z"];
        assert_eq!(token(&database, &future, "").code, Some(0));
        assert_eq!(status(), "revoked");
        let wrong = token(&database, &["revoke", "--all", "--issued-before", "yesterday"], "");
        assert_eq!(wrong.code, Some(2));
        assert!(wrong.stderr.contains("write a time such as 2026-01-31T12:00:00Z"), "{}", wrong.stderr);
    }

    /// CONTRACT §1: 2 usage, 3 not found.
    async fn what_does_not_exist_cannot_be_taken_back(database: Database) {
        let nobody = "0199aa2c-6a6f-7bb1-a4a0-6b2c8a2f9f10";
        let cases: [(&[&str], i32); 8] = [
            (&["revoke", "--jti", nobody], 3),
            (&["revoke", "--session", nobody], 3),
            (&["revoke", "--user", "nobody"], 3),
            (&["revoke", "--client", "nobody"], 3),
            (&["revoke"], 2),
            (&["revoke", "--all", "--client", "reports"], 2),
            (&["revoke", "--jti", "x"], 2),
            (&["revoke", "--jti", nobody, "--issued-before", "2026-01-31T12:00:00Z"], 2),
        ];
        for (arguments, expected) in cases {
            let ran = token(&database, arguments, "");
            assert_eq!(ran.code, Some(expected), "{arguments:?}: {}", ran.stderr);
            assert!(!ran.stderr.is_empty());
        }
    }
}
