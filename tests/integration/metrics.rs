//! What is counted, as Prometheus reads it.

use axum::http::Method;
use porteiro::router;

use crate::support::{Call, TestServer};

contract! {
    /// Counters move with what happened, and nothing about a person or a
    /// client is in them (SECURITY-CASES 270).
    async fn metrics_count_token_requests_and_judgements(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        server.get("/oauth2/verify").bearer(&token).send().await.is_ok();
        server.get("/oauth2/verify").send().await;
        let page = Call::new(router::metrics(server.app.clone()), Method::GET, "/metrics").send().await.is_ok();
        for line in [
            r#"porteiro_token_requests_total{grant_type="client_credentials",result="issued"} 1"#,
            r#"porteiro_validations_total{outcome="active"} 1"#,
            r#"porteiro_validations_total{outcome="token_missing"} 1"#,
            r#"http_route="/oauth2/token",http_response_status_code="200"} 1"#,
        ] {
            assert!(page.text().contains(line), "{line} is not in {}", page.text());
        }
        assert!(!page.text().contains("reports"));
        server.get("/metrics").send().await.is_error(404, "invalid_request");
    }
}
