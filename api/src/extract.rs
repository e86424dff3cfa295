//! Parts of a request, with a problem in our own words where they are wrong.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::{HeaderMap, StatusCode, header};

use crate::problem::Problem;

/// Bytes of an idempotency key.
const KEY_LEN_MAX: usize = 128;

/// A body of JSON.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Body<T>(pub T);

/// The query of the address.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// The parts of the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_json",
            _ => "request_wrong",
        };
        Self::new(rejection.status(), code, rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::wrong(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        // A name that cannot be is a name of nothing.
        Self::not_found()
    }
}

/// The version that `If-Match` names, if any.
///
/// # Errors
/// [`Problem`] where it names something else than one of our tags.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
    let version = tag.and_then(|tag| tag.parse().ok());
    let wrong = || Problem::wrong("If-Match must hold the ETag of the case, e.g. \"3\"");
    version.map(Some).ok_or_else(wrong)
}

/// The key that `Idempotency-Key` names, if any.
///
/// # Errors
/// [`Problem`] where it cannot be a key.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_LEN_MAX).contains(&key.len()));
    let wrong = || {
        let detail = format!("Idempotency-Key must have 1 to {KEY_LEN_MAX} printable characters");
        Problem::wrong(detail)
    };
    key.map(Some).ok_or_else(wrong)
}
