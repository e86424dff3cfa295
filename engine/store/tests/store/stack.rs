//! `scripts/stack` as a person and the tests use it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use ivendor_store::testing::stack::Stack;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn is_running(process: u32) -> bool {
    Path::new(&format!("/proc/{process}/exe")).exists()
}

/// What is waited for is the end of the processes; the test hangs if they stay.
fn wait_gone(processes: &[u32]) {
    while processes.iter().any(|process| is_running(*process)) {
        std::thread::yield_now();
    }
}

fn script() -> Command {
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/stack"))
}

/// Asks the broker which requests it knows, as every client does first, and gives the length of
/// what it answers.
fn ask(broker: &str) -> u32 {
    let mut connection = TcpStream::connect(broker).unwrap();
    // Ten bytes follow: kind 18 in version 0, number 7 of the request, and a client without a name.
    connection.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff]).unwrap();
    let mut answer = [0; 10];
    connection.read_exact(&mut answer).unwrap();
    // The number of the request again, and no error.
    assert_eq!(answer[4..], [0, 0, 0, 7, 0, 0]);
    u32::from_be_bytes(answer[..4].try_into().unwrap())
}

#[test]
fn a_broker_that_was_killed_comes_back_where_it_was() {
    let stack = Stack::with_broker(1).unwrap();
    let broker = stack.broker().unwrap();
    assert!(ask(broker) > 6);
    let before = stack.status().unwrap();
    assert_eq!(before, stack.services());
    let killed = before.last().unwrap();
    assert_eq!(killed.name, "broker");
    kill(Pid::from_raw(killed.process.unwrap().cast_signed()), Signal::SIGKILL).unwrap();
    wait_gone(&[killed.process.unwrap()]);
    let down = stack.status().unwrap();
    assert_eq!((down.len(), down[2].process), (3, None));
    let after = stack.restart().unwrap();
    assert_eq!(after[..2], before[..2]);
    assert_eq!(after[2].address, broker);
    assert_ne!(after[2].process, killed.process);
    assert!(ask(broker) > 6);
}

#[test]
fn a_stack_without_a_broker_gets_none_when_it_is_started_again() {
    let stack = Stack::start(1).unwrap();
    assert_eq!(stack.broker(), None);
    assert_eq!(stack.restart().unwrap(), stack.services());
}

#[test]
fn a_stack_ends_with_its_value() {
    let stack = Stack::with_broker(1).unwrap();
    let processes: Vec<u32> = stack.services().iter().filter_map(|s| s.process).collect();
    assert!(processes.len() == 3 && processes.iter().all(|process| is_running(*process)));
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
    assert!(processes.len() == 3 && processes.iter().all(|process| is_running(*process)));
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_gone(&processes);
}

#[test]
fn wrong_usage_is_refused_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [&[&str]; 9] = [
        &[],
        &["sideways"],
        &["up", "--shards"],
        &["up", "--shards", "none"],
        &["up", "--brokers", "2"],
        &["up", "--owner", "-1"],
        &["down", "--brokers", "1"],
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
