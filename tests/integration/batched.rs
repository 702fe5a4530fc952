//! What is written in one commit for concurrent requests: codes, redemptions and
//! refreshes.

use std::time::Duration;

use porteiro::audit::{Act, Entry, Origin};
use porteiro::secret::{Kind, sha256};
use porteiro::store::{
    Batched, GivenGrant, IssuedCode, LoginFailures, LoginLock, NewCode, NewRevocation, Redemption, Rotation,
    Store, TokenRecord,
};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::join;
use uuid::Uuid;

use crate::support::{Browser, CALLBACK, Credentials, TestServer};

struct Asked<S> {
    grant_id: Uuid,
    record: TokenRecord,
    spend: S,
    /// Finds the row that is spent.
    row: String,
}

/// The record of a token that could be issued now.
fn record(server: &TestServer, issued: &IssuedCode) -> TokenRecord {
    let now = server.app.now();
    TokenRecord {
        jti: server.app.random.uuid_v7(now).unwrap(),
        exp: now + server.app.config.tokens.access_lifetime,
        status_index: 0,
        client_id: issued.grant.client_id.clone(),
        sub: Some(issued.grant.sub.clone()),
        grant_id: Some(issued.grant.id),
        session_id: issued.grant.session_id,
        scope: issued.grant.scope.clone(),
    }
}

async fn issued(server: &TestServer, browser: &Browser<'_>, client: &Credentials) -> IssuedCode {
    let code = browser.code(client, &[]).await;
    server.app.codes.find(sha256(code.as_bytes())).await.unwrap().unwrap()
}

fn redemption(server: &TestServer, issued: &IssuedCode) -> Asked<Redemption> {
    let digest = issued.code.digest.as_slice().try_into().unwrap();
    let record = record(server, issued);
    Asked {
        grant_id: issued.grant.id,
        record: record.clone(),
        spend: Redemption { digest, now: server.app.now(), record },
        row: format!("auth_code WHERE grant_id = '{}'", issued.grant.id),
    }
}

fn rotation(server: &TestServer, issued: &IssuedCode) -> Asked<Rotation> {
    let record = record(server, issued);
    Asked {
        grant_id: issued.grant.id,
        record: record.clone(),
        spend: Rotation {
            grant_id: issued.grant.id,
            generation: issued.grant.generation,
            now: server.app.now(),
            record,
        },
        row: format!("grant_family WHERE id = '{}'", issued.grant.id),
    }
}

async fn is_written(server: &TestServer, record: &TokenRecord) -> bool {
    server.app.store.token(record.jti, record.exp).await.unwrap().is_some()
}

/// Of five the first was spent, the second is taken back, the third is held by
/// somebody else, where rows can be held; the others are free.
async fn only_what_is_free_is_spent<S: Batched>(
    server: &TestServer,
    asked: impl Fn(&TestServer, &IssuedCode) -> Asked<S>,
) {
    let store = &server.app.store;
    let client = server.dashboard("app", |_| {}).await;
    let browser = server.signed_in("alice").await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(asked(server, &issued(server, &browser, &client).await));
    }
    let [spent, revoked, held, free, other] = all.as_slice() else { unreachable!() };
    let again: Vec<&S> = all.iter().map(|one| &one.spend).collect();

    assert!(spent.spend.alone(store).await.unwrap());
    store.revoke(&NewRevocation::grant(revoked.grant_id, server.app.now())).await.unwrap();
    let mut lent = match store {
        Store::Postgres { pool, .. } => Some(pool.lend().await.unwrap()),
        Store::Sqlite { .. } => None,
    };
    let mut expected = vec![free.record.jti, other.record.jti];
    let mut bought = match &mut lent {
        Some(lent) => {
            let mut holder = lent.begin().await.unwrap();
            let hold = format!("SELECT 1 FROM {} FOR UPDATE", held.row);
            holder.execute(AssertSqlSafe(hold)).await.unwrap();
            let bought = S::together(store, &again).await.unwrap();
            holder.rollback().await.unwrap();
            bought
        }
        None => {
            expected.push(held.record.jti);
            S::together(store, &again).await.unwrap()
        }
    };
    bought.sort_unstable();
    expected.sort_unstable();
    assert_eq!(bought, expected);
    for one in &all {
        let record = &one.record;
        let has = bought.contains(&record.jti) || one.grant_id == spent.grant_id;
        assert_eq!(is_written(server, record).await, has, "{}", one.row);
    }
    // What was spent is spent, and what was held is as good as before.
    for one in &all {
        let left = lent.is_some() && one.grant_id == held.grant_id;
        assert_eq!(one.spend.alone(store).await.unwrap(), left, "{}", one.row);
    }
    assert_eq!(S::together(store, &again).await.unwrap(), Vec::<Uuid>::new());
}

