//! The pages of a case's document as pictures.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_store::result::DocumentRef;
use ivendor_store::store::Store as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, IntoResponses, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{CasePath, case_id};
use crate::access::Access;
use crate::extract::Path;
use crate::pictures::Picture;
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// Only the browser of whoever asked keeps a picture, and for an hour.
const CACHING: HeaderValue = HeaderValue::from_static("private, max-age=3600");
/// A picture that is opened by itself does nothing.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `GET /v1/tenants/{tenant}/cases/{case}/pages` and one of them.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_pages)).routes(routes!(picture))
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct PagePath {
    /// Whose.
    tenant: TenantId,
    /// Which case of this tenant's.
    #[serde(deserialize_with = "case_id")]
    case: String,
    /// From 1.
    #[param(minimum = 1)]
    page: u32,
}

/// The pages of a document.
#[derive(Debug, Serialize, ToSchema)]
struct PagesAnswer {
    /// In their order.
    pages: Vec<Picture>,
}

/// Why a document cannot be shown.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes what a Problem answers")]
enum DocumentProblems {
    /// `not_found`; `document_unreachable`: it is gone, or may not be shown.
    #[response(status = 404, content_type = "application/problem+json")]
    Gone(ProblemBody),
    /// `document_changed`: it is not the one that was verified.
    #[response(status = 409, content_type = "application/problem+json")]
    Changed(ProblemBody),
    /// `document_damaged`: it cannot be drawn.
    #[response(status = 422, content_type = "application/problem+json")]
    Damaged(ProblemBody),
    /// `document_away`, `busy` or `store_away`: send it again after Retry-After.
    #[response(status = 503, content_type = "application/problem+json")]
    Away(ProblemBody),
}

/// The case's pages, and the digest of its document.
async fn pages(
    app: &App,
    access: &Access,
    CasePath { tenant, case }: CasePath,
) -> Result<(Arc<Vec<Picture>>, Option<Sha256>), Problem> {
    access.may_see(&tenant)?;
    let (record, ..) = app.cluster.shards.case(&tenant, &case).await?;
    let of = DocumentRef { tenant, document: record.document_id.clone() };
    let history = app.cluster.shards.history(&of).await?;
    let about = history.into_iter().find(|result| result.key == record.result_key);
    let uri = about.ok_or_else(Problem::not_found)?.request.uri;
    Ok((app.pictures.of(&uri, record.sha256).await?, record.sha256))
}

/// The sizes of the pages of a case's document
#[utoipa::path(get, path = "/v1/tenants/{tenant}/cases/{case}/pages", tag = "documents",
    params(CasePath),
    responses(
        (status = 200, description = "The pages.", body = PagesAnswer),
        DocumentProblems,
    ))]
async fn list_pages(
    State(app): State<App>,
    access: Access,
    Path(of): Path<CasePath>,
) -> Result<Json<PagesAnswer>, Problem> {
    let (pages, _) = pages(&app, &access, of).await?;
    Ok(Json(PagesAnswer { pages: pages.to_vec() }))
}

/// A page of a case's document as JPEG
///
/// In the pixels in which the evidence of the verdict counts. Only the reader's browser keeps it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/cases/{case}/pages/{page}", tag = "documents",
    params(PagePath),
    responses(
        (status = 200, description = "The page.", body = Vec<u8>, content_type = "image/jpeg",
            headers(("ETag" = String, description = "Of the document's bytes and the page."))),
        (status = 304, description = "The one that If-None-Match names."),
        DocumentProblems,
    ))]
async fn picture(
    State(app): State<App>,
    access: Access,
    Path(PagePath { tenant, case, page }): Path<PagePath>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let (pages, sha256) = pages(&app, &access, CasePath { tenant, case }).await?;
    let found = pages.iter().find(|picture| picture.page == page).ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, CACHING);
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    if let Some(digest) = sha256
        && let Ok(tag) = HeaderValue::from_str(&format!("\"{digest}-{page}\""))
    {
        if asked.get(header::IF_NONE_MATCH) == Some(&tag) {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(header::ETAG, tag);
    }
    Ok((headers, found.jpeg.clone()).into_response())
}
