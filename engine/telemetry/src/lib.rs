//! What every program tells while it runs: lines of a log, and traces by OpenTelemetry (OTLP over
//! HTTP). Off, a trace costs a look at one variable.
//!
//! [`Telemetry::start`] sets both up, once a process. [`journey`] is one document's way through
//! stages that no call encloses; what a call does enclose is a span of `tracing`, as everywhere.
//! This room knows nothing of documents, queues or databases.

mod export;
pub mod http;
pub mod journey;
mod log;
mod resting;
#[cfg(feature = "testing")]
pub mod testing;

use std::sync::OnceLock;
use std::time::Duration;

use ivendor_settings::{LogSettings, TraceSettings};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing_subscriber::fmt::MakeWriter;

/// What makes spans; never set where nothing is traced.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Why a program cannot tell anything.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter of the log cannot be read.
    #[error("log.filter {filter:?}: {problem}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing can be sent to the receiver of traces, whether it is there or not.
    #[error("trace.endpoint {endpoint:?}: {problem}")]
    Endpoint {
        /// The address.
        endpoint: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Something else in the process takes the log already.
    #[error("the log is set up already: {0}")]
    Twice(String),
}

/// The log and the traces of this process. When it is dropped, the spans that wait are sent, as far
/// as that goes within `trace.flush_s_max`.
#[derive(Debug)]
#[must_use = "what waits to be sent is sent when this is dropped"]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
    flush_max: Duration,
}

impl Telemetry {
    /// Logs to `writer` (with colours where `ansi` says so) and sends traces from now on. `program`
    /// is what it is called there. Not to be called by asynchronous code.
    ///
    /// # Errors
    /// [`TelemetryError`] where a setting cannot be, or the log was set up before.
    pub fn start<W>(
        program: &'static str,
        (log, trace): (&LogSettings, &TraceSettings),
        (writer, ansi): (W, bool),
    ) -> Result<Self, TelemetryError>
    where
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        let provider = match &trace.endpoint {
            Some(endpoint) => Some(export::provider(program, endpoint, trace)?),
            None => None,
        };
        let tracer = provider.as_ref().map(|provider| provider.tracer("ivendor"));
        log::install(log, (writer, ansi), tracer.clone())?;
        if let Some(tracer) = tracer {
            // Whoever installed the log is the only one to come here.
            let _ = TRACER.set(tracer);
        }
        Ok(Self { provider, flush_max: Duration::from_secs_f64(trace.flush_s_max) })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.provider
            && let Err(error) = provider.shutdown_with_timeout(self.flush_max)
        {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}
