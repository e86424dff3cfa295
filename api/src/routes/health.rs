//! Whether the program lives, and whether it can work.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
use serde_json::json;

use crate::serve::App;

/// `GET /livez`, `GET /readyz`.
pub fn routes() -> Router<App> {
    Router::new().route("/livez", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

async fn ready(State(app): State<App>) -> impl IntoResponse {
    let shards = app.cluster.shards.ids();
    let pings = shards.iter().map(|shard| app.cluster.shards.ping(*shard));
    let mut away: Vec<String> = shards
        .iter()
        .zip(join_all(pings).await)
        .filter_map(|(shard, ping)| ping.is_err().then(|| format!("shard {shard}")))
        .collect();
    if app.cluster.reference.shards().await.is_err() {
        away.push("the reference database".to_owned());
    }
    let status = if away.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": away.is_empty(), "not_ready": away})))
}
