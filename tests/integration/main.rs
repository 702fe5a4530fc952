//! Behaviour as the outside sees it. Every test that touches the store is
//! emitted once for SQLite and once for a real Postgres, see [`support`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on stops here"
)]

#[macro_use]
mod support;

mod account;
mod admin_api;
mod admin_api_access;
mod admin_pages;
mod audit;
mod audit_command;
mod authorization_request;
mod backchannel_logout;
mod bad_requests;
mod batched;
mod bench;
mod broken_off;
mod claim_mapping;
mod client_assertion;
mod client_authentication;
mod client_command;
mod client_failures;
mod client_store;
mod code_redemption;
mod config_command;
mod consent_page;
mod cors;
mod doctor_command;
mod documentation;
mod fuzz_corpus;
mod grant_rules;
mod health;
mod housekeeping;
mod http2;
mod implicit;
mod introspection;
mod key_command;
mod key_rotation;
mod layering;
mod login;
mod logout;
mod metadata;
mod metrics;
mod migrate_command;
mod not_offered;
mod openapi;
mod outage;
mod outbound;
mod password_grant;
mod pkce;
mod preset_pages;
mod protected_host;
mod protected_host_identity;
mod protected_host_login;
mod redirect_uri;
mod refresh;
mod resource_ladder;
mod revocation;
mod revocation_feed;
mod schema;
mod secrecy;
mod serving;
mod several_databases;
mod sidecar;
mod sign_in_pages;
mod statements;
mod status_list;
mod store_opening;
mod token_command;
mod token_endpoint;
mod token_purge;
mod transport;
mod user_command;
mod userinfo;
