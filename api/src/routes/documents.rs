//! What was ever said of a document.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use ivendor_core::ids::{DocumentId, Sha256, TenantId};
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::Verdict;
use ivendor_store::result::{DocumentRef, StoredResult};
use ivendor_store::store::Store as _;
use serde::Serialize;

use crate::access::Access;
use crate::extract::Path;
use crate::problem::Problem;
use crate::serve::App;

/// `GET /v1/tenants/{tenant}/documents/{document}/history`.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/tenants/{tenant}/documents/{document}/history", get(history))
}

/// A verdict in its document's history.
#[derive(Debug, Serialize)]
struct Entry {
    result_key: Sha256,
    is_current: bool,
    request: VerificationRequest,
    verdict: Verdict,
}

async fn history(
    State(app): State<App>,
    access: Access,
    Path((tenant, document)): Path<(TenantId, DocumentId)>,
) -> Result<Response, Problem> {
    access.may_see(&tenant)?;
    let of = DocumentRef { tenant, document };
    let history = app.cluster.shards.history(&of).await?;
    if history.is_empty() {
        return Err(Problem::not_found());
    }
    let entry = |StoredResult { key, is_current, request, verdict }| Entry {
        result_key: key,
        is_current,
        request,
        verdict,
    };
    Ok(Json(history.into_iter().map(entry).collect::<Vec<_>>()).into_response())
}
