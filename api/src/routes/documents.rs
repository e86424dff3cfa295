//! What was ever said of a document.

use axum::Json;
use axum::extract::State;
use ivendor_core::ids::{DocumentId, Sha256, TenantId};
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::Verdict;
use ivendor_store::result::{DocumentRef, StoredResult};
use ivendor_store::store::Store as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Access;
use crate::extract::Path;
use crate::problem::Problem;
use crate::serve::App;

/// `GET /v1/tenants/{tenant}/documents/{document}/history`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(history))
}

/// Which document.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DocumentPath {
    /// Whose.
    tenant: TenantId,
    /// Which of this tenant's.
    document: DocumentId,
}

/// A verdict in its document's history.
#[derive(Debug, Serialize, ToSchema)]
struct Entry {
    /// The digest of the key of the verdict.
    result_key: Sha256,
    /// Whether it is the one that counts.
    is_current: bool,
    /// What was asked.
    request: VerificationRequest,
    /// What the engine said.
    verdict: Verdict,
}

/// Every verdict of a document, the earliest first
#[utoipa::path(get, path = "/v1/tenants/{tenant}/documents/{document}/history", tag = "documents",
    params(DocumentPath),
    responses((status = 200, description = "The verdicts.", body = Vec<Entry>)))]
async fn history(
    State(app): State<App>,
    access: Access,
    Path(DocumentPath { tenant, document }): Path<DocumentPath>,
) -> Result<Json<Vec<Entry>>, Problem> {
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
    Ok(Json(history.into_iter().map(entry).collect()))
}
