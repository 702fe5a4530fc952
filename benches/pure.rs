//! What the parts without I/O cost: `cargo bench --bench pure`.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on stops here")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use porteiro::clock::Timestamp;
use porteiro::keys::{Key, KeySet, SigningKey};
use porteiro::oauth::params::Params;
use porteiro::oauth::{Algorithm, Scope, basic};
use serde_json::json;

/// About as long as a token before its signature.
const MESSAGE: [u8; 400] = [b'x'; 400];

fn reading(criterion: &mut Criterion) {
    // pragma: allowlist nextline secret
    let form = b"grant_type=authorization_code&code=pac_0123456789012345678901234567890123456789012\
        &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    criterion.bench_function("form", |bench| bench.iter(|| Params::parse(black_box(form)).check()));
    let header = b"Basic bWFjaGluZTpwY3NfMDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg==";
    criterion.bench_function("Basic", |bench| bench.iter(|| basic::parse(black_box(header))));
    let allowed = Scope::parse("openid profile email groups offline_access sales.read sales.write").unwrap();
    criterion.bench_function("scope", |bench| {
        bench.iter(|| {
            Scope::parse(black_box("openid email sales.read")).and_then(|asked| asked.within(&allowed))
        })
    });
}

fn signing(criterion: &mut Criterion) {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let key = SigningKey::generate(algorithm).unwrap();
        criterion.bench_function(&format!("sign {algorithm:?}"), |bench| {
            bench.iter(|| key.sign(black_box(&MESSAGE)))
        });
    }
}

/// What is left of a token when its signature costs next to nothing.
fn writing(criterion: &mut Criterion) {
    let signer = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let now = Timestamp::from_seconds(1_800_000_000);
    let key = Key::new(Algorithm::EdDSA, signer.jwk().clone(), Some(signer), now).unwrap();
    let keys = KeySet::new(vec![key]);
    let claims = json!({
        "iss": "https://login.example.com",
        "sub": "0199aa2c-6a6f-7bb1-a4a0-6b2c8a2f9f10",
        "aud": "https://api.example.com",
        "exp": 1_800_000_900,
        "iat": 1_800_000_000,
        "jti": "0199aa2c-6a6f-7bb1-a4a0-6b2c8a2f9f11",
        "client_id": "orders",
        "scope": "orders.read orders.write",
        "status": {"status_list": {"idx": 123_456, "uri": "https://login.example.com/oauth2/status/20832-0"}},
    });
    criterion.bench_function("JWT with EdDSA", |bench| {
        bench.iter(|| keys.sign_jwt(Algorithm::EdDSA, "at+jwt", black_box(&claims), now))
    });
    let jwt = keys.sign_jwt(Algorithm::EdDSA, "at+jwt", &claims, now).unwrap();
    criterion.bench_function("JWT seen before", |bench| bench.iter(|| keys.verify_jwt(black_box(&jwt), now)));
}

criterion_group!(benches, reading, signing, writing);
criterion_main!(benches);
