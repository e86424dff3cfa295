//! What holds for many routes: who is let in, and what goes wrong before and behind a handler.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr};

use crate::session::{COOKIE, CSRF};

/// The media type of what goes wrong.
const PROBLEM: &str = "application/problem+json";
/// The name of the schema of what goes wrong.
const BODY: &str = "#/components/schemas/ProblemBody";
/// The tag of routes that ask nobody who he is.
const OPEN: &str = "program";

/// What each status means wherever it is answered, but where a handler says more.
const MEANINGS: [(u16, &str); 13] = [
    (400, "`request_wrong`: the request cannot be understood; the detail says which part."),
    (401, "`token_missing`: nobody who is let in."),
    (403, "`scope_missing`: the token does not allow it; `csrf`: X-CSRF-Token is missing."),
    (404, "`not_found`: there is nothing here that this token may see."),
    (408, "`body_slow`: the body did not come in time."),
    (412, "`version_changed`: the case has another version than If-Match names."),
    (413, "`body_too_large`: more than 256 KiB."),
    (415, "`not_json`: the body is not declared as JSON."),
    (422, "`request_wrong`: the body lacks something, or has something that is not known."),
    (429, "`too_many_requests`: more than one token may ask; Retry-After says how long to wait."),
    (500, "`internal`: the store cannot do this; the log says why."),
    (503, "`busy` or `store_away`: send the same request again after Retry-After."),
    (504, "`timed_out`: no answer in time."),
];

/// Adds it to the document.
pub(super) fn complete(document: &mut OpenApi) {
    let schemes = [
        ("token", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build())),
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)))),
        ("csrf", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-CSRF-Token")))),
    ];
    debug_assert_eq!(CSRF, "x-csrf-token");
    if let Some(components) = &mut document.components {
        for (name, scheme) in schemes {
            components.add_security_scheme(name, scheme);
        }
    }
    for item in document.paths.paths.values_mut() {
        let reads = [&mut item.get];
        let writes = [&mut item.post, &mut item.put, &mut item.delete];
        reads.into_iter().flatten().for_each(|operation| add(operation, false));
        writes.into_iter().flatten().for_each(|operation| add(operation, true));
    }
}

fn add(operation: &mut Operation, is_write: bool) {
    let is_open = operation.tags.iter().flatten().any(|tag| tag == OPEN);
    // Whoever signs in is let in by what he sends.
    let signs_in = operation.operation_id.as_deref() == Some("sign_in");
    if !is_open && !signs_in && operation.security.is_none() {
        operation.security = Some(requirements(is_write));
    }
    let parameters = operation.parameters.iter().flatten();
    let parameters: Vec<_> = parameters
        .filter_map(|one| match one {
            RefOr::T(parameter) => Some((parameter.parameter_in.clone(), parameter.name.clone())),
            RefOr::Ref(_) => None,
        })
        .collect();
    let of = |wanted: &ParameterIn| parameters.iter().any(|(place, _)| place == wanted);
    let mut statuses = vec![503, 504];
    if !is_open {
        statuses.extend([401, 429, 500]);
    }
    if !is_open && !signs_in {
        statuses.push(403);
    }
    if of(&ParameterIn::Path) {
        statuses.push(404);
    }
    if of(&ParameterIn::Query) || of(&ParameterIn::Header) || operation.request_body.is_some() {
        statuses.push(400);
    }
    if parameters.iter().any(|(_, name)| name == "If-Match") {
        statuses.push(412);
    }
    if operation.request_body.is_some() {
        statuses.extend([408, 413, 415, 422]);
    }
    for (status, meaning) in MEANINGS {
        if statuses.contains(&status) {
            let answers = &mut operation.responses.responses;
            answers.entry(status.to_string()).or_insert_with(|| problem(status, meaning));
        }
    }
}

/// A token, or a session, with its word where something is changed.
fn requirements(is_write: bool) -> Vec<SecurityRequirement> {
    let none = || std::iter::empty::<&str>();
    let session = SecurityRequirement::new("session", none());
    let session = if is_write { session.add("csrf", none()) } else { session };
    vec![SecurityRequirement::new("token", none()), session]
}

fn problem(status: u16, meaning: &str) -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::new(BODY))).build();
    let mut response = ResponseBuilder::new().description(meaning).content(PROBLEM, content);
    if matches!(status, 429 | 503) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
        let header = HeaderBuilder::new().schema(Some(seconds));
        let header = header.description(Some("Seconds after which another try may succeed."));
        response = response.header("Retry-After", header.build());
    }
    RefOr::T(response.build())
}
