//! What the inputs give, in which order, and what is told of lines that are no requests.

use std::fs;
use std::os::unix::fs::symlink;

use ivendor_core::limits::RequestLimits;
use serde_json::json;

use super::*;

fn template() -> Template {
    Template {
        tenant: "local".parse().unwrap(),
        vendor: "local".parse().unwrap(),
        document_type: "other".to_owned(),
        claims: BTreeMap::from([("total".to_owned(), "9.00".to_owned())]),
    }
}

fn told(inputs: Vec<Input>, left_out: Vec<PathBuf>) -> Vec<String> {
    Source::new(inputs, template(), left_out)
        .map(|entry| match entry.unwrap() {
            Entry::Asked(asked) => asked.request.document_id.to_string(),
            Entry::Rejected(r) => format!("{} at {:?}", r.code, r.line),
        })
        .collect()
}

fn request(id: &str) -> String {
    json!({
        "schema": REQUEST_SCHEMA, "tenant_id": "t", "vendor_id": "v", "document_id": id,
        "document_type": "receipt", "uri": "a.png"
    })
    .to_string()
}

#[test]
fn a_folder_gives_its_documents_sorted_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["b", "a/z", ".git", "made"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    let files =
        ["b/2.png", "b/10.png", "a/z/x.pdf", "c d.png", ".hidden", ".git/x", "r.jsonl", "made/1"];
    for name in files {
        fs::write(at(name), "").unwrap();
    }
    symlink("b", at("folder_link")).unwrap();
    symlink("nowhere", at("lost_link")).unwrap();
    symlink("b/2.png", at("x_link")).unwrap();
    let inputs = vec![Input::Folder { path: folder.path().into(), prefix: PathBuf::new() }];
    let left_out = vec![at("made").canonicalize().unwrap()];
    assert_eq!(count(&inputs, &left_out), Some(6));
    let found = told(inputs, left_out);
    let wanted = ["a:z:x.pdf", "b:10.png", "b:2.png", "c_d.png-", "lost_link", "x_link"];
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    assert!(found.iter().zip(wanted).all(|(f, w)| f.starts_with(w)), "{found:?}");
}

#[test]
fn inputs_follow_each_other_in_the_order_given() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("d")).unwrap();
    for name in ["d/1.png", "f.png"] {
        fs::write(at(name), "").unwrap();
    }
    fs::write(at("r.jsonl"), format!("{}\n{}", request("r1"), request("r2"))).unwrap();
    let inputs = vec![
        Input::File { path: at("f.png"), name: "f.png".into() },
        Input::Requests(at("r.jsonl")),
        Input::Folder { path: at("d"), prefix: "d".into() },
    ];
    assert_eq!(count(&inputs, &[]), Some(4));
    assert_eq!(told(inputs, Vec::new()), ["f.png", "r1", "r2", "d:1.png"]);
}

#[test]
fn a_line_that_is_no_request_is_told_with_its_number_and_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    let padded = |bytes: usize| {
        let line = request("long");
        format!("{line}{}", " ".repeat(bytes - line.len()))
    };
    let lines = [
        format!("\u{FEFF}{}", request("first")),
        String::new(),
        "  \t".to_owned(),
        "not json".to_owned(),
        request("windows") + "\r",
        request("no type").replace("receipt", "Receipt"),
        request("x").replace("/1\"", "/9\""),
        padded(RequestLimits::BYTES_MAX),
        padded(RequestLimits::BYTES_MAX + 1),
        " ".repeat(RequestLimits::BYTES_MAX + 9),
        request("last"),
    ];
    fs::write(&path, lines.join("\n")).unwrap();
    let wanted = [
        "first",
        "request.json at Some(4)",
        "windows",
        "request.json at Some(6)",
        "request.schema at Some(7)",
        "long",
        "request.too_large at Some(9)",
        "request.too_large at Some(10)",
        "last",
    ];
    assert_eq!(told(vec![Input::Requests(path)], Vec::new()), wanted);
}

#[test]
fn the_raw_line_is_kept_within_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    let mut line = vec![b'x'; RAW_BYTES_MAX + 5];
    line[0] = 0xFF;
    fs::write(&path, &line).unwrap();
    let mut source = Source::new(vec![Input::Requests(path)], template(), Vec::new());
    let Some(Ok(Entry::Rejected(rejected))) = source.next() else { panic!("not rejected") };
    assert_eq!(rejected.raw_bytes, line.len() as u64);
    assert_eq!(rejected.raw.chars().count(), RAW_BYTES_MAX);
    assert!(rejected.raw.starts_with('\u{FFFD}'));
}

#[test]
fn an_input_that_goes_away_ends_the_source_with_an_error() {
    let mut source =
        Source::new(vec![Input::Requests("gone.jsonl".into())], template(), Vec::new());
    assert!(matches!(source.next(), Some(Err(RunError::Input { .. }))));
    assert!(source.next().is_none());
}
