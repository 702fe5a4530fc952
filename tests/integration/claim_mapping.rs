//! The claims as one client wants them.

use serde_json::json;

use crate::support::{TestServer, claims_of};

contract! {
    /// MinIO reads `policy`, Grafana `login`: each client has its own names,
    /// and learns nothing that the person did not agree to.
    async fn a_client_gets_claims_by_its_rules(server: TestServer) {
        let rules = json!([
            {"claim": "login", "from": "preferred_username", "rename": true},
            {"claim": "role", "from": "groups", "map": [{"when": "staff", "value": "Editor"}]},
            {"claim": "https://api.test/tenant", "value": "t1", "in": ["access_token"]},
            {"claim": "groups", "from": "groups", "keep": ["none-*"], "in": ["access_token"]},
            {"claim": "contact", "from": "email"},
        ]);
        server.person("alice", |_| {}).await;
        let client = server.dashboard("app", |client| {
            client.claim_mapping = serde_json::from_value(rules).unwrap();
        }).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let tokens = browser.tokens(&client, &[("scope", "openid profile groups")]).await;

        let access_token = claims_of(&tokens["access_token"]);
        assert_eq!(access_token["https://api.test/tenant"], "t1");
        assert_eq!((access_token.get("groups"), access_token.get("login")), (None, None));
        let userinfo = server.get("/userinfo").bearer(tokens["access_token"].as_str().unwrap()).send().await;
        for about in [claims_of(&tokens["id_token"]), userinfo.is_ok().json()] {
            assert_eq!((&about["login"], &about["role"]), (&json!("alice"), &json!("Editor")), "{about}");
            assert_eq!(about["groups"], json!(["staff"]));
            for absent in ["preferred_username", "https://api.test/tenant", "contact"] {
                assert_eq!(about.get(absent), None, "{absent}");
            }
        }
    }
}