contract! {
    async fn codes_that_are_not_free_hold_up_no_others(server: TestServer) {
        only_what_is_free_is_spent(&server, redemption).await;
    }

    async fn grants_that_are_not_free_hold_up_no_others(server: TestServer) {
        only_what_is_free_is_spent(&server, rotation).await;
    }

    /// One row of a batch that the store refuses: the others are tried alone.
    async fn a_batch_that_the_store_refuses_is_tried_one_by_one(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let good = redemption(&server, &issued(&server, &browser, &client).await).spend;
        let base = issued(&server, &browser, &client).await;
        let mut bad = redemption(&server, &base).spend;
        // Postgres has no text with this in it; SQLite takes it.
        bad.record.scope = String::from("\0");
        let (good_done, bad_done) = join!(server.app.codes.redeem(good.clone()), server.app.codes.redeem(bad.clone()));
        assert!(good_done.unwrap());
        assert!(is_written(&server, &good.record).await);
        assert_eq!(is_written(&server, &bad.record).await, bad_done.is_ok());

        let new = |nonce: &str| {
            let mut new = NewCode { grant: base.grant.clone(), code: base.code.clone() };
            new.grant.id = server.app.random.uuid_v7(server.app.now()).unwrap();
            new.code.digest = sha256(new.grant.id.as_bytes()).to_vec();
            (new.code.grant_id, new.code.nonce) = (new.grant.id, Some(nonce.to_owned()));
            new
        };
        let (good, bad) = (new("n"), new("\0"));
        let issue = |new: &NewCode| server.app.codes.issue(new.grant.clone(), new.code.clone());
        let (good_done, bad_done) = join!(issue(&good), issue(&bad));
        let found = async |new: &NewCode| {
            server.app.codes.find(sha256(new.grant.id.as_bytes())).await.unwrap().is_some()
        };
        assert!(good_done.is_ok() && found(&good).await);
        assert_eq!(found(&bad).await, bad_done.is_ok());
    }

    /// What is spent and its token are written together or not at all.
    async fn nothing_is_spent_for_a_token_that_exists(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let first = redemption(&server, &issued(&server, &browser, &client).await).spend;
        assert!(server.app.codes.redeem(first.clone()).await.unwrap());
        let next = issued(&server, &browser, &client).await;
        let mut again = redemption(&server, &next).spend;
        again.record.jti = first.record.jti;
        again.record.exp = first.record.exp;
        assert!(server.app.codes.redeem(again.clone()).await.is_err());
        let code = server.app.codes.find(again.digest).await.unwrap().unwrap().code;
        assert!(code.consumed_at.is_none());
        let moved = rotation(&server, &next);
        let mut moved_again = moved.spend.clone();
        moved_again.record = again.record;
        assert!(server.app.grants.rotate(moved_again).await.is_err());
        assert!(server.app.grants.rotate(moved.spend).await.unwrap());
    }

    /// Every column comes back as it was given, from a batch and alone, with all
    /// values and with few.
    async fn a_code_is_read_as_it_was_written(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let full = issued(&server, &browser, &client).await;
        let mut codes = Vec::new();
        for sparse in [false, true, false, true] {
            let IssuedCode { mut grant, mut code, .. } = full.clone();
            grant.id = server.app.random.uuid_v7(server.app.now()).unwrap();
            code.grant_id = grant.id;
            code.digest = sha256(grant.id.as_bytes()).to_vec();
            code.created_at.0 += 1;
            grant.claims = Some(Json(json!({"userinfo": {"email": {"essential": true}}, "id_token": {"é\"": null}})));
            (grant.offline, grant.generation, code.code_challenge) = (true, 7, Some(String::from("challenge")));
            (code.redirect_uri, code.nonce) = (Some(String::from(CALLBACK)), Some(String::from("'\"\\ \u{1f6aa}")));
            if sparse {
                (grant.session_id, grant.claims, grant.auth_time) = (None, None, None);
                (grant.amr, grant.acr, grant.offline) = (None, None, false);
                (code.redirect_uri, code.code_challenge, code.nonce) = (None, None, None);
            }
            codes.push(NewCode { grant, code });
        }
        let store = &server.app.store;
        let (together, alone) = codes.split_at(2);
        let written = NewCode::together(store, &[&together[0], &together[1]]).await.unwrap();
        assert_eq!(written, [together[0].grant.id, together[1].grant.id]);
        assert!(alone[0].alone(store).await.unwrap() && alone[1].alone(store).await.unwrap());
        for NewCode { grant, code } in &codes {
            let read = server.app.codes.find(sha256(grant.id.as_bytes())).await.unwrap().unwrap();
            assert_eq!(format!("{:?} {:?}", read.grant, read.code), format!("{grant:?} {code:?}"));
        }
    }

    /// A refresh finds what it needs in one look, and so does a redemption.
    async fn what_is_looked_up_together_is_told_apart(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let (alice, bob) = (server.signed_in("alice").await, server.signed_in("bob").await);
        let first = issued(&server, &alice, &client).await;
        let second = issued(&server, &bob, &client).await;
        let digest = |issued: &IssuedCode| <[u8; 32]>::try_from(issued.code.digest.as_slice()).unwrap();
        let unknown = Kind::AuthorizationCode.generate(&server.app.random).unwrap().digest();
        let app = &server.app;
        let (a, b, none, again) = join!(
            app.codes.find(digest(&first)), app.codes.find(digest(&second)), app.codes.find(unknown),
            app.codes.find(digest(&first)),
        );
        let found = [a, b, again].map(|found| found.unwrap().unwrap());
        assert!(none.unwrap().is_none());
        let names: Vec<&str> = found.iter().map(|issued| issued.person.username.as_str()).collect();
        assert_eq!(names, ["alice", "bob", "alice"]);
        let (a, none) = join!(app.grants.find(first.grant.id), app.grants.find(Uuid::nil()));
        let GivenGrant { grant, person } = a.unwrap().unwrap();
        assert_eq!((grant.id, grant.created_at, person.username.as_str()), (first.grant.id, first.grant.created_at, "alice"));
        assert!(none.unwrap().is_none());
    }

    /// Wrong passwords count for a login from where they came, and from
    /// everywhere.
    async fn a_code_comes_with_the_wrong_passwords_for_its_person(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let (alice, bob) = (server.signed_in("alice").await, server.signed_in("bob").await);
        let (first, second) = (issued(&server, &alice, &client).await, issued(&server, &bob, &client).await);
        let (store, now) = (&server.app.store, server.app.now());
        let session = store.session(first.grant.session_id.unwrap()).await.unwrap().unwrap();
        let sub = &first.grant.sub;
        let here = LoginFailures::key_from(sub, &session.address.unwrap());
        let elsewhere = LoginFailures::key_from(sub, "192.0.2.1");
        let entry = Entry::done(Act::LoginLock, &Origin::server(), now);
        let lock = LoginLock { limit: 100, entry };
        for (key, times) in [(here, 2), (elsewhere, 3), (LoginFailures::key(sub), 4)] {
            for _ in 0..times {
                store.count_login_failure(&key, now - Duration::from_secs(900), now, &lock).await.unwrap();
            }
        }
        let find = async |issued: &IssuedCode| {
            let digest = issued.code.digest.as_slice().try_into().unwrap();
            let found = server.app.codes.find(digest).await.unwrap().unwrap();
            let mut counts: Vec<i64> = found.failures.iter().map(|counted| counted.failures).collect();
            counts.sort_unstable();
            counts
        };
        assert_eq!((find(&first).await, find(&second).await), (vec![2, 4], vec![]));
    }
}
