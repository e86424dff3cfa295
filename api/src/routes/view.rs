//! A case as it goes out.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ivendor_store::review::Record;
use serde::Serialize;

/// A case with the tag of its version.
pub(super) fn tagged(record: &Record, body: &impl Serialize) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", record.version)) {
        headers.insert(header::ETAG, tag);
    }
    (headers, Json(body)).into_response()
}
