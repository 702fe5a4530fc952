//! What taking back costs: the size of status lists, checks beside an API,
//! everything of a person at once, and the purge of what has expired.
//!
//! `cargo bench --bench taking_back [-- sizes|sidecar|revoke-all|purge|cycles]`

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops here; not all of what tests stand on is used"
)]

#[macro_use]
#[path = "../../tests/integration/support/mod.rs"]
mod support;

#[path = "../support/durable.rs"]
mod durable;
mod purge;
mod revoke_all;
mod sidecar;
mod sizes;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` starts this as well, and is not to wait for it.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let wanted = |part: &str| {
        let named: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
        named.is_empty() || named.iter().any(|name| *name == part)
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if wanted("sizes") {
        sizes::measure();
    }
    if wanted("sidecar") {
        runtime.block_on(sidecar::measure());
    }
    if wanted("revoke-all") {
        runtime.block_on(revoke_all::measure());
    }
    if wanted("purge") {
        runtime.block_on(purge::under_load());
    }
    if wanted("cycles") {
        runtime.block_on(purge::cycles());
    }
}
