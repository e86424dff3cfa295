//! What goes wrong, as `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ivendor_core::review::case::Refusal;
use ivendor_store::error::{Kind, StoreError};
use ivendor_store::review::ReviewError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::guard;

/// An answer that says what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// What it is, for programs: it never changes.
    pub code: &'static str,
    /// What happened and what to do, for people.
    pub detail: String,
    /// Seconds after which another try may succeed.
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let retry_after_s = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self { status, code, detail: detail.into(), retry_after_s }
    }

    /// A request that cannot be understood.
    #[must_use]
    pub fn wrong(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request_wrong", detail)
    }

    /// Nothing there, or nothing that this token may see: which of them is not told.
    #[must_use]
    pub fn not_found() -> Self {
        let detail = "there is nothing here that your token may see";
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// Too much at once.
    #[must_use]
    pub fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
    }

    /// Too often from one.
    #[must_use]
    pub fn too_many(detail: impl Into<String>, wait: Duration) -> Self {
        let retry_after_s = Some(wait.as_secs() + 1);
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self { retry_after_s, ..Self::new(status, "too_many_requests", detail) }
    }
}

/// What goes wrong, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// What it is, for programs: it never changes.
    #[schema(pattern = "^urn:ivendor:problem:[a-z_]+$", example = "urn:ivendor:problem:not_found")]
    r#type: String,
    /// What the status says.
    title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what to do, for people.
    #[schema(min_length = 1)]
    detail: String,
    /// Under which the log tells more.
    request_id: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, retry_after_s } = self;
        let body = ProblemBody {
            r#type: format!("urn:ivendor:problem:{code}"),
            title: status.canonical_reason().unwrap_or("problem"),
            status: status.as_u16(),
            detail,
            request_id: guard::request_id(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        // What a database says is for the log: it may hold what no client should see.
        tracing::error!(%error, request_id = guard::request_id(), "the store failed");
        match error.kind() {
            Kind::Transient | Kind::Conflict | Kind::Fenced => {
                let detail = "a database is away or busy; send the same request again";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_away", detail)
            }
            Kind::Permanent => {
                let detail = "the store cannot do this; the log says why, under the request's id";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let detail = error.to_string();
        let (status, code) = match error {
            ReviewError::NotFound => return Self::not_found(),
            ReviewError::Store(error) => return error.into(),
            ReviewError::Refused(refusal) => (StatusCode::CONFLICT, code(refusal)),
            ReviewError::Version { .. } => (StatusCode::PRECONDITION_FAILED, "version_changed"),
            ReviewError::InProgress => (StatusCode::CONFLICT, "request_in_progress"),
            ReviewError::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            ReviewError::Answer(_) | ReviewError::Note | ReviewError::Audit(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "answer_wrong")
            }
        };
        Self::new(status, code, detail)
    }
}

fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Taken => "case_taken",
        Refusal::LeaseLost => "lease_lost",
        Refusal::Closed => "case_closed",
        Refusal::HasAnswered => "has_answered",
        Refusal::NotSenior => "not_senior",
        Refusal::NothingAbove => "nothing_above",
        Refusal::NothingToUndo => "nothing_to_undo",
        Refusal::TooLate => "too_late",
    }
}
