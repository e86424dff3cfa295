//! Documents through the program: what comes out, in which order, and where.

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::symlink;
use std::process::Stdio;

use common::{Desk, Run, ids, picture, request};
use image::{ImageReader, Rgb};

#[test]
fn verdicts_come_one_a_line_in_the_order_of_the_requests() {
    let desk = Desk::new();
    let requests = desk.documents(11);
    let run = desk.verify(&["requests.jsonl"]);
    let verdicts = run.verdicts(0);
    let wanted: Vec<String> = (0..11).map(|n| format!("d{n}")).collect();
    assert_eq!(ids(&verdicts), wanted);
    for verdict in &verdicts {
        assert_eq!(verdict["schema"], "ivendor.verification.verdict/1");
        assert!(verdict.get("pages").is_none(), "text that nobody asked for");
        let check =
            verdict["checks"].as_array().unwrap().iter().find(|c| c["check"] == "claim.total");
        assert_eq!(check.unwrap()["outcome"], "passed", "{verdict}");
    }
    assert!(run.stderr.contains("11 documents in"), "{}", run.stderr);
    assert!(run.stderr.contains("documents/s") && run.stderr.contains("pages/s"));
    assert!(requests.exists());
}

#[test]
fn the_text_of_the_pages_comes_where_it_is_asked_for() {
    let desk = Desk::new();
    picture("Hello 123").save(desk.at("a.png")).unwrap();
    let verdicts = desk.verify(&["a.png", "--text"]).verdicts(0);
    let page = &verdicts[0]["pages"][0];
    assert_eq!((page["width"].as_u64(), page["height"].as_u64()), (Some(320), Some(96)));
    assert_eq!(page["lines"][0]["text"], "Hello 123");
}

#[test]
fn folders_files_and_requests_mix_and_say_whose_they_are() {
    let desk = Desk::new();
    desk.documents(2);
    desk.write("scans/b c.png", "");
    desk.write("scans/a.png", "not a picture");
    desk.write("scans/notes.jsonl", "left out");
    desk.write("one.png", "");
    let arguments = ["requests.jsonl", "scans", "one.png", "--type", "invoice"];
    let run = desk.verify(&[&arguments[..], &["--tenant", "me", "--claims", "total=1"]].concat());
    let verdicts = run.verdicts(0);
    let told: Vec<(&str, &str)> = verdicts
        .iter()
        .map(|v| (v["tenant_id"].as_str().unwrap(), v["document_type"].as_str().unwrap()))
        .collect();
    assert_eq!(&told[1..3], [("t", "receipt"), ("me", "invoice")]);
    let ids = ids(&verdicts);
    assert_eq!([&ids[..3], &ids[4..]].concat(), ["d0", "d1", "scans:a.png", "one.png"]);
    assert!(ids[3].starts_with("scans:b_c.png-"), "{}", ids[3]);
    assert!(verdicts[2..].iter().all(|v| v["decision"] == "review"));
}

