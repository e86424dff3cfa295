//! `scripts/stack` as a person and the tests use it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use ivendor_store::testing::stack::Stack;

fn is_running(process: u32) -> bool {
    Path::new(&format!("/proc/{process}/exe")).exists()
}

fn script() -> Command {
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/stack"))
}

#[test]
fn a_stack_ends_with_its_value() {
    let stack = Stack::start(1).unwrap();
    let processes: Vec<u32> = stack.services().iter().filter_map(|s| s.process).collect();
    assert!(processes.len() == 2 && processes.iter().all(|process| is_running(*process)));
    let folder = stack.folder().to_owned();
    drop(stack);
    assert!(!processes.iter().any(|process| is_running(*process)));
    assert!(!folder.exists());
}

#[test]
fn a_stack_ends_when_its_owner_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let mut up = script()
        .args(["up", "--shards", "1", "--owner", &owner.id().to_string(), "--dir"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(up.stdout.take().unwrap()).lines();
    let processes: Vec<u32> =
        lines.map(|line| line.unwrap().split(' ').next_back().unwrap().parse().unwrap()).collect();
    assert!(up.wait().unwrap().success());
    assert!(processes.len() == 2 && processes.iter().all(|process| is_running(*process)));
    owner.kill().unwrap();
    owner.wait().unwrap();
    // What is waited for is the end of the processes; the test hangs if they stay.
    while processes.iter().any(|process| is_running(*process)) {
        std::thread::yield_now();
    }
}

#[test]
fn wrong_usage_is_refused_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [&[&str]; 7] = [
        &[],
        &["sideways"],
        &["up", "--shards"],
        &["up", "--shards", "none"],
        &["up", "--owner", "-1"],
        &["down", "--shards", "1"],
        &["status", "extra"],
    ];
    for arguments in cases {
        let status = script()
            .args(arguments)
            .env("IVENDOR_STACKS", folder.path())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
