//! A receiver of traces that is away costs the spans, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::io;
use std::net::TcpListener;

use ivendor_settings::{LogSettings, TraceSettings};
use ivendor_telemetry::journey::{Journey, Role};
use ivendor_telemetry::{Telemetry, TelemetryError};

#[test]
fn a_receiver_that_does_not_answer_keeps_nobody_waiting() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = TraceSettings {
        // It accepts connections by the system alone, and never says a word.
        endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
        queue_max: 100,
        flush_s_max: 0.2,
        ..TraceSettings::default()
    };
    let log = LogSettings { filter: "off".to_owned(), ..LogSettings::default() };
    let telemetry = Telemetry::start("program", (&log, &settings), (io::sink, false)).unwrap();
    // A thousand times what the queue holds: whoever waited would wait for ever.
    for _ in 0..100_000 {
        let mut way = Journey::begin("process", Role::Receives, None);
        way.enter("fetch");
        assert!(way.is_kept());
        way.end();
    }
    drop(telemetry);
    let twice = Telemetry::start("program", (&log, &settings), (io::sink, false));
    assert!(matches!(twice, Err(TelemetryError::Twice(_))));
}
