//! What the parts without I/O cost: `cargo bench --bench pure`.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on stops here")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use porteiro::keys::SigningKey;
use porteiro::oauth::params::Params;
use porteiro::oauth::{Algorithm, Scope, basic};

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

criterion_group!(benches, reading, signing);
criterion_main!(benches);
