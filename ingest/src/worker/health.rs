//! What the worker tells of itself over HTTP: `/livez`, `/readyz`, `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use ivendor_verify::device::{DeviceReport, Watch};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::meters;
use super::shared::Shared;
use crate::error::RunError;
use crate::kafka::pulse::Pulse;

/// After so long without a poll the worker counts as dead: it drains for less.
const POLL_AGE_MAX: Duration = Duration::from_secs(120);
/// How long a shard may take to say that it is there.
const PING_MAX: Duration = Duration::from_secs(2);

/// What the answers are made of.
pub(crate) struct Health {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) metrics: PrometheusHandle,
    /// The device that was asked for.
    pub(crate) device: String,
    /// How the devices do.
    pub(crate) watch: Watch,
    /// Whether the worker is ready while the CPU computes in the place of a device.
    pub(crate) ready_when_degraded: bool,
}

/// Answers for ever.
///
/// # Errors
/// [`RunError::Usage`] where the address cannot be had.
pub(crate) async fn serve(address: SocketAddr, health: Health) -> Result<(), RunError> {
    let wrong = |error: std::io::Error| {
        RunError::Usage(format!("worker.listen {address} cannot be had: {error}"))
    };
    let listener = TcpListener::bind(address).await.map_err(wrong)?;
    let bound = listener.local_addr().map_err(wrong)?;
    tracing::info!(address = %bound, "listening");
    let routes = Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(Arc::new(health));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            tracing::error!(%error, "nothing is told over HTTP any more");
        }
    });
    Ok(())
}

async fn live(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let since = health.pulse.since_poll();
    let status = match since < POLL_AGE_MAX {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(json!({ "since_poll_s": since.as_secs_f64() })))
}

async fn ready(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let mut not_ready = Vec::new();
    if health.pulse.is_broker_away() {
        not_ready.push("broker".to_owned());
    }
    let in_hand = health.shared.ledger.in_hand();
    let mut shards: Vec<Value> = Vec::new();
    for shard in health.shared.cluster.shards.ids() {
        let asked = health.shared.cluster.shards.ping(shard);
        let problem = match tokio::time::timeout(PING_MAX, asked).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} s", PING_MAX.as_secs())),
        };
        if problem.is_some() {
            not_ready.push(format!("shard {shard}"));
        }
        shards.push(json!({ "shard": shard.to_string(), "problem": problem }));
    }
    let degraded = health.watch.degraded();
    if !health.ready_when_degraded {
        not_ready.extend(degraded.iter().map(|(device, _)| format!("device {device}")));
    }
    let status = match not_ready.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({
        "ready": not_ready.is_empty(),
        "not_ready": not_ready,
        "degraded": !degraded.is_empty(),
        "device": health.device,
        "devices": health.watch.devices().iter().map(device).collect::<Vec<Value>>(),
        "fallbacks": health.watch.fallbacks(),
        "partitions": in_hand.partitions,
        "in_hand": in_hand.messages,
        "lag": in_hand.lag,
        "paused": health.pulse.is_paused(),
        "shards": shards,
    });
    (status, Json(body))
}

/// How a device does.
fn device(report: &DeviceReport) -> Value {
    json!({
        "device": report.name,
        "state": report.state.name(),
        "problem": report.problem,
        "budget_px": report.budget_px,
    })
}

async fn scrape(State(health): State<Arc<Health>>) -> impl IntoResponse {
    meters::devices(&health.watch);
    meters::in_hand(health.shared.ledger.in_hand(), health.pulse.is_paused());
    let kind = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    (kind, health.metrics.render())
}
