//! One trace from the request to the commit of its offset, as a receiver of traces sees it; and a
//! receiver that is away.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;

use ivendor_core::trace::TraceParent;
use ivendor_telemetry::testing::{Received, Receiver};
use serde_json::Value;

use crate::running::Running;
use crate::site::{DEAD, EVENTS, Site, document};

const DOCUMENTS: usize = 60;
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The trace that the message with this number names.
fn trace(number: usize) -> TraceParent {
    format!("00-{:032x}-{:016x}-01", number + 1, 1000 + number).parse().unwrap()
}

/// Sends the documents and, after them, one message that is no request.
fn send(site: &Site) {
    let mut messages: Vec<_> = (0..DOCUMENTS)
        .map(|number| {
            let (tenant, id) = document(number);
            let request = site.request(&tenant, &id).to_string().into_bytes();
            (format!("{tenant}/{id}"), request)
        })
        .collect();
    messages.push(("garbage".to_owned(), b"garbage".to_vec()));
    site.send_in(&messages, |number| Some(trace(number)));
}

/// The trace that a message names in its headers.
fn named(headers: &BTreeMap<String, String>) -> TraceParent {
    headers["traceparent"].parse().unwrap()
}

fn check_way(spans: &[Received], from: &TraceParent, stages: &[&str]) {
    let process: Vec<_> = spans.iter().filter(|span| span.name == "process").collect();
    let [process] = process[..] else { panic!("{} ways in one trace", process.len()) };
    assert_eq!(process.parent, from.parent_id());
    assert_eq!(process.said("ivendor.given_up"), None);
    let mut of_way: Vec<&Received> =
        spans.iter().filter(|span| span.parent == process.id).collect();
    of_way.sort_by_key(|span| span.times);
    let names: Vec<&str> = of_way.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, stages);
    for pair in of_way.windows(2) {
        assert_eq!(pair[0].times.1, pair[1].times.0, "one stage begins where another ends");
    }
}

#[test]
fn each_request_is_one_trace_to_its_commit_and_its_event_belongs_to_it() {
    let site = Site::new(2);
    let receiver = Receiver::start().unwrap();
    send(&site);
    let mut command = site.worker("one");
    command.env(ENDPOINT, receiver.endpoint()).env("IVENDOR_TRACE_SAMPLED_SHARE", "0");
    let worker = Running::start(command);
    site.wait_committed();
    worker.end();
    site.check(&(0..DOCUMENTS).map(document).collect());
    let mut traces: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    for span in receiver.spans() {
        assert_eq!(span.service, "ivendor-worker");
        traces.entry(span.trace.clone()).or_default().push(span);
    }
    for number in 0..DOCUMENTS {
        let from = trace(number);
        let spans = &traces[from.trace_id()];
        check_way(spans, &from, &["receive", "fetch", "batch", "verify", "store", "commit"]);
        let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        let (process, verify) = (of("process"), of("verify"));
        assert_eq!(process.said("ivendor.document_id"), Some(document(number).1.as_str()));
        for part in ["decode", "detect", "recognise", "check"] {
            assert_eq!(of(part).parent, verify.id);
        }
        for (stage, work) in [("verify", "verify batch"), ("store", "store batch")] {
            let stage = of(stage);
            let [(trace, id)] = &stage.links[..] else { panic!("{:?}", stage.links) };
            let batch = traces[trace].iter().find(|span| span.id == *id).unwrap();
            assert_eq!(batch.name, work);
            assert!(batch.links.contains(&(stage.trace.clone(), stage.id.clone())));
        }
    }
    let garbage = trace(DOCUMENTS);
    check_way(&traces[garbage.trace_id()], &garbage, &["receive", "dead_letter", "commit"]);

    let ways: BTreeMap<String, String> = traces
        .into_values()
        .flatten()
        .filter(|span| span.name == "process")
        .map(|span| (span.trace, span.id))
        .collect();
    let mut told = BTreeSet::new();
    for (headers, payload) in site.read(EVENTS) {
        let event: Value = serde_json::from_slice(&payload).unwrap();
        let from = named(&headers);
        assert_eq!(event["traceparent"], from.as_str());
        assert_eq!(ways[from.trace_id()], from.parent_id());
        let (tenant, id) = document(usize::from_str_radix(from.trace_id(), 16).unwrap() - 1);
        assert_eq!(event["subject"], format!("{tenant}/{id}").as_str());
        told.insert(from.trace_id().to_owned());
    }
    assert_eq!(told.len(), DOCUMENTS);
    let dead: Vec<String> =
        site.read(DEAD).iter().map(|letter| named(&letter.0).to_string()).collect();
    let way = &ways[garbage.trace_id()];
    assert_eq!(dead, [format!("00-{}-{way}-01", garbage.trace_id())]);
}

#[test]
fn a_receiver_that_is_away_holds_nothing_up_and_traces_are_passed_on_untraced() {
    let site = Site::new(1);
    send(&site);
    // A port where nobody listens any more.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = site.worker("one");
    command.env(ENDPOINT, format!("http://{address}")).env("IVENDOR_TRACE_QUEUE_MAX", "10");
    let worker = Running::start(command);
    site.wait_committed();
    worker.end();
    let more = DOCUMENTS..DOCUMENTS + 5;
    site.send_documents(more.clone());
    // Without a receiver nothing is traced, and whatever a message names is passed on.
    let from = trace(1_000_000);
    let (tenant, id) = document(DOCUMENTS + 5);
    let request = site.request(&tenant, &id).to_string().into_bytes();
    site.send_in(&[(format!("{tenant}/{id}"), request)], |_| Some(from.clone()));
    let worker = Running::start(site.worker("one"));
    site.wait_committed();
    worker.end();
    site.check(&(0..=more.end).map(document).collect());
    let events = site.read(EVENTS);
    let bare = events.iter().filter(|(headers, _)| !headers.contains_key("traceparent"));
    assert_eq!(bare.count(), more.len());
    assert!(
        events.iter().any(|(headers, _)| headers.get("traceparent") == Some(&from.to_string()))
    );
}
