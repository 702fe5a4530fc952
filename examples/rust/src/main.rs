//! An API that lets good tokens in: cargo run

mod porteiro;

use std::env::var;

use axum::routing::get;
use axum::{Extension, Router, middleware};
use porteiro::{Claims, Porteiro, Settings, guard};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let porteiro = Porteiro::start(Settings {
        issuer: var("ISSUER")?,
        audience: var("AUDIENCE")?,
        client_id: var("CLIENT_ID")?,
        client_secret: var("CLIENT_SECRET")?,
    });
    let orders = get(|Extension(claims): Extension<Claims>| async move { claims.sub });
    let app = Router::new()
        .route("/orders", orders)
        .layer(middleware::from_fn_with_state(porteiro, guard));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", var("PORT")?)).await?;
    Ok(axum::serve(listener, app).await?)
}
