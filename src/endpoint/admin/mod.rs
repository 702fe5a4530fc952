//! `/admin`: pages for an administrator who is signed in.

mod administrator;
mod applications;
mod audit;
mod lines;
mod overview;
mod people;
mod sessions;
mod why;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub use administrator::Administrator;

/// How much a page of a list shows.
const PAGE: usize = 50;

/// Why something was taken back: the trail says who did it.
const REASON: &str = "administration page";

/// The pages. Each decides by itself that who comes is an administrator: it
/// cannot be had without one.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(overview::overview))
        .route("/admin/people", get(people::list))
        .route("/admin/people/{sub}", get(people::show).post(people::change))
        .route("/admin/applications", get(applications::list))
        .route("/admin/applications/{client_id}", get(applications::show).post(applications::change))
        .route("/admin/sessions", get(sessions::list).post(sessions::end))
        .route("/admin/why", get(why::ask).post(why::answer))
        .route("/admin/audit", get(audit::audit))
}
