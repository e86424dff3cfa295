//! The way of the spans to the receiver: sampled, queued up to a bound, sent by a thread of its
//! own.

use std::time::Duration;

use ivendor_settings::TraceSettings;
use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SamplingResult, SdkTracerProvider,
    ShouldSample, SpanLimits,
};

use crate::TelemetryError;
use crate::resting::Resting;

/// How long one call to the receiver may take.
const CALL_MAX: Duration = Duration::from_secs(2);
/// How long a span waits for others at most.
const DELAY_MAX: Duration = Duration::from_secs(1);
/// Spans of one call.
const TOGETHER: usize = 1024;
/// Documents of a batch that its span names.
const LINKS_MAX: u32 = 1024;
/// Where the receiver takes traces, below its base address.
const PATH: &str = "/v1/traces";

/// What makes spans and sends them.
pub(crate) fn provider(
    program: &'static str,
    endpoint: &str,
    settings: &TraceSettings,
) -> Result<SdkTracerProvider, TelemetryError> {
    let wrong =
        |problem: String| TelemetryError::Endpoint { endpoint: endpoint.to_owned(), problem };
    // The standard says: the base address, and each kind of telemetry below it.
    let address = format!("{}{PATH}", endpoint.trim_end_matches('/').trim_end_matches(PATH));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client().map_err(|error| wrong(error.to_string()))?)
        .with_endpoint(address)
        .with_timeout(CALL_MAX)
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    let queue = BatchConfigBuilder::default()
        .with_max_queue_size(settings.queue_max)
        .with_max_export_batch_size(TOGETHER.min(settings.queue_max))
        .with_scheduled_delay(DELAY_MAX)
        .build();
    let exporter = Resting::new(exporter, endpoint.to_owned());
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(queue).build();
    let name = settings.service.clone().unwrap_or_else(|| program.to_owned());
    let share = Sampler::TraceIdRatioBased(settings.sampled_share);
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(Kept(Sampler::ParentBased(Box::new(share))))
        .with_span_limits(SpanLimits { max_links_per_span: LINKS_MAX, ..SpanLimits::default() })
        .with_resource(Resource::builder().with_service_name(name).build())
        .build())
}

/// Keeps what names a span that is kept, and else what the sampler says.
#[derive(Debug, Clone)]
struct Kept(Sampler);

impl ShouldSample for Kept {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let named = links.iter().any(|link| link.span_context.is_sampled());
        let sampler = if named { &Sampler::AlwaysOn } else { &self.0 };
        sampler.should_sample(parent, trace, name, kind, attributes, links)
    }
}

fn client() -> reqwest::Result<reqwest::blocking::Client> {
    // Whoever came first has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder()
        .timeout(CALL_MAX)
        .connect_timeout(CALL_MAX)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("ivendor-verify/", env!("CARGO_PKG_VERSION")))
        .build()
}
