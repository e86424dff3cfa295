//! Decisions: given, and taken back within the grace period.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use ivendor_core::ids::TenantId;
use ivendor_core::review::answer::Answer;
use ivendor_store::review::{Change, Request};
use serde::Deserialize;

use super::view::tagged;
use crate::access::Access;
use crate::extract::{Body, Path, idempotency_key, if_match};
use crate::problem::Problem;
use crate::serve::App;

/// The key under which a tenant sets the share of its cases that two people decide.
const SHARE: &str = "second_opinion_share";

/// `POST` and `DELETE /v1/tenants/{tenant}/cases/{case}/decision`.
pub fn routes() -> Router<App> {
    let decision = post(decide).delete(undo);
    Router::new().route("/v1/tenants/{tenant}/cases/{case}/decision", decision)
}

/// An answer under a lease.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionRequest {
    /// The fencing token of the lease.
    fence: u64,
    answer: Answer,
    #[serde(default)]
    note: String,
}

/// Whoever wants to change which case, under which conditions.
pub(super) struct Asked {
    pub(super) access: Access,
    pub(super) of: (TenantId, String),
    pub(super) headers: HeaderMap,
}

/// Changes a case and gives it as it is then.
pub(super) async fn change(app: &App, asked: Asked, change: Change) -> Result<Response, Problem> {
    let Asked { access, of: (tenant, case), headers } = asked;
    access.may_decide(&tenant)?;
    let share = match &change {
        Change::Decide { .. } => second_opinion_share(app, &tenant).await?,
        _ => 0.0,
    };
    let request = Request {
        reviewer: access.reviewer(),
        version: if_match(&headers)?,
        key: idempotency_key(&headers)?,
        lease: app.settings.lease(),
        grace: app.settings.grace(),
        second_opinion_share: share,
    };
    let changed = app.cluster.shards.change((&tenant, &case), &change, request).await?;
    Ok(tagged(&changed.record, &changed.record))
}

async fn second_opinion_share(app: &App, tenant: &TenantId) -> Result<f64, Problem> {
    let set = app.cluster.reference.settings(tenant).await?;
    let share = set.get(SHARE).and_then(serde_json::Value::as_f64);
    Ok(share.unwrap_or(app.settings.second_opinion_share))
}

async fn decide(
    State(app): State<App>,
    access: Access,
    Path(of): Path<(TenantId, String)>,
    (headers, Body(wanted)): (HeaderMap, Body<DecisionRequest>),
) -> Result<Response, Problem> {
    let DecisionRequest { fence, answer, note } = wanted;
    change(&app, Asked { access, of, headers }, Change::Decide { fence, answer, note }).await
}

async fn undo(
    State(app): State<App>,
    access: Access,
    Path(of): Path<(TenantId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, headers }, Change::Undo).await
}
