//! Whether the program lives, whether it can work, and what it has done.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::join_all;
use ivendor_store::error::StoreError;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::statistics;
use crate::meters;
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// How long a database may take to say that it is there.
const PING_MAX: Duration = Duration::from_secs(2);

/// `GET /livez`, `GET /readyz`, `GET /metrics`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).routes(routes!(scrape))
}

/// What is not ready.
#[derive(Debug, Serialize, ToSchema)]
struct ReadyAnswer {
    /// Whether all is.
    ready: bool,
    /// The databases that are away, or did not answer within 2 s.
    #[schema(example = json!(["shard 1"]))]
    not_ready: Vec<String>,
}

/// Whether the program lives
#[utoipa::path(get, path = "/livez", tag = "program",
    responses(
        (status = 200, description = "It does.", body = String, content_type = "text/plain"),
    ))]
async fn live() -> &'static str {
    "alive\n"
}

/// Whether the program can work
///
/// It answers within three seconds, whatever the databases do.
#[utoipa::path(get, path = "/readyz", tag = "program",
    responses(
        (status = 200, description = "It can.", body = ReadyAnswer),
        (status = 503, description = "These databases are away; or `busy`.", content(
            (ReadyAnswer = "application/json"), (ProblemBody = "application/problem+json"))),
    ))]
async fn ready(State(app): State<App>) -> (StatusCode, Json<ReadyAnswer>) {
    let shards = app.cluster.shards.ids();
    let pings = shards.iter().map(|shard| is_there(app.cluster.shards.ping(*shard)));
    let (reference, pings) = tokio::join!(is_there(app.cluster.reference.ping()), join_all(pings));
    let away = shards.iter().zip(pings).filter(|(_, is_there)| !is_there);
    let mut not_ready: Vec<String> = away.map(|(shard, _)| format!("shard {shard}")).collect();
    if !reference {
        not_ready.push("the reference database".to_owned());
    }
    let ready = not_ready.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ReadyAnswer { ready, not_ready }))
}

/// What was counted, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "program",
    responses((status = 200, description = "In the text format of Prometheus.", body = String,
        content_type = "text/plain")))]
async fn scrape(State(app): State<App>) -> Result<Response, Problem> {
    meters::pool("reference", app.cluster.reference.connections());
    for shard in app.cluster.shards.ids() {
        if let Ok(pool) = app.cluster.shards.pool(shard) {
            meters::pool(&shard.to_string(), (pool.size(), pool.num_idle()));
        }
    }
    // Where the shards do not say it in time, the last numbers stand.
    if let Ok(Ok(now)) = timeout(PING_MAX, statistics::now(&app, None)).await {
        now.measure();
    }
    let counted = meters::rendered();
    let counted = counted.ok_or_else(|| Problem::busy("nothing is counted in this process"))?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, counted).into_response())
}

/// Whether a database answers in time.
async fn is_there(ping: impl Future<Output = Result<(), StoreError>>) -> bool {
    matches!(timeout(PING_MAX, ping).await, Ok(Ok(())))
}
