//! The OpenAPI 3.1 document of the API, made from the handlers, and the page that shows it.
//!
//! A route is added together with its description (`utoipa_axum::routes!`), so neither can be
//! without the other. What holds for many routes, such as who is let in and what goes wrong before
//! a handler runs, is added here, once.

mod everywhere;
mod page;

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::ProblemBody;
use crate::routes::api;
use crate::serve::App;

/// What stands above the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "The review API",
        description = "Cases that a person must look at: found, taken under a lease, and decided.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "cases", description = "Cases: found, read, and taken."),
        (name = "leases", description = "The lease of a case: taken, renewed, given back."),
        (name = "decisions", description = "Answers: given, and taken back."),
        (name = "documents", description = "What was ever said of a document, and its pages."),
        (name = "statistics", description = "How the queue stands."),
        (name = "audit", description = "Who did what."),
        (name = "session", description = "Signing in at the page."),
        (name = "program", description = "The program itself: whether it lives, and this."),
    ),
    components(schemas(ProblemBody))
)]
pub(crate) struct Base;

/// The document, as it is served.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut document = api().into_openapi();
    everywhere::complete(&mut document);
    let mut document = serde_json::to_value(document).unwrap_or_default();
    plain(&mut document);
    format!("{document:#}\n")
});

/// The document as JSON.
#[must_use]
pub fn document() -> &'static str {
    &DOCUMENT
}

/// `GET /openapi.json`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// `GET /docs`, which is for people, with its files.
pub(crate) fn page() -> Router<App> {
    Router::new()
        .route("/docs", get(page::page))
        .route("/docs/docs.css", get(page::style))
        .route("/docs/docs.js", get(page::script))
}

/// This document
///
/// Nothing in it is secret, so nobody is asked who he is.
#[utoipa::path(get, path = "/openapi.json", tag = "program",
    responses((status = 200, description = "The document.", body = Object)))]
async fn read() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

/// Descriptions come from the documentation of types, where links look like [`this`].
fn plain(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" || name == "summary" => {
                        *text = text.replace("[`", "`").replace("`]", "`");
                    }
                    other => plain(other),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(plain),
        _ => {}
    }
}
