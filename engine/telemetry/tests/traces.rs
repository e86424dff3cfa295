//! What a receiver of traces gets, with a process that tells of itself as a program does.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::io;
use std::time::Duration;

use ivendor_core::trace::TraceParent;
use ivendor_settings::{LogSettings, TraceSettings};
use ivendor_telemetry::journey::{Journey, Role, Together};
use ivendor_telemetry::testing::{Received, Receiver};
use ivendor_telemetry::{Telemetry, http};

const KEPT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_KEPT: &str = "00-11111111111111111111111111111111-00f067aa0ba902b7-00";

fn parent(text: &str) -> TraceParent {
    text.parse().unwrap()
}

fn named<'a>(spans: &'a [Received], name: &str) -> Vec<&'a Received> {
    spans.iter().filter(|span| span.name == name).collect()
}

/// Two documents of one batch, of which the first names a trace, and two that are not kept.
fn work() -> String {
    let mut first = Journey::begin("process", Role::Receives, Some(&parent(KEPT)));
    let mut second = Journey::begin("process", Role::Receives, None);
    let mut third = Journey::begin("process", Role::Receives, Some(&parent(NOT_KEPT)));
    assert!(first.is_kept() && !second.is_kept() && !third.is_kept());
    for way in [&mut first, &mut second, &mut third] {
        way.enter("fetch");
        way.event("retried", || "the service is away".to_owned());
        way.enter("verify");
    }
    let together = Together::begin("verify batch", [&first, &second, &third]);
    together.note("documents", || 3_i64);
    drop(together);
    let (short, long) = (Duration::from_millis(2), Duration::from_millis(5));
    first.parts([("detect", short), ("recognise", long)]);
    let onward = first.traceparent().unwrap();
    assert_eq!(onward.trace_id(), parent(KEPT).trace_id());
    assert!(onward.is_sampled() && !third.traceparent().unwrap().is_sampled());
    assert_eq!(third.traceparent().unwrap().trace_id(), parent(NOT_KEPT).trace_id());
    first.note("decision", || "accept");
    first.end();
    drop(Journey::begin("dropped", Role::Receives, Some(&parent(KEPT))));
    let span = http::request("GET", "/v1/cases/{id}", Some(&parent(KEPT)));
    span.in_scope(|| tracing::warn!("something is odd"));
    http::answered(&span, 503);
    onward.parent_id().to_owned()
}

#[test]
fn a_receiver_gets_what_is_kept_with_parents_links_and_times() {
    assert_eq!(Journey::begin("early", Role::Sends, None).traceparent(), None);
    let receiver = Receiver::start().unwrap();
    let settings = TraceSettings {
        endpoint: Some(receiver.endpoint()),
        // What begins here is not kept, so that chance has no part in this.
        sampled_share: 0.0,
        flush_s_max: 10.0,
        ..TraceSettings::default()
    };
    let log = LogSettings { filter: "off".to_owned(), ..LogSettings::default() };
    let telemetry = Telemetry::start("program", (&log, &settings), (io::sink, false)).unwrap();
    let way = work();
    drop(telemetry);
    let spans = receiver.spans();
    let trace = parent(KEPT).trace_id().to_owned();
    let mut names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    names.sort_unstable();
    let wanted = ["GET /v1/cases/{id}", "detect", "dropped", "fetch", "process", "recognise"];
    assert_eq!(names, [&wanted[..], &["verify", "verify batch"]].concat());
    assert!(spans.iter().all(|span| span.service == "program" && span.times.0 <= span.times.1));

    let process = named(&spans, "process")[0];
    let above = (process.trace.as_str(), process.parent.as_str());
    assert_eq!(above, (trace.as_str(), parent(KEPT).parent_id()));
    assert_eq!((process.id.as_str(), process.said("decision")), (way.as_str(), Some("accept")));
    assert_eq!(process.said("ivendor.given_up"), None);
    assert_eq!(named(&spans, "dropped")[0].said("ivendor.given_up"), Some("true"));
    let (fetch, verify) = (named(&spans, "fetch")[0], named(&spans, "verify")[0]);
    assert_eq!((&fetch.parent, &verify.parent), (&process.id, &process.id));
    assert_eq!(fetch.times.1, verify.times.0, "between two stages there is nothing");
    let (detect, recognise) = (named(&spans, "detect")[0], named(&spans, "recognise")[0]);
    assert_eq!((&detect.parent, detect.times.0), (&verify.id, verify.times.0));
    assert_eq!(
        (detect.times.1, recognise.times.1 - recognise.times.0),
        (recognise.times.0, 5_000_000)
    );

    let batch = named(&spans, "verify batch")[0];
    assert_eq!((batch.parent.as_str(), batch.said("documents")), ("", Some("3")));
    assert_ne!(batch.trace, trace, "it belongs to none of its documents");
    assert_eq!(batch.links, [(trace.clone(), verify.id.clone())]);
    assert_eq!(verify.links, [(batch.trace.clone(), batch.id.clone())]);
    let request = named(&spans, "GET /v1/cases/{id}")[0];
    assert_eq!((&request.trace, request.parent.as_str()), (&trace, parent(KEPT).parent_id()));
    assert_eq!(request.said("http.response.status_code"), Some("503"));
}
