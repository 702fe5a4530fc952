//! Porteiro, an OAuth 2.0 and OpenID Connect authorization server whose
//! signed tokens can be taken back.
//!
//! This page is the map of the house. What the outside may rely on is in the
//! README and in `config/porteiro.toml`.
//!
//! # Floors
//!
//! A room imports only from rooms on floors below; a test holds it to that.
//!
//! | floor | rooms | what for |
//! |---|---|---|
//! | 0 | [`error`], [`clock`], [`random`], [`secret`], [`oauth`], [`branding`], [`process`], [`context`], [`audit`] | words, values and the protocol's rules, without I/O; what we ask of the system |
//! | 1 | [`config`], [`keys`], [`metrics`], [`password`], [`outbound`] | what the operator set; what signs, counts, hashes; how we call others |
//! | 2 | [`store`], [`logging`] | a file per table, one SQL text for both engines |
//! | 3 | [`cache`], [`key_rotation`], [`presets`], [`refusals`] | what is remembered of the store, and for how long; what is refused |
//! | 4 | [`app`] | the running parts in one value |
//! | 5 | [`browser`] | cookies, and whether a form is ours |
//! | 6 | [`token`], [`client_auth`], [`session`], [`login`] | mint and judge tokens; who is the client; who is the person |
//! | 7 | [`grant`], [`pages`], [`backchannel_logout`], [`admin`] | prove a right; HTML out; tell clients of a logout; what an administrator does |
//! | 8 | [`authorize`], [`guard`] | what was asked, what comes next, what is answered; hosts that a proxy protects |
//! | 9 | [`endpoint`] | HTTP in, HTTP out, a file per endpoint |
//! | 10 | [`router`], [`server`], [`housekeeping`], [`sidecar`] | routes and layers in one list; the accept loop; periodic work; checks beside an API |
//! | 11 | [`cli`] | a file per noun |
//!
//! # A token request
//!
//! [`router`] → [`endpoint::exchange`], which every request goes through →
//! [`endpoint::token`]: authenticate, parse, prove, mint → [`client_auth`] →
//! [`grant`] → [`token::issuer`] → [`store`]. A grant only proves and returns
//! an [`token::Authorization`]; one issuer mints, so no grant can forget a rule.
//! The issuer hands the record to [`store::TokenWriter`], which commits the
//! records of concurrent requests together, signs meanwhile, and lets the token
//! go when the record is durable. What is spent for a token (a code, a refresh
//! token) is spent in the same transaction, of concurrent requests together as
//! well: [`store::Codes`], [`store::Grants`].
//!
//! # An authorization request
//!
//! [`endpoint::authorize`] checks client and redirect URI first: failures are
//! pages. From there on every failure redirects. The request is kept as a
//! [`authorize::Flow`], bound to the browser's cookie;
//! [`authorize::next_step`] is a pure function that says login, account,
//! consent, respond or fail. The pages do one thing each and come back to it.
//!
//! # A visit to a protected host
//!
//! A proxy asks [`endpoint::verify`] about every request to a host that a
//! client protects. Whoever comes without a token there is sent through the
//! code flow by [`guard`], in which we are the client, and gets a cookie that
//! refers to a token record: the ladder of [`token::validation`] decides over it
//! as over any token, and the login session as well.
//!
//! # Taking back
//!
//! Table `revocation` is an append-only log. Its numbers have no gaps and
//! follow the order of commits, because each is taken from one counter row
//! inside the transaction that it belongs to: a reader that has seen number n
//! has seen everything before it. Every server reads the log five times a
//! second into [`cache::Revocations`]; a view older than that is refreshed
//! before it answers, and if the store is away nothing is said about a token
//! rather than something wrong. Taking back all of a person, a client or
//! everything is one row: a watermark, and the strictest wins. Token records
//! never change, so they may be remembered; only the log decides.
//!
//! # Ending a session
//!
//! Whatever ends a session (a logout, an administrator, a new password, a
//! disabled person) revokes its online grants and queues a row for each client
//! that wants to be told, in one commit. [`housekeeping`] of any replica takes
//! what is due and [`backchannel_logout`] makes the call, through [`outbound`],
//! which judges the address that it dials.
//!
//! # What is written down
//!
//! Table `audit` has a line for every act: [`audit::Act`] lists them. The store
//! writes it in the transaction of the act, so there is neither without the
//! other. A token's own row is the record of its issue. A refusal writes
//! nothing else; its line goes through [`refusals`], which leaves out, and
//! counts, what is too much.
//!
//! # Where we chose otherwise than one might
//!
//! - Whether a token was taken back is not a column of its record: records
//!   stay append-only, and an answer costs no look-up.
//! - A program works on a newer schema than its own until something is taken
//!   away that it uses; the name of the migration says for whom it is
//!   ([`store`], schema).
//! - Clients are remembered for less than a second instead of being told about
//!   changes: one query per client and second, and no second mechanism.
//! - HTTP/2 only where TLS agreed on it: guessing from the first bytes would
//!   wait for them without a time-out.
//! - A migration takes an advisory lock on Postgres while it runs; nothing
//!   else in here does.

pub mod admin;
pub mod app;
pub mod audit;
pub mod authorize;
pub mod backchannel_logout;
pub mod branding;
pub mod browser;
pub mod cache;
pub mod cli;
pub mod client_auth;
pub mod clock;
pub mod config;
pub mod context;
pub mod endpoint;
pub mod error;
pub mod grant;
pub mod guard;
pub mod housekeeping;
pub mod key_rotation;
pub mod keys;
pub mod logging;
pub mod login;
pub mod metrics;
pub mod oauth;
pub mod outbound;
pub mod pages;
pub mod password;
pub mod presets;
pub mod process;
pub mod random;
pub mod refusals;
pub mod router;
pub mod secret;
pub mod server;
pub mod session;
pub mod sidecar;
pub mod store;
pub mod token;
