//! The worker with its networks on a device that fails: nothing is lost, stored twice or falsified,
//! and what is told over HTTP and in the verdicts is what happened.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::ops::Range;

use serde_json::Value;

use crate::common::{Desk, backfill, request};
use crate::running::{Running, until};
use crate::site::Site;
use crate::telling::{get, metric};

/// Documents that come while the device fails, and after it has come back.
const FAILING: Range<usize> = 0..8;
const WELL: Range<usize> = 8..16;

/// What `/readyz` says.
fn ready(address: SocketAddr) -> Option<(u16, Value)> {
    let (status, body) = get(address, "/readyz")?;
    Some((status, serde_json::from_str(&body).ok()?))
}

/// Requests for documents on the desk, every second one with a wrong claim.
fn requests(desk: &Desk, numbers: Range<usize>) -> Vec<(String, Vec<u8>)> {
    let one = |n: usize| {
        let total = if n.is_multiple_of(2) { format!("{n}.50") } else { format!("{n}.99") };
        let uri = desk.at(&format!("{n}.png")).display().to_string();
        (format!("t/d{n}"), request(&format!("d{n}"), &uri, &[("total", &total)]).into_bytes())
    };
    numbers.map(one).collect()
}

/// The decisions of the batch program on the CPU, by document.
fn beside(desk: &Desk) -> BTreeMap<String, String> {
    let lines = requests(desk, FAILING.start..WELL.end).into_iter().map(|(_, line)| line);
    let file = desk.write("all.jsonl", lines.collect::<Vec<_>>().join(&b'\n'));
    let mut command = backfill();
    command.arg("verify").arg(file).args(["--no-progress", "--device", "cpu"]);
    command.env("IVENDOR_ENGINE_PRECISION", "f32");
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let decision = |line: &str| {
        let verdict: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| verdict[key].as_str().unwrap().to_owned();
        (text("document_id"), text("decision"))
    };
    output.lines().map(decision).collect()
}

#[test]
fn a_device_that_fails_and_comes_back_costs_no_verdict_and_each_says_who_computed_it() {
    let site = Site::new(2);
    let desk = Desk::new();
    desk.documents(WELL.end);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = site.worker("one");
    command
        .env("IVENDOR_FETCH_ROOTS", desk.at(""))
        .env("IVENDOR_WORKER_LISTEN", address.to_string())
        .env("IVENDOR_WORKER_READY_WHEN_DEGRADED", "false")
        .env("IVENDOR_ENGINE_PRECISION", "f32")
        .env("IVENDOR_ENGINE_BUDGET_PX", "3200")
        .env("IVENDOR_ENGINE_REST_S_FIRST", "3")
        .env("IVENDOR_BATCH_DOCUMENTS_MAX", "4")
        // It is lost at its first documents, and later has no memory once and fails once.
        .env("FAKE_DEVICE", "lost@0,out_of_memory@2,passing@3");
    let worker = Running::start(command);
    let serves = || ready(address).filter(|(status, told)| *status == 200 && told["ready"] == true);
    until("the worker to be ready", serves);
    site.send(&requests(&desk, FAILING));
    let (_, told) = until("the loss to be told", || ready(address).filter(|told| told.0 == 503));
    assert_eq!(told["not_ready"], serde_json::json!(["device cuda:0 stand-in"]), "{told}");
    assert_eq!(told["degraded"], true, "{told}");
    assert_eq!(get(address, "/livez").unwrap().0, 200, "it works all the same");
    site.wait_committed();
    until("the device to come back", serves);
    site.send(&requests(&desk, WELL));
    site.wait_committed();
    let faults = metric(address, "ivendor_device_faults_total").unwrap();
    assert!(faults >= 3.0, "{faults} faults are counted");
    let fallbacks = metric(address, "ivendor_fallback_documents_total").unwrap();
    worker.end();

    let rows = site.ask(
        "select document_id, verdict->'provenance'->>'device',
             (verdict->'provenance'->>'fallback')::boolean::int::bigint, count(*)
         from verification group by 1, 2, 3",
    );
    assert_eq!(rows.len(), WELL.end, "each document has one verdict: {rows:?}");
    let mut on_cpu = 0;
    for (document, device, fallback, count) in &rows {
        assert_eq!(*count, 1, "{document}");
        let wanted = if *fallback == 1 { "cpu" } else { "cuda:0 stand-in" };
        assert_eq!(device, wanted, "{document}");
        on_cpu += fallback;
        let number: usize = document.trim_start_matches('d').parse().unwrap();
        assert!(*fallback == 0 || FAILING.contains(&number), "{document} was read by the device");
    }
    assert!(on_cpu > 0, "some were computed while the device was lost");
    assert_eq!(on_cpu as f64, fallbacks, "and they were counted");
    let rows = site.ask("select document_id, decision, 1::bigint, 1::bigint from verification");
    let stored: BTreeMap<String, String> = rows.into_iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(stored, beside(&desk));
}
