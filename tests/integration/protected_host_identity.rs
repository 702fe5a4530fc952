//! What the application behind a protected host learns about its visitor.

use porteiro::oauth::{ClaimRule, Scope};
use serde_json::json;

use crate::support::{Site, TestServer};

contract! {
    /// The granted scopes decide what is told, and the client's rules how.
    async fn the_application_learns_what_the_scopes_say(server: TestServer) {
        let rules = json!([{"claim": "groups", "from": "groups", "keep": ["staff"]}]);
        let rules: Vec<ClaimRule> = serde_json::from_value(rules).unwrap();
        server.protector("mapped", "https://mapped.test", |client| {
            client.scope = Scope::parse("openid groups").unwrap();
            client.claim_mapping = rules;
        }).await;
        let site = server.site().await;
        let person = server.person("alice", |user| {
            user.groups = vec!["staff".into(), "a,admin".into(), "técnica".into()];
        }).await;
        site.enter("alice").await;
        let answer = site.ask("/").await.is_ok();
        let told = |name: &str| answer.header(format!("x-auth-request-{name}")).to_owned();
        assert_eq!(told("user"), person.sub);
        assert_eq!(told("preferred-username"), "alice");
        assert_eq!(told("email"), "alice@example.org");
        assert_eq!(told("groups"), "staff,a%2Cadmin,t%C3%A9cnica");
        assert_eq!((told("client-id").as_str(), told("scope").as_str()), ("site", "openid profile email groups"));
        assert_eq!(answer.header("cache-control"), "no-store");

        let mapped = Site { origin: "https://mapped.test", ..site.elsewhere() };
        mapped.enter("alice").await;
        let answer = mapped.ask("/").await.is_ok();
        assert_eq!(answer.header("x-auth-request-groups"), "staff");
        assert_eq!(answer.header("x-auth-request-email"), "");
    }

    /// A change of the person acts on the next request.
    async fn the_application_learns_who_the_person_is_now(server: TestServer) {
        let site = server.site().await;
        let person = server.person("alice", |_| {}).await;
        site.enter("alice").await;
        let mut changed = (*person).clone();
        changed.groups = vec!["former-staff".into()];
        assert!(server.app.store.update_user(&changed, "test").await.unwrap());
        assert_eq!(site.ask("/").await.header("x-auth-request-groups"), "former-staff");
    }
}
