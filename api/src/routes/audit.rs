//! Who did what: a tenant's audit log, and whether its chain is whole.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use ivendor_core::ids::TenantId;
use ivendor_store::reference::Scope;
use ivendor_store::store::Store as _;
use serde::Deserialize;
use serde_json::json;

use crate::access::Access;
use crate::extract::Query;
use crate::problem::Problem;
use crate::serve::App;

/// Records of one page.
const PAGE_MAX: usize = 500;

/// `GET /v1/audit`, `GET /v1/audit/verify`.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/audit", get(read)).route("/v1/audit/verify", get(verify))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadQuery {
    tenant: TenantId,
    /// The number of the last record of the page before.
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyQuery {
    tenant: TenantId,
}

async fn read(
    State(app): State<App>,
    access: Access,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    access.may_see(&query.tenant)?;
    access.needs(&[Scope::Admin])?;
    let limit = query.limit.unwrap_or(100).clamp(1, PAGE_MAX);
    let records = app.cluster.shards.audit(&query.tenant, query.after, limit).await?;
    let record = |record: ivendor_core::audit::AuditRecord| {
        let detail: serde_json::Value =
            serde_json::from_str(&record.entry.detail).unwrap_or_default();
        json!({
            "number": record.number, "actor": record.entry.actor, "action": record.entry.action,
            "resource": record.entry.resource, "detail": detail, "hash": record.hash,
            "at": jiff::Timestamp::from_microsecond(record.entry.at_us).ok(),
        })
    };
    let records: Vec<_> = records.into_iter().map(record).collect();
    Ok(Json(json!({"records": records})).into_response())
}

async fn verify(
    State(app): State<App>,
    access: Access,
    Query(query): Query<VerifyQuery>,
) -> Result<Response, Problem> {
    access.may_see(&query.tenant)?;
    access.needs(&[Scope::Admin])?;
    let answer = match app.cluster.shards.verify_audit(&query.tenant).await? {
        Ok(end) => json!({"is_whole": true, "records": end.number, "hash": end.hash}),
        Err(broken) => json!({"is_whole": false, "first_broken": broken.number}),
    };
    Ok(Json(answer).into_response())
}
