//! Each request is a span, in the trace that its client names.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use ivendor_core::trace::TraceParent;
use ivendor_telemetry::http;
use tracing::Instrument as _;

/// The header in which a client names its trace.
const TRACEPARENT: &str = "traceparent";

/// How the events of a request name the trace that it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Onward(pub(crate) TraceParent);

/// Answers a request as part of its trace.
pub async fn trace(mut request: Request, next: Next) -> Response {
    let parent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    let parent: Option<TraceParent> = parent.and_then(|text| text.parse().ok());
    // The route and not the path: a path names tenants, and there are as many as documents.
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = http::request(request.method().as_str(), route.unwrap_or_default(), parent.as_ref());
    if let Some(trace) = http::onward(&span, parent.as_ref()) {
        request.extensions_mut().insert(Onward(trace));
    }
    let response = next.run(request).instrument(span.clone()).await;
    http::answered(&span, response.status().as_u16());
    response
}
