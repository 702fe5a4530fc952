//! What has ended is deleted, and what has not stays.

use std::time::Duration;

use porteiro::housekeeping::purge;
use porteiro::store::Store;
use sqlx::AssertSqlSafe;

use crate::support::{TestServer, ask};

const DAY: Duration = Duration::from_secs(86_400);

async fn rows(server: &TestServer, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    match &server.app.store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(sql).fetch_one(read).await.unwrap(),
        Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

contract! {
    /// Everything a person leaves behind goes a day after its end.
    async fn what_a_login_left_goes_a_day_after_its_end(server: TestServer) {
        let client = server.dashboard("app", |client| client.refresh_token_lifetime = Some(DAY)).await;
        let browser = server.signed_in("alice").await;
        browser.get(&ask(&[("prompt", "login")])).await;
        browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let form = [("username", "alice"), ("password", "wrong")];
        let tutorial = |client: &mut porteiro::store::Client| {
            client.grant_types = vec![porteiro::oauth::GrantType::Password];
        };
        let tutorial = server.machine("tutorial", tutorial).await;
        server.exchange(&tutorial, "password", &form).await.is_error(400, "invalid_grant");

        let session = server.app.config.sessions.absolute_lifetime;
        for (table, end) in [
            ("login_failure", server.app.config.limits.login_window),
            ("auth_code", Duration::from_secs(60) + DAY),
            ("login_flow", Duration::from_secs(3_600) + DAY),
            ("grant_family", DAY * 2),
            ("session", session + DAY),
        ] {
            let begun = server.app.now();
            let later = begun.since(porteiro::clock::Timestamp(1_800_000_000_000));
            server.advance(end.saturating_sub(later));
            purge(server.app.clone()).await.unwrap();
            assert_eq!(rows(&server, table).await, 1, "{table} went too early");
            server.advance(Duration::from_millis(1));
            purge(server.app.clone()).await.unwrap();
            assert_eq!(rows(&server, table).await, 0, "{table} stays");
        }
    }
}
