//! Token Status List (draft-ietf-oauth-status-list-21), as a resource server
//! meets it.

use std::collections::HashSet;
use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::ZlibDecoder;
use porteiro::store::{NewRevocation, RevocationKind};
use serde_json::{Value, json};

use crate::support::{Answer, Credentials, ISSUER, TestServer};

/// A part of a compact JWT.
fn part(jwt: &str, at: usize) -> Value {
    let encoded = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

/// Where the token's bit is: the path of its list and the index.
fn place(token: &str) -> (String, usize) {
    let claim = &part(token, 1)["status"]["status_list"];
    let uri = claim["uri"].as_str().unwrap().strip_prefix(ISSUER).unwrap().to_owned();
    (uri, usize::try_from(claim["idx"].as_u64().unwrap()).unwrap())
}

async fn fetch(server: &TestServer, token: &str) -> Answer {
    server.get(&place(token).0).send().await
}

/// §8.3: the token's bit in the list that its claim names.
async fn is_set(server: &TestServer, token: &str) -> bool {
    let answer = fetch(server, token).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let lst = part(answer.text(), 1)["status_list"]["lst"].as_str().unwrap().to_owned();
    let mut bits = Vec::new();
    let compressed = URL_SAFE_NO_PAD.decode(lst).unwrap();
    ZlibDecoder::new(compressed.as_slice()).read_to_end(&mut bits).unwrap();
    let index = place(token).1;
    (bits[index / 8] >> (index % 8)) & 1 == 1
}

/// Waits until lists given out before are looked at again.
async fn until_set(server: &TestServer, token: &str) {
    for _ in 0..500 {
        if is_set(server, token).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the bit was never set");
}

async fn client(server: &TestServer, id: &str) -> Credentials {
    server.machine(id, |_| {}).await
}

async fn revoke(server: &TestServer, kind: RevocationKind, subject: &str) {
    let new = NewRevocation::new(kind, subject, server.app.now());
    assert!(server.app.store.revoke(&new).await.unwrap());
}

contract! {
    /// §5.1, §8.1, §8.2.
    async fn a_list_is_a_signed_jwt_with_its_own_address(server: TestServer) {
        let token = server.token(&client(&server, "reports").await).await;
        let answer = fetch(&server, &token).await;
        assert_eq!(answer.header("content-type"), "application/statuslist+jwt");
        assert_eq!(answer.header("cache-control"), "public, max-age=5");
        assert_eq!(part(answer.text(), 0)["typ"], "statuslist+jwt");
        let claims = part(answer.text(), 1);
        assert_eq!(claims["sub"], part(&token, 1)["status"]["status_list"]["uri"]);
        assert_eq!((&claims["ttl"], &claims["status_list"]["bits"]), (&json!(5), &json!(1)));
        assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|iat| iat + 300));
        let keys = server.app.keys.current();
        assert!(keys.verify_jwt(answer.text(), server.app.now()).is_ok());

        let known = server.get(&place(&token).0).header("if-none-match", answer.header("etag")).send().await;
        assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
        let listed = server.get("/oauth2/status").send().await.json();
        assert!(listed["status_lists"].as_array().unwrap().contains(&claims["sub"]));
    }

    /// One that does not change is the same for a minute, so that it is signed
    /// once for all who fetch it; then it is a newer one, long before its end.
    async fn a_list_is_signed_anew_after_a_minute(server: TestServer) {
        let token = server.token(&client(&server, "reports").await).await;
        let first = fetch(&server, &token).await;
        server.advance(Duration::from_millis(59_999));
        assert_eq!(fetch(&server, &token).await.text(), first.text());
        server.advance(Duration::from_millis(1));
        let next = fetch(&server, &token).await;
        let iat = |list: &Answer| part(list.text(), 1)["iat"].as_i64().unwrap();
        assert_eq!(iat(&next), iat(&first) + 60);
    }

    /// A list is not an access token, though the same key signs both.
    async fn a_list_is_not_taken_for_a_token(server: TestServer) {
        let token = server.token(&client(&server, "reports").await).await;
        let list = fetch(&server, &token).await.text().to_owned();
        let answer = server.get("/oauth2/verify").bearer(&list).send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error_code"]), (401, &json!("token_malformed")));
    }

    async fn a_revoked_token_has_its_bit_set_on_every_server(server: TestServer) {
        let other = server.replica(&[]).await;
        let reports = client(&server, "reports").await;
        let (kept, revoked) = (server.token(&reports).await, server.token(&reports).await);
        assert!(!is_set(&other, &revoked).await);
        server.post("/oauth2/revoke").basic(&reports).form(&[("token", &revoked)]).await;
        assert!(is_set(&server, &revoked).await);
        until_set(&other, &revoked).await;
        assert!(!is_set(&server, &kept).await && !is_set(&other, &kept).await);
    }

    async fn a_mass_revocation_sets_the_bits_of_all_it_reaches(server: TestServer) {
        let (reports, orders) = (client(&server, "reports").await, client(&server, "orders").await);
        let mut reached = Vec::new();
        for _ in 0..20 {
            reached.push(server.token(&reports).await);
        }
        let spared = server.token(&orders).await;
        assert!(!is_set(&server, &spared).await);
        revoke(&server, RevocationKind::Client, "reports").await;
        until_set(&server, &reached[0]).await;
        for token in &reached {
            assert!(is_set(&server, token).await);
        }
        assert!(!is_set(&server, &spared).await);
        // On a server that has built nothing yet.
        assert!(is_set(&server.replica(&[]).await, &reached[7]).await);
    }

    /// No two tokens share a bit, whichever server minted them, and their
    /// order tells nothing.
    async fn places_are_unique_and_in_no_order(server: TestServer) {
        let other = server.replica(&[]).await;
        let reports = client(&server, "reports").await;
        let mut places = Vec::new();
        for _ in 0..30 {
            places.push(place(&server.token(&reports).await).1);
            places.push(place(&other.token(&reports).await).1);
        }
        assert_eq!(places.iter().collect::<HashSet<_>>().len(), places.len());
        let rising = places.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((5..55).contains(&rising), "{places:?}");
    }

    async fn a_list_goes_when_its_last_token_has_expired(server: TestServer) {
        let token = server.token(&client(&server, "reports").await).await;
        assert_eq!(fetch(&server, &token).await.status, 200);
        server.advance(Duration::from_secs(2 * 3_600));
        porteiro::housekeeping::purge(server.app.clone()).await.unwrap();
        assert_eq!(fetch(&server, &token).await.status, 404);
        assert_eq!(server.get("/oauth2/status").send().await.json(), json!({ "status_lists": [] }));
    }

    async fn what_is_no_list_is_not_found(server: TestServer) {
        for path in ["/oauth2/status/0-0", "/oauth2/status/999999-0", "/oauth2/status/x", "/oauth2/status/1-2-3"] {
            assert_eq!(server.get(path).send().await.status, 404, "{path}");
        }
        let token = server.token(&client(&server, "reports").await).await;
        let past = server.get(&format!("{}?time=1", place(&token).0)).send().await;
        assert_eq!(past.status, 501);
    }
}
