//! Runs that are killed or stopped while they send, and taken up again: nothing is missing.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::common::Run;
use crate::table::{Table, requests};

/// So many that sending them takes longer than noticing that some are there.
const REQUESTS: usize = 200_000;

/// Sends until the queue holds some, and then gets the signal. How far it said it was, as bytes.
fn interrupted(table: &Table, signal: Signal) -> (Run, u64) {
    let mut command = table.command(&["enqueue", "r.jsonl"]);
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let topics = table.topics();
    let queued = || {
        // A young topic is not yet led by anybody.
        let spans = topics.spans(&table.settings.topic).unwrap_or_default();
        spans.iter().map(|span| span.end).sum::<i64>()
    };
    while queued() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was interrupted");
    }
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    let told = fs::read(table.desk.at("r.jsonl.enqueued")).unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap();
    (run, told["acknowledged_bytes"].as_u64().unwrap())
}

/// How many times each document is in the queue, in the order of the requests.
fn times(table: &Table) -> Vec<u32> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for document in table.documents() {
        *times.entry(document).or_default() += 1;
    }
    (0..REQUESTS).map(|n| times.get(&format!("d{n}")).copied().unwrap_or(0)).collect()
}

#[test]
fn after_a_kill_every_request_is_there_and_only_those_at_the_seam_are_there_twice() {
    let table = Table::new(4);
    let text = requests(REQUESTS);
    table.desk.write("r.jsonl", &text);
    let (run, acknowledged) = interrupted(&table, Signal::SIGKILL);
    assert_eq!(run.code, None);
    let queued = table.queued();
    assert!(queued < REQUESTS as u64, "it was killed too late to show anything");
    let resumed = table.run(&["enqueue", "r.jsonl", "--resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    let seam = text[..acknowledged as usize].lines().count();
    let times = times(&table);
    assert!(times[..seam].iter().all(|times| *times == 1), "what was acknowledged is there once");
    assert!(times[seam..].iter().all(|times| (1..=2).contains(times)), "nothing is missing");
    let twice = times.iter().filter(|times| **times == 2).count() as u64;
    assert_eq!(twice + REQUESTS as u64, table.queued());
    assert!(twice <= queued);
}

#[test]
fn after_a_stop_every_request_is_there_once() {
    let table = Table::new(4);
    table.desk.write("r.jsonl", requests(REQUESTS));
    let (run, acknowledged) = interrupted(&table, Signal::SIGINT);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    let words = "go on with: ";
    assert!(run.stderr.contains(words) && run.stderr.contains("--resume"), "{}", run.stderr);
    assert!(acknowledged > 0 && table.queued() < REQUESTS as u64);
    let resumed = table.run(&["enqueue", "r.jsonl", "--resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert!(times(&table).iter().all(|times| *times == 1));
}
