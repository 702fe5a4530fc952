//! What is not offered is refused, and nothing is fetched because a stranger
//! named an address.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::{TestServer, ask};

/// An address, and whether somebody called it.
async fn bait() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("https://{address}"))
}

async fn nobody_called(listener: &TcpListener) {
    let called = timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(called.is_err(), "somebody called: {called:?}");
}

contract! {
    /// SECURITY-CASES 253: CVE-2021-26715.
    async fn a_logo_is_never_fetched_by_the_server(server: TestServer) {
        let (listener, address) = bait().await;
        let logo = format!("{address}/logo.png");
        server.dashboard("app", |client| {
            client.skip_consent = false;
            client.logo_uri = Some(logo.clone());
            client.client_uri = Some(address.clone());
        }).await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[])).await.is_ok();
        browser.submit(&page, &[("decision", "allow")]).await.sent_back();
        nobody_called(&listener).await;
    }

    /// SECURITY-CASES 254: an address is no client because a document lies there.
    async fn a_client_id_that_is_an_address_is_an_unknown_client(server: TestServer) {
        let (listener, address) = bait().await;
        for client_id in [
            format!("{address}/client.json"),
            format!("{address}/client.json#f"),
            format!("https://u@{}/../client.json", &address["https://".len()..]),
            address.replace("https", "http"),
        ] {
            server.get(&ask(&[("client_id", &client_id)])).send().await.is_error_page("unknown_client");
            let form = [("grant_type", "client_credentials"), ("client_id", client_id.as_str())];
            server.post("/oauth2/token").form(&form).await.is_error(401, "invalid_client");
        }
        nobody_called(&listener).await;
        let metadata = server.get("/.well-known/openid-configuration").send().await.json();
        assert_eq!(metadata.get("client_id_metadata_document_supported"), None);
    }

    /// SECURITY-CASES 255 and 256: nobody registers a client from outside.
    async fn clients_are_not_registered_by_strangers(server: TestServer) {
        let metadata = server.get("/.well-known/openid-configuration").send().await.json();
        assert_eq!(metadata.get("registration_endpoint"), None);
        let wanted = json!({
            "client_id": "app", "redirect_uris": ["https://evil.example/cb"],
            "grant_types": ["password", "client_credentials"], "scope": "admin revocations.read",
        });
        for path in ["/register", "/oauth2/register", "/connect/register", "/clients"] {
            for method in [Method::POST, Method::PUT] {
                let answer = server.call(method, path).json(&wanted).await;
                assert_eq!(answer.status, 404, "{answer:?}");
            }
        }
        assert!(server.app.store.clients().await.unwrap().is_empty());
    }
}
