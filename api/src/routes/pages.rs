//! The pages of a case's document as pictures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_store::result::DocumentRef;
use ivendor_store::store::Store as _;
use serde_json::json;

use crate::access::Access;
use crate::extract::Path;
use crate::pictures::Picture;
use crate::problem::Problem;
use crate::serve::App;

/// Only the browser of whoever asked keeps a picture, and for an hour.
const CACHING: HeaderValue = HeaderValue::from_static("private, max-age=3600");
/// A picture that is opened by itself does nothing.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `GET /v1/tenants/{tenant}/cases/{case}/pages` and one of them.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tenants/{tenant}/cases/{case}/pages", get(list))
        .route("/v1/tenants/{tenant}/cases/{case}/pages/{page}", get(picture))
}

/// The case's pages, and the digest of its document.
async fn pages(
    app: &App,
    access: &Access,
    (tenant, case): (TenantId, String),
) -> Result<(Arc<Vec<Picture>>, Option<Sha256>), Problem> {
    access.may_see(&tenant)?;
    let (record, ..) = app.cluster.shards.case(&tenant, &case).await?;
    let of = DocumentRef { tenant, document: record.document_id.clone() };
    let history = app.cluster.shards.history(&of).await?;
    let about = history.into_iter().find(|result| result.key == record.result_key);
    let uri = about.ok_or_else(Problem::not_found)?.request.uri;
    Ok((app.pictures.of(&uri, record.sha256).await?, record.sha256))
}

async fn list(
    State(app): State<App>,
    access: Access,
    Path(of): Path<(TenantId, String)>,
) -> Result<Response, Problem> {
    let (pages, _) = pages(&app, &access, of).await?;
    Ok(Json(json!({"pages": *pages})).into_response())
}

async fn picture(
    State(app): State<App>,
    access: Access,
    Path((tenant, case, page)): Path<(TenantId, String, u32)>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let (pages, sha256) = pages(&app, &access, (tenant, case)).await?;
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
