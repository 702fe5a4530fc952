//! `/livez` and `/readyz`.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

use crate::app::App;
use crate::oauth::Algorithm;

/// The process answers; needs no store.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The store answers and is migrated, a key is loaded, and the server was not
/// told to stop. `?verbose` tells of each.
pub async fn readyz(State(app): State<App>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    let checks = checks(&app).await;
    let fault = checks.iter().find_map(|check| check.fault);
    let status = if fault.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let text = match is_verbose(query.as_deref().unwrap_or_default()) {
        true => checks.iter().map(Check::line).collect(),
        false => format!("{}\n", fault.unwrap_or("ok")),
    };
    (status, text)
}

/// One thing without which nothing should be sent here.
struct Check {
    name: &'static str,
    fault: Option<&'static str>,
}

impl Check {
    fn line(&self) -> String {
        format!("{}: {}\n", self.name, self.fault.unwrap_or("ok"))
    }
}

async fn checks(app: &App) -> Vec<Check> {
    let check = |name, fault: Option<&'static str>| Check { name, fault };
    if *app.draining.borrow() {
        return vec![check("serving", Some("draining"))];
    }
    let unsigned = app.keys.current().signing(Algorithm::default(), app.now()).is_none();
    let mut checks =
        vec![check("serving", None), check("keys", unsigned.then_some("there is no key to sign with"))];
    match app.store.is_ready().await {
        Ok(migrated) => {
            checks.push(check("store", None));
            checks.push(check("schema", (!migrated).then_some("the store is not migrated")));
        }
        Err(_) => checks.push(check("store", Some("the store is out of reach"))),
    }
    checks
}

fn is_verbose(query: &str) -> bool {
    query.split('&').any(|parameter| parameter.split('=').next() == Some("verbose"))
}
