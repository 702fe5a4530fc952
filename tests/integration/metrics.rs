//! What is counted, as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use porteiro::oauth::GrantType;
use porteiro::router;

use crate::support::{Call, PASSWORD, TestServer};

/// The name of each series, its kind, and its labels.
type Series = BTreeMap<String, (String, BTreeSet<String>)>;

async fn page(server: &TestServer) -> String {
    let page = Call::new(router::metrics(server.app.clone()), Method::GET, "/metrics").send().await.is_ok();
    page.text().to_owned()
}

/// Everything that has labels is counted once.
async fn do_a_bit_of_everything(server: &TestServer) {
    let client = server
        .machine("reports", |client| {
            client.grant_types = vec![GrantType::ClientCredentials, GrantType::Password]
        })
        .await;
    let token = server.token(&client).await;
    server.get("/oauth2/verify").bearer(&token).send().await.is_ok();
    server.get("/oauth2/verify").send().await;
    server.post("/oauth2/revoke").basic(&client).form(&[("token", token.as_str())]).await.is_ok();
    server.person("alice", |_| {}).await;
    server.exchange(&client, "password", &[("username", "alice"), ("password", PASSWORD)]).await.is_ok();
    while server.post("/oauth2/token").form(&[("client_id", "reports"), ("client_secret", "no")]).await.status
        != 429
    {}
}

fn printed(page: &str) -> Series {
    let mut series = Series::new();
    let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    for (family, kind) in types {
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let of_family = |line: &&str| !line.starts_with('#') && line.starts_with(family);
        let labels =
            page.lines().filter(of_family).filter_map(|line| line.split_once('{')?.1.split_once('}'));
        let names =
            labels.flat_map(|(labels, _)| labels.split("\",").filter_map(|label| label.split_once('=')));
        let names = names.map(|(name, _)| name.to_owned()).filter(|name| name != "le");
        series.insert(format!("{family}{suffix}"), (kind.to_owned(), names.collect()));
    }
    series
}

fn explained(reference: &str) -> Series {
    let rows = reference.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let plain = |cell: &str| {
        cell.split('`').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    cells.map(|cells| (cells[1].replace('`', ""), (cells[2].to_owned(), plain(cells[3])))).collect()
}

contract! {
    /// Counters move with what happened, and nothing about a person or a
    /// client is in them (SECURITY-CASES 270).
    async fn metrics_count_token_requests_and_judgements(server: TestServer) {
        do_a_bit_of_everything(&server).await;
        let page = page(&server).await;
        for line in [
            r#"porteiro_token_requests_total{grant_type="client_credentials",result="issued"} 1"#,
            r#"porteiro_tokens_issued_total{kind="access_token"} 2"#,
            r#"porteiro_signing_duration_seconds_count{alg="RS256"} 2"#,
            r#"porteiro_token_batch_records_count 1"#,
            r#"porteiro_token_commit_duration_seconds_count 1"#,
            r#"porteiro_validations_total{outcome="active"} 1"#,
            r#"porteiro_validations_total{outcome="token_missing"} 1"#,
            r#"porteiro_revocations_total{kind="token"} 1"#,
            r#"porteiro_revocation_lag_seconds_count 1"#,
            r#"porteiro_logins_total{outcome="proven"} 1"#,
            r#"porteiro_rate_limited_total{kind="client_authentication"} 1"#,
            r#"http_route="/oauth2/revoke",http_response_status_code="200"} 1"#,
        ] {
            assert!(page.contains(line), "{line} is not in {page}");
        }
        for name in ["reports", "alice"] {
            assert!(!page.contains(name), "{name}");
        }
        server.get("/metrics").send().await.is_error(404, "invalid_request");
    }

    /// `docs/reference/metrics.md` explains what is printed, and nothing else.
    async fn every_series_is_in_the_reference(server: TestServer) {
        do_a_bit_of_everything(&server).await;
        assert_eq!(explained(include_str!("../../docs/reference/metrics.md")), printed(&page(&server).await));
    }
}
