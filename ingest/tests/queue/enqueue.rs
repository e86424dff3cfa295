//! What is sent: every request, once, as it stands, where it belongs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use ivendor_core::request::VerificationRequest;
use ivendor_ingest::kafka::partitioner::{PartitionBy, range_of};
use rdkafka::message::Message as _;
use serde_json::Value;

use crate::common::Run;
use crate::table::{Table, request, requests, value};

#[test]
fn every_request_is_there_once_in_its_partition_in_its_order_and_byte_for_byte() {
    let table = Table::new(8);
    // Each document three times, with something that tells the times apart.
    let line = |n: usize| {
        request("t", &format!("d{}", n % 500)).replace("9.00", &format!("{n}.00")) + "\n"
    };
    let lines: Vec<String> = (0..1500).map(line).collect();
    table.desk.write("r.jsonl", lines.concat());
    let run = table.run(&["enqueue", "r.jsonl"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("made the topic {}", table.settings.topic)));
    assert!(run.stderr.contains("1500 requests sent"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut sent = 0;
    for (partition, messages) in table.all(&table.settings.topic).iter().enumerate() {
        for message in messages {
            let request = VerificationRequest::parse(message.payload().unwrap()).unwrap();
            assert_eq!(PartitionBy::Document.partition(&request, 8), partition as u32);
            let key = format!("t/{}", request.document_id);
            assert_eq!(message.key(), Some(key.as_bytes()));
            let number = request.claims["total"].trim_end_matches(".00").parse().unwrap();
            assert!(last.insert(key, number).is_none_or(|before| before < number));
            assert_eq!(message.payload(), Some(lines[number as usize].trim_end().as_bytes()));
            sent += 1;
        }
    }
    assert_eq!((sent, last.len()), (1500, 500));
}

#[test]
fn a_file_that_is_sent_is_not_sent_again_unawares() {
    let table = Table::new(2);
    table.desk.write("r.jsonl", requests(30) + "\n \n");
    assert_eq!(table.run(&["enqueue", "r.jsonl"]).code, Some(0));
    let again = table.run(&["enqueue", "r.jsonl"]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("--resume"), "{}", again.stderr);
    let resumed = table.run(&["enqueue", "r.jsonl", "--resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert!(resumed.stderr.contains("0 requests sent"), "{}", resumed.stderr);
    assert_eq!(table.queued(), 30);
    assert_eq!(table.run(&["enqueue", "r.jsonl", "--force"]).code, Some(0));
    assert_eq!(table.queued(), 60);
}

#[test]
fn lines_that_are_no_request_are_kept_beside_the_file_and_counted() {
    let table = Table::new(2);
    let (good, last) = (request("t", "good"), request("t", "last"));
    let text = format!("\u{feff}{good}\nno request\n\n{{}}\n{last}");
    table.desk.write("r.jsonl", text);
    let run = table.run(&["enqueue", "r.jsonl"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("r.jsonl:2: request.json"), "{}", run.stderr);
    assert!(run.stderr.contains("2 request lines could not be read"), "{}", run.stderr);
    let rejected = table.desk.lines("r.jsonl.rejected.jsonl");
    let told: Vec<_> = rejected.iter().map(|line| (&line["line"], &line["raw"])).collect();
    assert_eq!(told, [(&Value::from(2), &"no request".into()), (&4.into(), &"{}".into())]);
    let mut documents = table.documents();
    documents.sort();
    assert_eq!(documents, ["good", "last"]);
    let payloads = table.all(&table.settings.topic);
    assert!(payloads.iter().flatten().all(|m| m.payload().unwrap().starts_with(b"{")));
    // What was rejected stays so.
    let again = table.run(&["enqueue", "r.jsonl", "--resume"]);
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert_eq!(table.desk.lines("r.jsonl.rejected.jsonl"), rejected);
}

#[test]
fn relative_addresses_are_sent_as_files_of_their_folder() {
    let table = Table::new(1);
    let line = |id: &str, uri: &str| crate::common::request(id, uri, &[]) + "\n";
    let lines = line("a", "scan 1.png") + &line("b", "/x/b.png");
    table.desk.write("in/r.jsonl", &lines);
    assert_eq!(table.run(&["enqueue", "in/r.jsonl"]).code, Some(0));
    let mut child = table.command(&["enqueue", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(line("c", "c.png").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let folder = fs::canonicalize(table.desk.at(".")).unwrap();
    let wanted = [
        format!("file://{}/in/scan%201.png", folder.display()),
        "/x/b.png".to_owned(),
        format!("file://{}/c.png", folder.display()),
    ];
    let sent = table.all(&table.settings.topic);
    let uris: Vec<Value> = sent[0].iter().map(|message| value(message)["uri"].clone()).collect();
    assert_eq!(uris, wanted);
}

#[test]
fn requests_go_by_type_or_tenant_where_that_is_configured() {
    let mut table = Table::new(8);
    let lines: String = (0..100).map(|n| request("t", &format!("d{n}")) + "\n").collect();
    table.desk.write("r.jsonl", &lines);
    table.settings.partition_by = "type".to_owned();
    assert_eq!(table.run(&["enqueue", "r.jsonl"]).code, Some(0));
    let range = range_of("invoice", 8);
    let counts = |table: &Table| -> Vec<usize> {
        table.all(&table.settings.topic).iter().map(Vec::len).collect()
    };
    let by_type = counts(&table);
    for (partition, count) in by_type.iter().enumerate() {
        assert_eq!(*count > 0, range.contains(&(partition as u32)), "partition {partition}");
    }
    table.settings.partition_by = "tenant".to_owned();
    assert_eq!(table.run(&["enqueue", "r.jsonl", "--force"]).code, Some(0));
    let by_tenant = counts(&table).into_iter().zip(by_type).map(|(all, before)| all - before);
    assert_eq!(by_tenant.filter(|count| *count > 0).collect::<Vec<_>>(), [100]);
}

#[test]
fn a_broker_that_is_away_ends_the_run_with_code_3_and_words() {
    let mut table = Table::new(1);
    table.desk.write("r.jsonl", requests(3));
    // A port that was just free; nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    table.settings.brokers = Some(format!("127.0.0.1:{port}"));
    for arguments in [&["enqueue", "r.jsonl"][..], &["status"], &["redrive"]] {
        let run = table.run(arguments);
        assert_eq!(run.code, Some(3), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("at 127.0.0.1:{port}")), "{}", run.stderr);
        assert!(run.stderr.contains("KAFKA_BROKERS"), "{}", run.stderr);
    }
    assert!(!table.desk.at("r.jsonl.enqueued").exists());
}

#[test]
fn wrong_usage_ends_with_code_2_before_anything_is_sent() {
    let table = Table::new(1);
    table.desk.write("r.jsonl", requests(3));
    table.desk.write("a.png", "");
    table.desk.write("sasl.toml", "[kafka]\nsecurity = 'sasl_ssl'\n");
    let cases: [(&str, &[&str], &str); 7] = [
        ("no requests", &["enqueue", "r.jsonl", "a.png"], "a.png holds no requests"),
        ("missing", &["enqueue", "r.jsonl", "no.jsonl"], "no.jsonl"),
        ("standard input", &["enqueue", "-", "--resume"], "resumed"),
        ("half a sasl", &["enqueue", "r.jsonl", "--config", "sasl.toml"], "kafka.sasl_mechanism"),
        ("no broker", &["enqueue", "r.jsonl", "--brokers", ""], "kafka.brokers"),
        ("no queue", &["status", "--topic", "nowhere"], "\"nowhere\" is not there"),
        ("topic", &["enqueue", "r.jsonl", "--topic", "a b"], "look for the topic a b"),
    ];
    for (name, arguments, words) in cases {
        let run: Run = table.run(arguments);
        assert_eq!(run.code, Some(2), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{name}: {}", run.stderr);
    }
    assert_eq!(table.topics().partitions(&table.settings.topic).unwrap().unwrap_or(0), 1);
    assert_eq!(table.queued(), 0);
}
