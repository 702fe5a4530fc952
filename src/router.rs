//! Every route and every layer, in one list.

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::endpoint::{
    account, admin, api, assets, authorize, consent, cors, docs, exchange, guard, health, introspect, jwks,
    login, logout, metadata, metrics, not_found, revocations, revoke, select_account, status, token,
    userinfo, verify,
};
use crate::error::Error;

/// The server's routes under its issuer's path.
pub fn router(app: App) -> Router {
    let path = app.config.issuer.path().to_owned();
    let routes = routes()
        .merge(admin::routes())
        .merge(administration(&app))
        .merge(shared(routes_of_browser_applications(), &app));
    let mut router = if path.is_empty() { routes } else { Router::new().nest(&path, routes) };
    if !path.is_empty() {
        // RFC 8414 §3.1 puts the well-known part before the issuer's path.
        let inserted = Router::new()
            .route(&format!("/.well-known/oauth-authorization-server{path}"), get(metadata::metadata))
            .route(&format!("/.well-known/openid-configuration{path}"), get(metadata::metadata));
        router = router.merge(shared(inserted, &app));
    }
    router
        .fallback(not_found::not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer((
            from_fn_with_state(app.clone(), exchange::exchange),
            CatchPanicLayer::custom(|_| Error::server_error("a handler panicked").into_response()),
        ))
        .with_state(app)
}

/// The routes of the listener for machines that watch.
pub fn metrics(app: App) -> Router {
    Router::new()
        .route("/metrics", get(metrics::metrics))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .with_state(app)
}

fn routes() -> Router<App> {
    Router::new()
        .route("/", get(account::home))
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/login", get(login::get).post(login::post))
        .route("/select-account", get(select_account::get).post(select_account::post))
        .route("/consent", get(consent::get).post(consent::post))
        .route("/oauth2/introspect", post(introspect::introspect))
        .route("/oauth2/revocations", get(revocations::revocations))
        .route("/oauth2/status", get(status::aggregation))
        .route("/oauth2/status/{list}", get(status::status))
        .route("/oauth2/verify", get(verify::verify))
        .route("/_porteiro/start", get(guard::start))
        .route("/_porteiro/callback", get(guard::callback))
        .route("/_porteiro/sign-out", get(guard::sign_out).post(guard::sign_out))
        .route("/logout", get(logout::logout).post(logout::logout_form))
        .route("/account", get(account::account).post(account::account_form))
        .route("/assets/{file}", get(assets::assets))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
}

/// The administration API and its description, unless the operator wants none.
fn administration(app: &App) -> Router<App> {
    if !app.config.admin.api {
        return Router::new();
    }
    api::routes(app).route("/openapi.json", get(api::openapi::openapi)).route("/docs", get(docs::docs))
}

/// What a program in a browser may call from another origin.
fn routes_of_browser_applications() -> Router<App> {
    Router::new()
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/revoke", post(revoke::revoke))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/about_me", get(userinfo::about_me).post(userinfo::about_me))
        .route("/.well-known/jwks.json", get(jwks::jwks))
        .route("/.well-known/oauth-authorization-server", get(metadata::metadata))
        .route("/.well-known/openid-configuration", get(metadata::metadata))
}

/// A preflight is a method that the routes do not have, so their answer to it
/// must be inside the layer.
fn shared(routes: Router<App>, app: &App) -> Router<App> {
    let layer = from_fn_with_state(app.clone(), cors::share);
    routes.method_not_allowed_fallback(method_not_allowed).layer(layer)
}

async fn method_not_allowed(method: Method) -> Response {
    Error::invalid_request(format!("this endpoint does not answer to {method}"))
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .into_response()
}