#[test]
fn a_line_that_is_no_request_is_told_kept_and_counted() {
    let desk = Desk::new();
    let requests =
        [&*request("a", "no.png", &[]), "", "{\"no\": 1}", &request("b", "no.png", &[]), "x"];
    desk.write("r.jsonl", requests.join("\n"));
    let run = desk.verify(&["r.jsonl", "--output", "o.jsonl"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("r.jsonl:3: request.json: "), "{}", run.stderr);
    assert!(run.stderr.contains("r.jsonl:5: request.json: "), "{}", run.stderr);
    assert!(run.stderr.contains("failed: 2 request lines"), "{}", run.stderr);
    assert_eq!(ids(&desk.lines("o.jsonl")), ["a", "b"]);
    let rejected = desk.lines("o.jsonl.rejected.jsonl");
    assert_eq!(
        (rejected[0]["line"].as_u64(), &rejected[0]["raw"]),
        (Some(3), &"{\"no\": 1}".into())
    );
    assert_eq!((rejected[1]["line"].as_u64(), &rejected[1]["raw"]), (Some(5), &"x".into()));
    assert_eq!(rejected[0]["schema"], "ivendor.backfill.rejected/1");
}

#[test]
fn what_may_not_be_read_gets_a_verdict_and_is_not_read() {
    let desk = Desk::new();
    let secret = desk.write("outside/secret.png", "");
    desk.write("in/big.png", vec![0; 2000]);
    symlink("../outside/secret.png", desk.at("in/link.png")).unwrap();
    nix::unistd::mkfifo(&desk.at("in/pipe.png"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let secret = secret.display().to_string();
    let cases = [
        ("missing", "nothing.png", "content.unreachable"),
        ("parent", "../outside/secret.png", "content.unreachable"),
        ("absolute", &secret, "content.unreachable"),
        ("link", "link.png", "content.unreachable"),
        ("pipe", "pipe.png", "content.unreachable"),
        ("bucket", "s3://bucket/a.png", "content.unreachable"),
        ("large", "big.png", "content.too_large"),
    ];
    let requests: Vec<String> =
        cases.iter().map(|(name, uri, _)| request(name, uri, &[])).collect();
    desk.write("in/r.jsonl", requests.join("\n"));
    let output =
        desk.command(&["in/r.jsonl"]).env("IVENDOR_LIMITS_BYTES_MAX", "1000").output().unwrap();
    let verdicts = Run::of(output).verdicts(0);
    assert_eq!(verdicts.len(), cases.len());
    for ((name, _, reason), verdict) in cases.iter().zip(&verdicts) {
        assert_eq!(verdict["document_id"], *name);
        assert_eq!(verdict["reasons"][0], *reason, "{name}: {verdict}");
        assert!(verdict.get("sha256").is_none(), "{name} was read");
        assert_eq!(verdict["checks"][0]["outcome"], "failed", "{name}: {verdict}");
    }
    let allowed = desk.verify(&["in/r.jsonl", "--root", "outside"]).verdicts(0);
    let read: Vec<bool> = allowed.iter().map(|v| v.get("sha256").is_some()).collect();
    assert_eq!(read, [false, false, true, true, false, false, true]);
}

#[test]
fn a_slow_pipe_gets_each_verdict_before_it_says_more() {
    let desk = Desk::new();
    let mut child = desk
        .command(&["-"])
        .env("IVENDOR_BACKFILL_BATCH_AGE_S_MAX", "0.05")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut requests = child.stdin.take().unwrap();
    let mut verdicts = BufReader::new(child.stdout.take().unwrap()).lines();
    for n in 0..5 {
        writeln!(requests, "{}", request(&format!("d{n}"), "nothing.png", &[])).unwrap();
        let verdict = verdicts.next().unwrap().unwrap();
        assert!(verdict.contains(&format!("\"d{n}\"")), "{verdict}");
    }
    drop(requests);
    assert!(verdicts.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let desk = Desk::new();
    let requests: Vec<String> =
        (0..3000).map(|n| request(&format!("d{n}"), "nothing.png", &[])).collect();
    desk.write("r.jsonl", requests.join("\n"));
    let mut child = desk
        .command(&["r.jsonl", "--device", "cpu"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut verdicts = BufReader::new(child.stdout.take().unwrap());
    verdicts.read_line(&mut String::new()).unwrap();
    drop(verdicts);
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
}

#[test]
fn a_person_is_told_what_was_asked_and_found_without_colours_in_a_pipe() {
    let desk = Desk::new();
    picture("TOTAL 8.00").save(desk.at("a.png")).unwrap();
    let run = desk.verify(&["a.png", "--type", "receipt", "--claims", "total=9.00", "--explain"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for words in ["a.png (receipt)", "claim.total", "asked   9.00", "What would settle it"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("{\"schema\""));
    let both = desk.verify(&["a.png", "--explain", "--output", "o.jsonl"]);
    assert!(both.stdout.starts_with("a.png (other)"), "{}", both.stdout);
    assert_eq!(ids(&desk.lines("o.jsonl")), ["a.png"]);
}

#[test]
fn the_overlay_draws_the_evidence_where_the_verdict_says_it_is() {
    let desk = Desk::new();
    picture("TOTAL 8.00").save(desk.at("a.png")).unwrap();
    desk.write("b.png", "no picture");
    let arguments = ["a.png", "b.png", "--type", "receipt", "--claims", "total=8.00"];
    let run = desk.verify(&[&arguments[..], &["--overlay", "out/deep"]].concat());
    let verdicts = run.verdicts(0);
    let page = ImageReader::open(desk.at("out/deep/local+a.png+1.png")).unwrap();
    let page = page.decode().unwrap().to_rgb8();
    let polygon = &verdicts[0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == "claim.total")
        .unwrap()["evidence"][0]["polygon"];
    let corner = |n: usize, axis: usize| polygon[n][axis].as_f64().unwrap().round() as u32;
    let green = Rgb([22, 130, 60]);
    for n in 0..4 {
        assert_eq!(*page.get_pixel(corner(n, 0), corner(n, 1)), green, "corner {n} of {polygon}");
    }
    assert!(!desk.at("out/deep/local+b.png+1.png").exists());
}
