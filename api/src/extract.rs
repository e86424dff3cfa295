//! Parts of a request, with a problem in our own words where they are wrong.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::meters::{self, Refused};
use crate::problem::Problem;
use crate::serve::App;

/// Bytes of an idempotency key.
const KEY_LEN_MAX: usize = 128;

/// A body of JSON, which must come in time.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let time = app.settings.body_time();
        match timeout(time, Json::from_request(request, app)).await {
            Ok(Ok(Json(body))) => Ok(Self(body)),
            Ok(Err(rejection)) => Err(rejection.into()),
            Err(_) => {
                meters::refused(Refused::SlowBody);
                let detail = format!("the body must come within {} s", time.as_secs());
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_slow", detail))
            }
        }
    }
}

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

/// Under which conditions a case is changed: `If-Match` and `Idempotency-Key`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The version that the case must have.
    pub version: Option<u32>,
    /// The key of the request.
    pub key: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self { version: if_match(&parts.headers)?, key: idempotency_key(&parts.headers)? })
    }
}

impl IntoParams for Conditions {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let tag = "The ETag of the case as it was read; another version is 412.";
        vec![header_parameter("If-Match", tag, "^\"[0-9]{1,9}\"$".to_owned()), key_parameter()]
    }
}

/// `Idempotency-Key`, where there is no version to name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyOnly(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for KeyOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        idempotency_key(&parts.headers).map(Self)
    }
}

impl IntoParams for KeyOnly {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![key_parameter()]
    }
}

fn key_parameter() -> Parameter {
    let key = "A repeat with the same key gets the first answer again.";
    header_parameter("Idempotency-Key", key, format!("^[!-~]{{1,{KEY_LEN_MAX}}}$"))
}

fn header_parameter(name: &str, description: &str, pattern: String) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build();
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header);
    parameter.description(Some(description)).schema(Some(text)).build()
}

/// The version that `If-Match` names, if any.
fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
    let version = tag.and_then(|tag| tag.parse().ok());
    let wrong = || Problem::wrong("If-Match must hold the ETag of the case, e.g. \"3\"");
    version.map(Some).ok_or_else(wrong)
}

/// The key that `Idempotency-Key` names, if any.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_LEN_MAX).contains(&key.len()));
    let wrong = || {
        let detail = format!("Idempotency-Key must have 1 to {KEY_LEN_MAX} printable characters");
        Problem::wrong(detail)
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}
