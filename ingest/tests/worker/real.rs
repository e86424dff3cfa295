//! The program itself with its networks: databases brought up by it, documents through it, and the
//! verdicts that the batch program gives for the same documents.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::common::{Desk, backfill, request};
use crate::running::Running;
use crate::site::Site;

const DOCUMENTS: usize = 16;

/// The program with a clean environment but for the place of the weights.
fn program(site: &Site, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivendor-worker"));
    site.environment(&mut command, "real");
    command.args(arguments);
    command
}

/// What a program says on standard error, where it ends well.
fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_worker_stores_the_verdicts_that_the_batch_program_gives() {
    let site = Site::bare(2);
    let shards = site.databases.shards.iter().map(|(id, address)| format!("{id}={address}"));
    let shards: Vec<String> = shards.flat_map(|shard| ["--shard".to_owned(), shard]).collect();
    let mut migrate = program(&site, &["migrate"]);
    migrate.args(&shards);
    let did = said(migrate);
    assert!(did.contains("4096 buckets were given"), "{did}");
    let mut again = program(&site, &["migrate"]);
    again.args(&shards);
    let did = said(again);
    assert!(did.contains("nothing to do") && did.contains("0 buckets"), "{did}");
    let found = said(program(&site, &["check"]));
    assert!(!found.contains("wrong") && found.contains("shard 1"), "{found}");
    let desk = Desk::new();
    desk.documents(DOCUMENTS);
    let mut requests = String::new();
    let mut messages = Vec::new();
    for n in 0..DOCUMENTS {
        // Every second claim is wrong.
        let total = if n % 2 == 0 { format!("{n}.50") } else { format!("{n}.99") };
        let uri = desk.at(&format!("{n}.png")).display().to_string();
        let line = request(&format!("d{n}"), &uri, &[("total", &total)]);
        messages.push((format!("t/d{n}"), line.clone().into_bytes()));
        requests += &line;
        requests.push('\n');
    }
    let requests = desk.write("all.jsonl", requests);
    site.send(&messages);
    let mut command = program(&site, &["run"]);
    command.env("IVENDOR_FETCH_ROOTS", desk.at(""));
    let worker = Running::start(command);
    site.wait_committed();
    worker.end();
    let mut beside = backfill();
    beside.arg("verify").arg(requests).arg("--no-progress");
    let beside = String::from_utf8(beside.output().unwrap().stdout).unwrap();
    let expected: BTreeMap<String, String> = beside
        .lines()
        .map(|line| {
            let verdict: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| verdict[key].as_str().unwrap().to_owned();
            (text("document_id"), text("decision"))
        })
        .collect();
    let rows = site.ask("select document_id, decision, 1::bigint, 1::bigint from verification");
    let stored: BTreeMap<String, String> = rows.into_iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(stored.len(), DOCUMENTS);
    assert_eq!(stored, expected);
}
