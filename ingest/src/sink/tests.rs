//! What may be continued and what must be left alone.

use ivendor_core::request::{REQUEST_SCHEMA, VerificationRequest};
use serde_json::json;

use super::*;
use crate::source::{Entry, Input, Source, Template};

fn request(id: &str) -> String {
    json!({
        "schema": REQUEST_SCHEMA, "tenant_id": "t", "vendor_id": "v", "document_id": id,
        "document_type": "receipt", "uri": "a.png"
    })
    .to_string()
}

fn verdict(id: &str) -> String {
    json!({
        "schema": "ivendor.verification.verdict/1", "tenant_id": "t", "vendor_id": "v",
        "document_id": id, "document_type": "receipt", "decision": "review",
        "reasons": ["text.none"],
        "provenance": {
            "engine": "1", "models": {}, "device": "cpu", "dtype": "f32", "fallback": false,
            "policy": {"name": "p", "digest": "0".repeat(64)}
        }
    })
    .to_string()
}

fn rejected(line: u64, raw: &str) -> String {
    json!({
        "schema": "ivendor.backfill.rejected/1", "input": "r.jsonl", "line": line,
        "code": "request.json", "error": "e", "raw": raw, "raw_bytes": raw.len()
    })
    .to_string()
}

fn template() -> Template {
    let request = VerificationRequest::parse(request("x").as_bytes()).unwrap();
    Template {
        tenant: request.tenant_id,
        vendor: request.vendor_id,
        document_type: request.document_type,
        claims: request.claims,
    }
}

/// Takes up `verdicts` and `rejects` for the requests a, (broken), b; what is left to do.
fn resume(verdicts: &str, rejects: Option<&str>) -> Result<Vec<String>, RunError> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("r.jsonl"), folder.path().join("o"));
    fs::write(&input, format!("{}\nbroken\n{}\n", request("a"), request("b"))).unwrap();
    fs::write(&output, verdicts).unwrap();
    if let Some(text) = rejects {
        fs::write(rejected_path(&output), text).unwrap();
    }
    let sink = Sink::open(&output, Existing::Continue)?;
    let mut source = Source::new(vec![Input::Requests(input)], template(), Vec::new()).peekable();
    let mut seen = 0;
    let kept = take_up(&mut source, sink.files().unwrap(), |_| seen += 1);
    assert_eq!(fs::read_to_string(&output).unwrap(), verdicts, "touched before the first line");
    assert_eq!(kept?.provenance.is_some(), seen > 0);
    let left = source.map(|entry| match entry.unwrap() {
        Entry::Asked(asked) => asked.request.document_id.to_string(),
        Entry::Rejected(rejected) => rejected.raw,
    });
    Ok(left.collect())
}

#[test]
fn a_run_is_taken_up_where_it_was_left() {
    let (a, b, r) = (verdict("a") + "\n", verdict("b") + "\n", rejected(2, "broken") + "\n");
    let ab = format!("{a}{b}");
    let torn = format!("{a}{}", &b[..20]);
    let cases: [(&str, &str, Option<&str>, &[&str]); 7] = [
        ("nothing", "", None, &["a", "broken", "b"]),
        ("first verdict", &a, None, &["broken", "b"]),
        ("first verdict and the rejected line", &a, Some(&r), &["b"]),
        ("all", &ab, Some(&r), &[]),
        ("torn first verdict", &a[..30], None, &["a", "broken", "b"]),
        ("torn second verdict", &torn, Some(&r), &["b"]),
        ("torn rejected line", &a, Some(&r[..9]), &["broken", "b"]),
    ];
    for (name, verdicts, rejects, wanted) in cases {
        assert_eq!(resume(verdicts, rejects).unwrap(), wanted, "{name}");
    }
}

#[test]
fn the_output_of_another_run_is_refused_with_words() {
    let (a, b, c) = (verdict("a") + "\n", verdict("b") + "\n", verdict("c") + "\n");
    let r = rejected(2, "broken") + "\n";
    let other_tenant = a.replace("\"t\"", "\"u\"");
    let cases = [
        ("other document", c.clone(), None, "line 1 is the verdict on t/c, but t/a comes here"),
        ("other tenant", other_tenant, None, "line 1 is the verdict on u/a"),
        ("other order", format!("{b}{a}"), None, "line 1 is the verdict on t/b"),
        ("more", format!("{a}{b}{c}"), Some(r.clone()), "line 3 is not what comes next"),
        ("no verdict", "{}\n".to_owned(), None, "line 1 is no line of an output"),
        ("no JSON", "hello\n".to_owned(), None, "line 1 is no line of an output"),
        ("other rejected line", a.clone(), Some(rejected(2, "other") + "\n"), "another line"),
        ("other rejected place", a.clone(), Some(rejected(3, "broken") + "\n"), "another line"),
        ("rejected lines lost", format!("{a}{b}"), None, "line 2 is not what comes next"),
        ("rejected lines too early", String::new(), Some(r), "line 1 is not what comes next"),
    ];
    for (name, verdicts, rejects, words) in cases {
        let error = resume(&verdicts, rejects.as_deref()).unwrap_err();
        assert_eq!(error.exit().code(), 2, "{name}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn a_full_output_is_refused_replaced_or_continued_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o");
    fs::write(&path, "old\n").unwrap();
    fs::write(rejected_path(&path), "old\n").unwrap();
    let refused = Sink::open(&path, Existing::Refuse).unwrap_err();
    assert!(refused.to_string().contains("--resume") && refused.exit().code() == 2);
    Sink::open(&path, Existing::Continue).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
    Sink::open(&path, Existing::Replace).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    assert!(!rejected_path(&path).exists());
    fs::write(rejected_path(&path), "old\n").unwrap();
    assert!(Sink::open(&path, Existing::Refuse).is_err(), "rejected lines alone are an output");
}

#[test]
fn two_runs_never_write_one_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o");
    let first = Sink::open(&path, Existing::Refuse).unwrap();
    for existing in [Existing::Refuse, Existing::Continue, Existing::Replace] {
        let error = Sink::open(&path, existing).unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
    }
    drop(first);
    assert!(Sink::open(&path, Existing::Refuse).is_ok());
}

#[test]
fn an_output_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/o");
    for path in [missing.as_path(), folder.path()] {
        assert_eq!(Sink::open(path, Existing::Refuse).unwrap_err().exit().code(), 2);
    }
    let null = Path::new("/dev/null");
    assert!(matches!(Sink::open(null, Existing::Refuse), Ok(Sink::Stream { .. })));
    assert_eq!(Sink::open(null, Existing::Continue).unwrap_err().exit().code(), 2);
}
