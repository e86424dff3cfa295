//! A case as it is named and as it goes out.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ivendor_core::ids::TenantId;
use ivendor_store::review::Record;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::IntoParams;

/// Which case.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct CasePath {
    /// Whose.
    pub(super) tenant: TenantId,
    /// Which of this tenant's.
    #[param(example = "6f1ed002ab5595859014ebf0951522d9d3f0d4d1bd6c5a5d8f0d6c0f0f4c2a11")]
    #[serde(deserialize_with = "case_id")]
    pub(super) case: String,
}

/// An identifier of a case. What cannot be one, such as a text with a zero character that no
/// database takes, is refused before anybody asks for it.
pub(super) fn case_id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let is_fine = text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_fine { Ok(text) } else { Err(D::Error::custom("no identifier of a case")) }
}

/// A case with the tag of its version.
pub(super) fn tagged(record: &Record, body: &impl Serialize) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", record.version)) {
        headers.insert(header::ETAG, tag);
    }
    (headers, Json(body)).into_response()
}
