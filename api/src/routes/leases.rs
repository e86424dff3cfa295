//! The lease of a case: taken, renewed, given back.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use ivendor_core::ids::TenantId;
use ivendor_store::review::Change;
use serde::Deserialize;

use super::decisions::{Asked, change};
use crate::access::Access;
use crate::extract::{Body, Path, Query};
use crate::problem::Problem;
use crate::serve::App;

/// `POST`, `PUT` and `DELETE /v1/tenants/{tenant}/cases/{case}/lease`.
pub fn routes() -> Router<App> {
    let lease = post(claim).put(renew).delete(release);
    Router::new().route("/v1/tenants/{tenant}/cases/{case}/lease", lease)
}

/// The fencing token of a lease.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fence {
    fence: u64,
}

async fn claim(
    State(app): State<App>,
    access: Access,
    Path(of): Path<(TenantId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, headers }, Change::Claim).await
}

async fn renew(
    State(app): State<App>,
    access: Access,
    Path(of): Path<(TenantId, String)>,
    (headers, Body(Fence { fence })): (HeaderMap, Body<Fence>),
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, headers }, Change::Renew { fence }).await
}

async fn release(
    State(app): State<App>,
    access: Access,
    Path(of): Path<(TenantId, String)>,
    (headers, Query(Fence { fence })): (HeaderMap, Query<Fence>),
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, headers }, Change::Release { fence }).await
}
