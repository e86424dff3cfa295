//! What is counted for Prometheus: typed helpers for the metrics that [`ivendor_core::metrics`]
//! declares. No other place here names one.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use ivendor_core::metrics::{self as names, Kind, Metric};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of a histogram of seconds.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// What is counted here.
const OURS: [Metric; 6] = [
    names::REQUESTS,
    names::REQUEST_SECONDS,
    names::REQUESTS_IN_HAND,
    names::REFUSED,
    names::CASES,
    names::POOL_CONNECTIONS,
];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Counts from the first call on.
pub(crate) fn install() {
    HANDLE.get_or_init(|| {
        let seconds = Matcher::Full(names::REQUEST_SECONDS.name.to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS);
        let installed = builder.and_then(PrometheusBuilder::install_recorder);
        for Metric { name, kind, meaning } in OURS {
            match kind {
                Kind::Counter => metrics::describe_counter!(name, meaning),
                Kind::Gauge => metrics::describe_gauge!(name, meaning),
                Kind::Histogram => metrics::describe_histogram!(name, meaning),
            }
        }
        let note = |error: &_| tracing::error!(%error, "nothing is counted in this process");
        installed.inspect_err(note).ok()
    });
}

/// Everything that was counted, as Prometheus reads it; `None` where nothing is.
pub(crate) fn rendered() -> Option<String> {
    let handle = HANDLE.get()?.as_ref()?;
    handle.run_upkeep();
    Some(handle.render())
}

/// A request that counts as in hand until this is dropped.
#[derive(Debug)]
pub(crate) struct InHand(());

impl InHand {
    pub(crate) fn new() -> Self {
        gauge!(names::REQUESTS_IN_HAND.name).increment(1.0);
        Self(())
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        gauge!(names::REQUESTS_IN_HAND.name).decrement(1.0);
    }
}

/// A request, by the route that it took: never by its address, of which there are too many.
pub(crate) fn answered((method, route): (&Method, &str), status: StatusCode, took: Duration) {
    let method = match *method {
        Method::GET | Method::HEAD => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let route = route.to_owned();
    histogram!(names::REQUEST_SECONDS.name, "method" => method, "route" => route.clone())
        .record(took.as_secs_f64());
    counter!(
        names::REQUESTS.name,
        "method" => method,
        "route" => route,
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
}

/// Why a request was refused before anybody looked at it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refused {
    /// Too many are in hand.
    Busy,
    /// One token asks too often.
    Rate,
    /// Signing in has failed too often.
    SignIn,
    /// Its body does not come.
    SlowBody,
}

pub(crate) fn refused(why: Refused) {
    let why = match why {
        Refused::Busy => "busy",
        Refused::Rate => "rate",
        Refused::SignIn => "sign_in",
        Refused::SlowBody => "slow_body",
    };
    counter!(names::REFUSED.name, "why" => why).increment(1);
}

pub(crate) fn cases(state: &'static str, cases: u64) {
    gauge!(names::CASES.name, "state" => state).set(cases as f64);
}

/// The connections to a shard or to the reference database.
pub(crate) fn pool(of: &str, (size, idle): (u32, usize)) {
    let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(size);
    let name = names::POOL_CONNECTIONS.name;
    let set = |state: &'static str| gauge!(name, "shard" => of.to_owned(), "state" => state);
    set("busy").set(size - idle);
    set("idle").set(idle);
}
