//! Requests as part of the traces that their clients name.

use ivendor_settings::{LogSettings, ReviewSettings, TraceSettings};
use ivendor_store::reference::Scope;
use ivendor_store::store::Store as _;
use ivendor_telemetry::Telemetry;
use ivendor_telemetry::testing::Receiver;
use reqwest::Method;
use serde_json::json;

use crate::desk::{Ask, Desk};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn a_request_and_what_it_tells_others_belong_to_the_trace_that_its_client_names() {
    let receiver = Receiver::start().unwrap();
    let settings = TraceSettings {
        endpoint: Some(receiver.endpoint()),
        // What the other tests ask at the same time names no trace, and is not kept.
        sampled_share: 0.0,
        flush_s_max: 10.0,
        ..TraceSettings::default()
    };
    let start = move || {
        let log = LogSettings { filter: "off".to_owned(), ..LogSettings::default() };
        Telemetry::start("ivendor-review", (&log, &settings), (std::io::sink, false)).unwrap()
    };
    // As in the program: outside of what runs asynchronously.
    let telemetry = std::thread::spawn(start).join().unwrap();
    let desk = Desk::new(ReviewSettings::default()).await;
    let token = desk.token("ann", (Scope::Review, &[])).await;
    let case = desk.case("acme", "r-1").await;
    let take = (Method::POST, format!("{case}/lease"));
    for mut ask in [Ask::get(case.as_str(), &token), Ask::send(take, &token, &json!({}))] {
        ask.headers.push(("traceparent".to_owned(), format!("00-{TRACE}-{SPAN}-01")));
        let status = desk.ask(ask).await.status;
        assert!(status.is_success(), "{status}");
    }
    std::thread::spawn(move || drop(telemetry)).join().unwrap();
    let spans = receiver.spans();
    let [look, claim] = &spans[..] else { panic!("{spans:?}") };
    for (span, name) in [(look, "GET"), (claim, "POST")] {
        assert!(span.name.starts_with(&format!("{name} /v1/tenants/{{tenant}}/cases/{{case}}")));
        assert_eq!((span.trace.as_str(), span.parent.as_str()), (TRACE, SPAN));
        assert_eq!(span.said("http.response.status_code"), Some("200"));
    }
    let shard = desk.cluster.shards.route(&"acme".parse().unwrap()).shard;
    let told = desk.cluster.shards.take(shard, 10).await.unwrap().unwrap();
    let last = told.events().last().unwrap();
    let trace = last.traceparent.as_ref().unwrap().as_str();
    assert_eq!(trace, format!("00-{TRACE}-{}-01", claim.id), "{}", last.json);
}
