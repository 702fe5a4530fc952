//! `/api/v1`: the administration API. One table, [`OPERATIONS`], makes the
//! routes, decides which scope each of them asks for, and is what
//! `/openapi.json` and `/docs` describe.

mod access;
mod audit;
mod body;
mod clients;
mod keys;
mod listing;
mod members;
pub mod openapi;
mod operation;
mod operations;
mod query;
pub mod schemas;
mod sessions;
mod tokens;
mod users;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::app::App;

pub use operation::{Operation, Parameter};
pub use operations::OPERATIONS;

/// What every path of the API begins with.
pub const BASE: &str = "/api/v1";

/// Why something was taken back: the trail says who did it.
const REASON: &str = "administration API";

/// The routes of the table, each behind the ladder and its scope.
pub fn routes(app: &App) -> Router<App> {
    OPERATIONS.iter().fold(Router::new(), |router, operation| {
        let admit = from_fn_with_state((app.clone(), operation), access::admit);
        let methods = (operation.handler)().route_layer(admit);
        router.route(&format!("{BASE}{}", operation.path), methods)
    })
}
