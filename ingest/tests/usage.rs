//! What is refused before anything is computed, and with which words and exit code.

mod common;

use std::fs::{self, File};

use common::{Desk, Run, backfill, request};

#[test]
fn wrong_usage_ends_with_code_2_and_says_what_is_wrong() {
    let desk = Desk::new();
    desk.write("r.jsonl", request("a", "a.png", &[]));
    desk.write("a.png", "");
    desk.write("unknown.toml", "[engine]\ndevise = 'cpu'\n");
    desk.write("device.toml", "[engine]\ndevice = 'gpu'\n");
    desk.write("policy.toml", "nmae = 'x'\n");
    let cases: [(&str, &[&str], &str); 19] = [
        ("no input", &[], "REQUESTS.jsonl"),
        ("missing input", &["nothing.jsonl"], "nothing.jsonl"),
        ("input twice", &["a.png", "./a.png"], "twice"),
        ("unknown flag", &["r.jsonl", "--ouput", "o"], "--output"),
        ("unknown key", &["r.jsonl", "--config", "unknown.toml"], "\"engine.device\""),
        ("no device", &["r.jsonl", "--config", "device.toml"], "cuda:N"),
        ("missing configuration", &["r.jsonl", "--config", "no.toml"], "no.toml"),
        ("no policy", &["r.jsonl", "--policy", "policy.toml"], "policy.toml"),
        ("missing root", &["r.jsonl", "--root", "nowhere"], "nowhere"),
        ("claims for requests", &["r.jsonl", "--claims", "a=b"], "requests say"),
        ("bad claim", &["a.png", "--claims", "Total=1"], "Total"),
        ("claim twice", &["a.png", "--claims", "a=1", "a=2"], "twice"),
        ("bad type", &["a.png", "--type", "My Type"], "not known"),
        ("mistyped type", &["a.png", "--type", "reciept"], "\"receipt\""),
        ("bad tenant", &["a.png", "--tenant", "a/b"], "tenant"),
        ("resume of nothing", &["r.jsonl", "--resume"], "--output"),
        ("resume of standard output", &["r.jsonl", "--output", "-", "--resume"], "standard"),
        ("output is the input", &["r.jsonl", "--output", "r.jsonl", "--force"], "input too"),
        ("overlay is the input", &[".", "--overlay", "."], "input too"),
    ];
    for (name, arguments, words) in cases {
        let run = desk.verify(arguments);
        assert_eq!(run.code, Some(2), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{name}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{name}");
    }
    assert_eq!(fs::read_to_string(desk.at("r.jsonl")).unwrap(), request("a", "a.png", &[]));
}

#[test]
fn a_wrong_variable_of_the_environment_is_told() {
    let desk = Desk::new();
    desk.write("r.jsonl", request("a", "a.png", &[]));
    let cases = [
        ("IVENDOR_LIMITS_BYTE_MAX", "1", "IVENDOR_LIMITS_BYTES_MAX"),
        ("IVENDOR_LOG", "[", "log.filter"),
        ("WORKER_THREADS", "many", "WORKER_THREADS"),
        ("IVENDOR_CONFIG", "no.toml", "no.toml"),
    ];
    for (variable, value, words) in cases {
        let output = desk.command(&["r.jsonl"]).env(variable, value).output().unwrap();
        let run = Run::of(output);
        assert_eq!(run.code, Some(2), "{variable}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{variable}: {}", run.stderr);
    }
}

#[test]
fn an_output_that_holds_something_or_is_being_written_is_left_alone() {
    let desk = Desk::new();
    desk.write("r.jsonl", request("a", "a.png", &[]));
    let path = desk.write("o.jsonl", "{\"of\": \"another run\"}\n");
    let refused: [(&[&str], &str); 2] = [
        (&["r.jsonl", "--output", "o.jsonl"], "--resume continues it, --force replaces it"),
        (&["r.jsonl", "--output", "o.jsonl", "--resume"], "was not written for these requests"),
    ];
    for (arguments, words) in refused {
        let run = desk.verify(arguments);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    let file = File::options().write(true).open(&path).unwrap();
    file.lock().unwrap();
    for option in ["--resume", "--force"] {
        let run = desk.verify(&["r.jsonl", "--output", "o.jsonl", option]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains("another run is writing"), "{}", run.stderr);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"of\": \"another run\"}\n");
}

#[test]
fn a_gpu_that_is_not_there_ends_with_code_2() {
    let desk = Desk::new();
    desk.write("r.jsonl", request("a", "a.png", &[]));
    // No machine has that many.
    let run = desk.verify(&["r.jsonl", "--device", "cuda:999"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("cuda:999") && run.stderr.contains("--device"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn help_version_and_completions_go_to_standard_output() {
    let told = |arguments: &[&str]| {
        let run = Run::of(backfill().args(arguments).output().unwrap());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    assert!(told(&["--help"]).contains("Examples:"));
    assert!(told(&["verify", "--help"]).contains("--resume"));
    assert!(told(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(told(&["completions", shell]).contains("ivendor-backfill"), "{shell}");
    }
}
