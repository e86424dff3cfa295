//! A case as it is named and as it goes out.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ivendor_core::ids::TenantId;
use ivendor_store::review::Record;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which case.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct CasePath {
    /// Whose.
    pub(super) tenant: TenantId,
    /// Which of this tenant's.
    #[param(example = "6f1ed002ab5595859014ebf0951522d9d3f0d4d1bd6c5a5d8f0d6c0f0f4c2a11")]
    pub(super) case: String,
}

/// A case with the tag of its version.
pub(super) fn tagged(record: &Record, body: &impl Serialize) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", record.version)) {
        headers.insert(header::ETAG, tag);
    }
    (headers, Json(body)).into_response()
}
