//! The program as a person meets it: help, version, completions, exit codes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ivendor-bench")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn help_shows_examples_and_exit_codes_and_hides_what_is_not_for_people() {
    let help = bench(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    let text = stdout(&help);
    assert!(text.contains("Examples:") && text.contains("Exit codes:"), "{text}");
    assert!(!text.contains("run-ours"));
    for command in ["generate", "accuracy", "throughput", "latency", "report", "completions"] {
        assert!(text.contains(command), "{command}");
        assert_eq!(bench(&[command, "--help"]).status.code(), Some(0), "{command}");
    }
}

#[test]
fn version_and_completions_go_to_standard_output() {
    let version = stdout(&bench(&["--version"]));
    assert_eq!(version.trim(), format!("ivendor-bench {}", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish"] {
        let completions = bench(&["completions", shell]);
        assert_eq!(completions.status.code(), Some(0), "{shell}");
        assert!(stdout(&completions).contains("throughput"), "{shell}");
    }
}

#[test]
fn what_cannot_be_measured_ends_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(path("empty")).unwrap();
    fs::create_dir_all(path("broken/receipts/images")).unwrap();
    fs::create_dir_all(path("broken/receipts/lines")).unwrap();
    fs::create_dir_all(path("broken/receipts/fields")).unwrap();
    fs::write(path("broken/receipts/images/0.jpg"), "x").unwrap();
    fs::write(path("broken/receipts/lines/0.csv"), "1,2,3,4,5,6,7,8,A").unwrap();
    fs::write(path("broken/receipts/fields/0.json"), "{").unwrap();
    fs::write(path("text.json"), "hello").unwrap();
    fs::write(path("other.json"), r#"{"schema": "something/1"}"#).unwrap();
    let (empty, broken, nowhere) = (path("empty"), path("broken"), path("nowhere"));
    let (text, other, json) = (path("text.json"), path("other.json"), path("result.json"));
    let cases: [(&str, &[&str], &str); 10] = [
        ("no command", &[], "Usage"),
        ("unknown command", &["measure"], "unrecognized subcommand"),
        ("no data", &["accuracy", "--json", &json], "--data"),
        ("no folder", &["accuracy", "--data", &nowhere, "--json", &json], "no such folder"),
        ("empty", &["accuracy", "--data", &empty, "--json", &json], "requests.jsonl"),
        ("empty", &["throughput", "--data", &empty, "--json", &json], "forms (no such folder)"),
        ("broken", &["latency", "--data", &broken, "--json", &json], "0.json"),
        (
            "unknown part",
            &["accuracy", "--data", &broken, "--json", &json, "--subset", "letters"],
            "known are receipts, forms, passports",
        ),
        ("no result", &["report", &text, "--out", &json], "is no result of ivendor-bench"),
        ("other schema", &["report", &other, "--out", &json], "something/1"),
    ];
    for (name, arguments, expected) in cases {
        let output = bench(arguments);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(expected), "{name}: {}", stderr(&output));
        assert!(stdout(&output).is_empty(), "{name}");
    }
    assert!(!folder.path().join("result.json").exists());
}
