//! An exporter that lets its receiver rest: when a call has failed, what comes for a while is
//! dropped without another one, so that a receiver that is away costs spans and nothing else.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// How long nothing is sent after a failure.
const REST: Duration = Duration::from_secs(5);

/// The exporter.
#[derive(Debug)]
pub(crate) struct Resting<E> {
    inner: E,
    endpoint: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Until when nothing is sent.
    until: Option<Instant>,
    /// Spans that were dropped since the receiver went away.
    dropped: usize,
}

impl<E> Resting<E> {
    pub(crate) fn new(inner: E, endpoint: String) -> Self {
        Self { inner, endpoint, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is to be sent now; then so many spans more are dropped.
    fn rests(&self, spans: usize) -> bool {
        let mut state = self.state();
        let rests = state.until.is_some_and(|until| Instant::now() < until);
        state.dropped += if rests { spans } else { 0 };
        rests
    }

    fn told(&self, result: &OTelSdkResult, spans: usize) {
        let mut state = self.state();
        let endpoint = &self.endpoint;
        match (result, state.until) {
            (Ok(()), Some(_)) => {
                let dropped = state.dropped;
                tracing::warn!(endpoint, dropped, "the receiver of traces is back");
                *state = State::default();
            }
            (Ok(()), None) => {}
            (Err(error), before) => {
                if before.is_none() {
                    tracing::warn!(endpoint, %error, "traces cannot be sent; spans are dropped");
                }
                state.until = Some(Instant::now() + REST);
                state.dropped += spans;
            }
        }
    }
}

impl<E: SpanExporter> SpanExporter for Resting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        if self.rests(spans) {
            return Ok(());
        }
        let result = self.inner.export(batch).await;
        self.told(&result, spans);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
