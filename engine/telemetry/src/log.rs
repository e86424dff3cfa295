//! The log, and the spans of `tracing` as spans of the traces.

use ivendor_settings::{LogFormat, LogSettings};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt};

use crate::TelemetryError;

/// Sends the log to `writer`, and what happens inside of a span to the traces where there are any.
pub(crate) fn install<W>(
    settings: &LogSettings,
    (writer, ansi): (W, bool),
    tracer: Option<SdkTracer>,
) -> Result<(), TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&settings.filter).map_err(|error| {
        let (filter, problem) = (settings.filter.clone(), error.to_string());
        TelemetryError::Filter { filter, problem }
    })?;
    let lines = fmt::layer::<Registry>().with_writer(writer).with_ansi(ansi);
    let lines = match settings.format {
        LogFormat::Human => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let spans = tracer.map(|tracer| {
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        layer.with_location(false).with_threads(false).with_filter(filter_fn(is_traced))
    });
    let all = tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans);
    all.try_init().map_err(|error| TelemetryError::Twice(error.to_string()))
}

/// What becomes part of a trace: our own spans, and in them what is worth a warning. The libraries
/// that send the traces must not be among them.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    let level = if metadata.is_span() { Level::INFO } else { Level::WARN };
    metadata.target().starts_with("ivendor") && *metadata.level() <= level
}
