//! Requests over HTTP as part of the traces that their clients name.

use ivendor_core::trace::TraceParent;
use opentelemetry::Context;
use opentelemetry::trace::{Status, TraceContextExt as _};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::journey::{named, span_context};

/// A span for a request to this route, in the trace of `parent` where there is one. What the
/// request calls becomes part of it as long as it is the current span.
#[must_use]
pub fn request(method: &str, route: &str, parent: Option<&TraceParent>) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        trace_id = parent.map(TraceParent::trace_id),
    );
    if let Some(parent) = parent {
        // Nothing is traced where there is no layer that takes it.
        let _ = span.set_parent(Context::new().with_remote_span_context(span_context(parent)));
    }
    span
}

/// How what the request leaves behind names the trace that it belongs to: by its span, or by what
/// its client named where nothing is traced here.
#[must_use]
pub fn onward(span: &Span, parent: Option<&TraceParent>) -> Option<TraceParent> {
    let context = span.context();
    let span = context.span();
    named(span.span_context()).or_else(|| parent.cloned())
}

/// The request was answered with this status.
pub fn answered(span: &Span, status: u16) {
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(format!("status {status}")));
    }
}
