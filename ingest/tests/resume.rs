//! Runs that are killed, stopped or torn, and taken up again: nothing is lost or repeated.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::LazyLock;

use common::{Desk, Run, request, timeless};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const DOCUMENTS: usize = 16;

/// What an undisturbed run writes: the verdicts and the rejected lines.
static WHOLE: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let desk = bare_desk();
    let run = desk.verify(&["r.jsonl", "--output", "whole"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let read = |name: &str| fs::read(desk.at(name)).unwrap();
    (read("whole"), read("whole.rejected.jsonl"))
});

/// The requests, and beside them what an undisturbed run writes.
fn desk() -> Desk {
    let desk = bare_desk();
    desk.write("whole", &WHOLE.0);
    desk.write("whole.rejected.jsonl", &WHOLE.1);
    desk
}

/// Requests with lines among them that are none.
fn bare_desk() -> Desk {
    let desk = Desk::new();
    let requests = fs::read_to_string(desk.documents(DOCUMENTS)).unwrap();
    let mixed: Vec<String> = requests
        .lines()
        .enumerate()
        .map(|(n, line)| if n % 5 == 3 { format!("{line}\nno request {n}") } else { line.into() })
        .collect();
    desk.write("r.jsonl", mixed.join("\n"));
    desk
}

fn start(desk: &Desk, output: &str) -> Child {
    let mut command = desk.command(&["r.jsonl", "--output", output, "--resume"]);
    command.stderr(Stdio::piped()).spawn().unwrap()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Waits until the file has more than `bytes` bytes; false where the program ended before.
fn wait_past(child: &mut Child, path: &Path, bytes: u64) -> bool {
    while size(path) <= bytes {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

fn check_equal(desk: &Desk, output: &str) {
    assert_eq!(timeless(&desk.at(output)), timeless(&desk.at("whole")));
    let rejected = |name: &str| fs::read_to_string(desk.at(&format!("{name}.rejected.jsonl")));
    assert_eq!(rejected(output).unwrap(), rejected("whole").unwrap());
}

#[test]
fn ten_kills_leave_the_output_of_an_undisturbed_run() {
    let desk = desk();
    let (output, whole) = (desk.at("o"), size(&desk.at("whole")));
    for moment in 0..10 {
        let mut child = start(&desk, "o");
        assert!(wait_past(&mut child, &output, whole * moment / 11), "not killed at {moment}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let run = Run::of(start(&desk, "o").wait_with_output().unwrap());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("from before"), "{}", run.stderr);
    check_equal(&desk, "o");
    let again = Run::of(start(&desk, "o").wait_with_output().unwrap());
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert!(again.stderr.contains("0 documents in"), "{}", again.stderr);
    check_equal(&desk, "o");
}

#[test]
fn an_output_torn_at_any_byte_is_mended() {
    let desk = desk();
    let (whole, rejected) = &*WHOLE;
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    // Inside the first line, at a line's end, just past one, and before the last byte. The
    // rejected line after request 3 is there once the fifth verdict has begun.
    let cuts = [(1, 0), (ends[0], 0), (ends[5] + 1, 1), (ends[9] + 40, 2), (whole.len() - 1, 3)];
    for (cut, lines) in cuts {
        fs::write(desk.at("o"), &whole[..cut]).unwrap();
        let kept = rejected.split_inclusive(|byte| *byte == b'\n').take(lines).collect::<Vec<_>>();
        fs::write(desk.at("o.rejected.jsonl"), kept.concat()).unwrap();
        let run = Run::of(start(&desk, "o").wait_with_output().unwrap());
        assert_eq!(run.code, Some(1), "cut at {cut}: {}", run.stderr);
        check_equal(&desk, "o");
    }
}

#[test]
fn a_run_that_is_asked_to_stop_ends_its_lines_and_says_how_to_go_on() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let desk = desk();
        let mut child = start(&desk, "o");
        assert!(wait_past(&mut child, &desk.at("o"), 0), "ended before it was stopped");
        kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
        let run = Run::of(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{signal}: {}", run.stderr);
        assert!(run.stderr.contains("stopped; go on with: "), "{}", run.stderr);
        assert!(run.stderr.contains("r.jsonl --output o --resume"), "{}", run.stderr);
        let text = fs::read_to_string(desk.at("o")).unwrap();
        assert!(text.ends_with('\n') && text.lines().count() < DOCUMENTS, "{text}");
        let run = Run::of(start(&desk, "o").wait_with_output().unwrap());
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        check_equal(&desk, "o");
    }
}

#[test]
fn a_second_ctrl_c_ends_a_run_that_waits() {
    let desk = Desk::new();
    // A pipe that never says anything: the run waits for requests that do not come.
    let mut child = desk
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let requests = child.stdin.take().unwrap();
    writeln!(&requests, "{}", request("a", "nothing.png", &[])).unwrap();
    let mut verdicts = BufReader::new(child.stdout.take().unwrap());
    verdicts.read_line(&mut String::new()).unwrap();
    for _ in 0..2 {
        let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT);
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(requests);
}

#[test]
fn the_output_of_another_run_is_refused_untouched() {
    let desk = desk();
    desk.write("other.jsonl", request("other", "nothing.png", &[]));
    assert_eq!(desk.verify(&["other.jsonl", "--output", "o"]).code, Some(0));
    let before = fs::read(desk.at("o")).unwrap();
    let run = Run::of(start(&desk, "o").wait_with_output().unwrap());
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("line 1 is the verdict on t/other"), "{}", run.stderr);
    assert_eq!(fs::read(desk.at("o")).unwrap(), before);
    assert_eq!(desk.verify(&["r.jsonl", "--output", "o", "--force"]).code, Some(1));
}
