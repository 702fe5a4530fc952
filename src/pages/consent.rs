//! `/consent`: who asks, for what, as whom.

use std::time::{Duration, UNIX_EPOCH};

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use super::{ClientView, Page, Ticket, form_target, text};
use crate::oauth::scope;

/// Before the name of a scope, the name of its checkbox: `scope:email=on`.
pub const SCOPE_FIELD: &str = "scope:";

/// The claims that come first, in the order in which people introduce
/// themselves.
const ORDER: [&str; 5] = ["name", "given_name", "middle_name", "family_name", "preferred_username"];

/// The parts of an address, as they stand on an envelope.
const ADDRESS: [&str; 5] = ["street_address", "postal_code", "locality", "region", "country"];

/// What the consent page shows.
pub struct ConsentForm<'a> {
    pub ticket: Ticket<'a>,
    pub client: ClientView<'a>,
    /// `false` for a client that registered itself (SECURITY-CASES 239).
    pub verified: bool,
    /// The name of the person who is signed in.
    pub username: &'a str,
    pub scopes: Vec<ScopeItem<'a>>,
}

/// One scope, with the very claims that it will send.
pub struct ScopeItem<'a> {
    pub scope: &'a str,
    /// May be unticked.
    pub optional: bool,
    pub checked: bool,
    pub claims: Map<String, Value>,
}

impl ScopeItem<'_> {
    /// What the application may do, as a sentence.
    fn sentence(&self, page: &Page<'_>) -> String {
        scope_sentence(page, self.scope)
    }

    /// The claims, labelled and in words; the name of a person comes first.
    fn values(&self, page: &Page<'_>) -> Vec<(String, String)> {
        let mut claims: Vec<_> = self.claims.iter().collect();
        claims.sort_by_key(|(claim, _)| ORDER.iter().position(|known| known == claim).unwrap_or(ORDER.len()));
        let shown = |(claim, value): (&String, &Value)| Some((label(page, claim), told(page, claim, value)?));
        claims.into_iter().filter_map(shown).collect()
    }

    fn field(&self) -> String {
        format!("{SCOPE_FIELD}{}", self.scope)
    }
}

/// What a scope lets an application do, as a sentence.
pub(super) fn scope_sentence(page: &Page<'_>, scope: &str) -> String {
    let id = match scope {
        "openid" => "scope-openid",
        "profile" => "scope-profile",
        "email" => "scope-email",
        "phone" => "scope-phone",
        "address" => "scope-address",
        "groups" => "scope-groups",
        "roles" => "scope-roles",
        "offline_access" => "scope-offline-access",
        scope::ADMIN_READ => "scope-admin-read",
        scope::ADMIN_WRITE => "scope-admin-write",
        other => return page.text_with("scope-other", "scope", other),
    };
    page.text(id)
}

/// The claim's name in the person's language; as it is, when it is one that
/// the operator invented.
fn label(page: &Page<'_>, claim: &str) -> String {
    let id = format!("claim-{}", claim.replace('_', "-"));
    text::find(page.locale, &id, &[]).unwrap_or_else(|| claim.to_owned())
}

/// OpenID Connect Core §5.1: `updated_at` counts seconds; a person reads a day.
fn told(page: &Page<'_>, claim: &str, value: &Value) -> Option<String> {
    match (claim, value.as_u64()) {
        ("updated_at", Some(seconds)) => {
            let instant = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
            let written = humantime::format_rfc3339_seconds(instant).to_string();
            written.split_once('T').map(|(day, _)| day.to_owned())
        }
        _ => words(page, value),
    }
}

fn words(page: &Page<'_>, value: &Value) -> Option<String> {
    let words = match value {
        Value::Null => return None,
        Value::Bool(true) => page.text("yes"),
        Value::Bool(false) => page.text("no"),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text::visible(text),
        Value::Array(items) => joined(page, items.iter()),
        // OpenID Connect Core §5.1.1: `formatted` is the whole address.
        Value::Object(members) => match members.get("formatted") {
            Some(whole) => return words(page, whole),
            None => joined(page, ADDRESS.iter().filter_map(|member| members.get(*member))),
        },
    };
    (!words.is_empty()).then_some(words)
}

fn joined<'v>(page: &Page<'_>, values: impl Iterator<Item = &'v Value>) -> String {
    values.filter_map(|value| words(page, value)).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentTemplate<'a> {
    page: &'a Page<'a>,
    form: &'a ConsentForm<'a>,
}

impl Page<'_> {
    /// The consent page. Posts `decision`, which is `allow`, `deny` or
    /// `switch` (another account), and the ticked optional scopes to `/consent`.
    pub fn consent(&self, form: &ConsentForm<'_>) -> Response {
        let template = ConsentTemplate { page: self, form };
        self.render(StatusCode::OK, &template, form_target(Some(&form.client)))
    }
}
