//! What a program tells of itself while it runs: its log, and the traces of what it handles.

use serde::{Deserialize, Serialize};

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For a person.
    #[default]
    Human,
    /// For a program.
    Json,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// The filter in the syntax of tracing, e.g. `info,ivendor_verify=debug`; also `IVENDOR_LOG`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { filter: "warn".to_owned(), format: LogFormat::Human }
    }
}

/// Where traces go, and how many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSettings {
    /// The base address of a receiver of OTLP over HTTP, e.g. `http://localhost:4318`; also
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`. Without it nothing is traced.
    pub endpoint: Option<String>,
    /// Share of the traces that begin here and are kept, 0–1. A trace that began elsewhere is kept
    /// where it was kept there.
    pub sampled_share: f64,
    /// What this program is called in the traces, in place of its name; also `OTEL_SERVICE_NAME`.
    pub service: Option<String>,
    /// Spans that wait to be sent. What comes while so many wait is dropped.
    pub queue_max: usize,
    /// Seconds to send what waits when the program ends.
    pub flush_s_max: f64,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self {
            endpoint: None,
            sampled_share: 1.0,
            service: None,
            queue_max: 16_384,
            flush_s_max: 2.0,
        }
    }
}

impl TraceSettings {
    /// The first value that cannot be, as its key and what is wrong.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let is_http = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        if self.endpoint.as_deref().is_some_and(|endpoint| !is_http(endpoint)) {
            return Some(("trace.endpoint", "must begin with http:// or https://".to_owned()));
        }
        if !(0.0..=1.0).contains(&self.sampled_share) {
            return Some(("trace.sampled_share", "must lie between 0 and 1".to_owned()));
        }
        if !(1..=1_000_000).contains(&self.queue_max) {
            return Some(("trace.queue_max", "must lie between 1 and 1000000".to_owned()));
        }
        if !(0.0..=10.0).contains(&self.flush_s_max) {
            return Some(("trace.flush_s_max", "must lie between 0 and 10 seconds".to_owned()));
        }
        None
    }
}
