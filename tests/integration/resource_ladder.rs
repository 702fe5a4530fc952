//! The ladder of CONTRACT §5, as `/oauth2/verify` climbs it.

use std::time::Duration;

use crate::support::TestServer;

contract! {
    /// SECURITY-CASES 183: each step has its own answer, in this order.
    async fn each_step_has_its_own_answer(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let verify = async |token: &str| server.get("/oauth2/verify").bearer(token).send().await;

        server.get("/oauth2/verify").send().await.is_challenge(None, "token_missing");
        verify("nonsense").await.is_challenge(Some("invalid_token"), "token_malformed");

        let revoked = server.token(&client).await;
        verify(&revoked).await.is_ok();
        server.post("/oauth2/revoke").basic(&client).form(&[("token", &revoked)]).await.is_ok();
        verify(&revoked).await.is_challenge(Some("invalid_token"), "token_revoked");

        let expired = server.token(&client).await;
        server.advance(Duration::from_secs(900));
        verify(&expired).await.is_challenge(Some("invalid_token"), "token_expired");
        verify(&revoked).await.is_challenge(Some("invalid_token"), "token_revoked");
    }
}
