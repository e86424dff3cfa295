//! A hundred thousand requests take the memory of a few.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod common;

use std::fmt::Write as _;
use std::fs;

use common::{Desk, request};
use nix::sys::resource::{UsageWho, getrusage};

const REQUESTS: usize = 100_000;

/// Kilobytes that the requests may add: all of them and their verdicts together have more than
/// four times as many.
const GROWTH_KB_MAX: i64 = 24_000;
/// The start alone takes some 30,000 kB more in one run than in another, however many requests
/// follow, so the most that a few take is looked for.
const STARTS: usize = 6;

fn peak_kb() -> i64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
}

#[test]
fn a_hundred_thousand_requests_take_bounded_memory() {
    let desk = Desk::new();
    let requests = |count: usize| {
        let mut text = String::new();
        for n in 0..count {
            writeln!(text, "{}", request(&format!("d{n}"), &format!("{n}.png"), &[])).unwrap();
        }
        text
    };
    desk.write("few.jsonl", requests(200));
    desk.write("many.jsonl", requests(REQUESTS));
    for start in 0..STARTS {
        let run = desk.verify(&["few.jsonl", "--output", &format!("few-{start}")]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    let few = peak_kb();
    let run = desk.verify(&["many.jsonl", "--output", "many"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let many = peak_kb();
    assert!(many < few + GROWTH_KB_MAX, "{many} kB for many, {few} kB for few");
    let output = fs::read(desk.at("many")).unwrap();
    assert_eq!(memchr::memchr_iter(b'\n', &output).count(), REQUESTS);
    let again = desk.verify(&["many.jsonl", "--output", "many", "--resume"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stderr.contains("and 100000 from before"), "{}", again.stderr);
    assert!(peak_kb() < few + GROWTH_KB_MAX);
}
