//! What is told of the queue, against what was put there and committed.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use ivendor_store::testing::databases::Databases;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::topic_partition_list::Offset;
use serde_json::{Value, json};

use crate::table::{Table, requests, shared};

/// A queue with 100 requests in four partitions, of which the group has done five of the first.
fn table() -> Table {
    let table = Table::new(4);
    table.desk.write("r.jsonl", requests(100));
    assert_eq!(table.run(&["enqueue", "r.jsonl"]).code, Some(0));
    let consumer: BaseConsumer = table.broker().consumer(&table.settings.group).create().unwrap();
    let mut done = TopicPartitionList::new();
    done.add_partition_offset(&table.settings.topic, 0, Offset::Offset(5)).unwrap();
    consumer.commit(&done, CommitMode::Sync).unwrap();
    table
}

#[test]
fn the_lag_is_what_is_queued_and_not_committed() {
    let table = table();
    let run = table.run(&["status", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let status: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&status["lag"], &status["decisions"]), (&json!(95), &Value::Null));
    assert_eq!(status["partitions"].as_array().unwrap().len(), 4);
    assert_eq!(status["partitions"][0]["committed"], 5);
    assert_eq!(status["partitions"][1]["committed"], Value::Null);
    let lags = status["partitions"].as_array().unwrap().iter().map(|p| p["lag"].as_u64().unwrap());
    assert_eq!(lags.sum::<u64>(), 95);
    let run = table.run(&["status"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let first = format!("topic {}, group {}\n", table.settings.topic, table.settings.group);
    assert!(run.stdout.starts_with(&first), "{}", run.stdout);
    assert!(run.stdout.contains("95\n") && run.stdout.contains("does not shrink"));
    // Another group has done nothing.
    let other = table.run(&["status", "--json", "--group", "other"]);
    let status: Value = serde_json::from_str(&other.stdout).unwrap();
    assert_eq!(status["lag"], 100);
}

#[test]
fn decisions_are_counted_where_a_store_is_configured_and_a_store_that_is_away_is_told() {
    let table = table();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (databases, _cluster) = runtime.block_on(Databases::ready(shared())).unwrap();
    let settings = &databases.settings;
    let status = |reference: &str| {
        let mut command = table.command(&["status", "--json"]);
        command.env("IVENDOR_STORE_REFERENCE", reference);
        command.env("IVENDOR_STORE_PASSWORD_FILE", settings.password_file.as_ref().unwrap());
        command.env("IVENDOR_STORE_CONNECT_S_MAX", "1");
        crate::common::Run::of(command.output().unwrap())
    };
    let run = status(&settings.reference.as_ref().unwrap().to_string());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["decisions"], json!({}));
    let run = status("127.0.0.1:1/nowhere");
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("cannot count the decisions"), "{}", run.stderr);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&told["lag"], &told["decisions"]), (&json!(95), &Value::Null));
}

#[test]
fn a_watch_tells_again_and_again_until_it_is_stopped() {
    let table = table();
    let mut command = table.command(&["status", "--watch", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..2 {
        let status: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(status["lag"], 95);
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
