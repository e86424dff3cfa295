//! Dead letters that go back to the queue: unchanged, those that are meant, and once.

use std::collections::BTreeMap;

use ivendor_ingest::kafka::dead_letter::{ATTEMPTS, DeadLetter, SOURCE_PARTITION};
use ivendor_ingest::kafka::headers;
use rdkafka::message::{Header, Message as _, OwnedHeaders, OwnedMessage};
use serde_json::{Value, json};

use crate::common::Run;
use crate::letters::{letter, send, send_raw};
use crate::table::{Table, request};

/// Twelve letters of three tenants: those of even numbers with the code `even`.
fn twelve(table: &Table) -> Vec<DeadLetter> {
    let code = |n| if n % 2 == 0 { "even" } else { "odd" };
    let letters: Vec<DeadLetter> = (0..12).map(|n| letter(table, n, code(n))).collect();
    send(table, &letters);
    letters
}

fn queue(table: &Table) -> Vec<OwnedMessage> {
    table.all(&table.settings.topic).into_iter().flatten().collect()
}

fn counts(run: &Run) -> Value {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn letters_go_back_with_key_and_bytes_unchanged_and_only_once() {
    let table = Table::laid(3);
    let letters = twelve(&table);
    let wanted = json!({"even": 6, "odd": 6});
    let first = counts(&table.run(&["redrive", "--json"]));
    assert_eq!((&first["letters"], &first["codes"]), (&json!(12), &wanted));
    let sent: BTreeMap<_, _> = letters.iter().map(|letter| (letter.key.clone(), letter)).collect();
    let back = queue(&table);
    assert_eq!(back.len(), 12);
    for message in &back {
        let letter = sent[&message.key().map(<[u8]>::to_vec)];
        assert_eq!(message.payload(), letter.payload.as_deref());
        let all = message.headers().unwrap();
        assert_eq!(headers::parsed(all, ATTEMPTS), Some(letter.attempts));
        assert_eq!(headers::parsed(all, headers::TRACEPARENT), letter.traceparent);
        assert_eq!(headers::value(all, "ivendor-error-code"), None);
        // What is no request goes back to the partition that it came from.
        assert_eq!(message.partition(), letter.origin.partition);
    }
    let again = counts(&table.run(&["redrive", "--json"]));
    assert_eq!(again["letters"], 0);
    assert_eq!(queue(&table).len(), 12);
    // One that fails again is a new letter.
    send(&table, &letters[..1]);
    assert_eq!(counts(&table.run(&["redrive", "--json"]))["letters"], 1);
}

#[test]
fn a_request_among_the_letters_goes_to_its_partition() {
    let table = Table::laid(16);
    let payload = Some(request("t", "d1").into_bytes());
    send(&table, &[DeadLetter { payload: payload.clone(), ..letter(&table, 0, "a") }]);
    counts(&table.run(&["redrive", "--json"]));
    let back = queue(&table);
    // As the golden vectors of the partitioner say.
    assert_eq!((back[0].partition(), back[0].payload()), (2, payload.as_deref()));
}

#[test]
fn what_a_filter_leaves_behind_goes_later() {
    let table = Table::laid(2);
    twelve(&table);
    let letters = |arguments: &[&str]| {
        let run = table.run(&[&["redrive", "--json"], arguments].concat());
        let counts = counts(&run);
        (counts["letters"].as_u64().unwrap(), counts["left"].as_u64().unwrap())
    };
    assert_eq!(letters(&["--code", "none", "--code", "even", "--tenant", "tenant0"]), (2, 10));
    assert_eq!(letters(&["--tenant", "tenant1", "--limit", "3"]).0, 3);
    assert_eq!(letters(&["--since", "2099-01-01T00:00:00Z"]).0, 0);
    assert_eq!(letters(&["--from-offset", "999999"]), (0, 0));
    assert_eq!(letters(&["--code", "even"]).0 + letters(&["--since", "1h"]).0, 7);
    let mut keys: Vec<_> = queue(&table).iter().map(|m| m.key().unwrap().to_vec()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!((keys.len(), queue(&table).len()), (12, 12));
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let table = Table::laid(2);
    twelve(&table);
    for _ in 0..2 {
        let run = table.run(&["redrive", "--dry-run", "--code", "odd"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let wanted = "     letters  code\n           6  odd\n           6  all\n";
        assert_eq!(run.stdout, wanted);
        assert!(run.stderr.contains("6 letters would go, 6 were left"), "{}", run.stderr);
    }
    assert!(queue(&table).is_empty());
    let record = format!("{}.redriven", table.settings.dead_letter_topic);
    assert_eq!(table.topics().partitions(&record).unwrap(), None);
}

#[test]
fn letters_with_garbage_in_their_headers_go_back_like_all_others() {
    let table = Table::laid(2);
    let garbage = || {
        OwnedHeaders::new()
            .insert(Header { key: "ivendor-error-code", value: Some(&b"\xff\xfe"[..]) })
            .insert(Header { key: SOURCE_PARTITION, value: Some(&b"-99999999999"[..]) })
            .insert::<[u8]>(Header { key: ATTEMPTS, value: None })
    };
    send_raw(&table, garbage(), Some(b"\x00\xff"));
    send_raw(&table, OwnedHeaders::new(), Some(b""));
    send_raw(&table, garbage(), None);
    let first = counts(&table.run(&["redrive", "--json"]));
    assert_eq!(first["codes"], json!({"unknown": 3}));
    let back = queue(&table);
    let payloads: Vec<_> = back.iter().map(|m| m.payload()).collect();
    assert_eq!(payloads, [Some(&b"\x00\xff"[..]), Some(b""), None]);
    assert_eq!(counts(&table.run(&["redrive", "--json"]))["letters"], 0);
}

#[test]
fn more_letters_than_a_batch_all_go_and_are_all_remembered() {
    let table = Table::laid(2);
    for n in 0..2100_u32 {
        let headers = headers::with(OwnedHeaders::new(), "ivendor-error-code", "a");
        if n % 700 == 0 {
            send_raw(&table, headers, Some(&n.to_le_bytes()));
        }
    }
    let all: Vec<DeadLetter> = (0..12).map(|n| letter(&table, n, "b")).collect();
    let many: Vec<DeadLetter> = all.iter().cycle().take(2100).cloned().collect();
    send_many(&table, &many);
    assert_eq!(counts(&table.run(&["redrive", "--json", "--code", "b"]))["letters"], 2100);
    let rest = counts(&table.run(&["redrive", "--json"]));
    assert_eq!((&rest["letters"], &rest["codes"]), (&json!(3), &json!({"a": 3})));
    assert_eq!(queue(&table).len(), 2103);
}

/// All at once: one after the other would take a while.
fn send_many(table: &Table, letters: &[DeadLetter]) {
    let topic = &table.settings.dead_letter_topic;
    let sender =
        ivendor_ingest::kafka::dead_letter::DeadLetters::new(&table.broker(), topic).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sent = futures_util::future::join_all(letters.iter().map(|l| sender.send(l))).await;
        assert!(sent.iter().all(Result::is_ok));
    });
}
