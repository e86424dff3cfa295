//! What a progress file says after runs that ended somewhere, and whom it is not believed.

use super::*;
use crate::source::REJECTED_SCHEMA;

fn desk(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn rejected(line: u64) -> Rejected {
    Rejected {
        schema: REJECTED_SCHEMA.to_owned(),
        input: "r.jsonl".to_owned(),
        line: Some(line),
        code: "request.json".to_owned(),
        error: "wrong".to_owned(),
        raw: "x".to_owned(),
        raw_bytes: 1,
    }
}

fn rest(progress: &Progress) -> String {
    let mut rest = String::new();
    progress.reader().unwrap().read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn a_run_goes_on_after_the_last_line_that_was_acknowledged() {
    let (_folder, path) = desk("a\nbb\n\nccc");
    let cases = [
        (None, "a\nbb\n\nccc", 0),
        (Some(2), "bb\n\nccc", 1),
        (Some(5), "\nccc", 2),
        (Some(9), "", 4),
        (Some(99), "", 4),
        (Some(2), "", 4),
    ];
    let mut existing = Existing::Refuse;
    for (acknowledged, wanted, before) in cases {
        let mut progress = Progress::open(&path, "t", existing).unwrap();
        progress.finish(acknowledged).unwrap();
        drop(progress);
        existing = Existing::Continue;
        let progress = Progress::open(&path, "t", existing).unwrap();
        assert_eq!(rest(&progress), wanted, "{acknowledged:?}");
        assert_eq!(progress.lines(), Counted { all: 4, before }, "{acknowledged:?}");
    }
}

#[test]
fn a_progress_about_something_else_is_refused_with_words() {
    let (_folder, path) = desk("a\nb\n");
    let told = beside(&path, ".enqueued");
    let begin = |topic: &str, existing| Progress::open(&path, topic, existing);
    begin("t", Existing::Refuse).unwrap().finish(Some(2)).unwrap();
    let whole = fs::read(&told).unwrap();
    let words = |existing, topic: &str| begin(topic, existing).unwrap_err().to_string();
    assert!(words(Existing::Refuse, "t").contains("--resume"));
    assert!(words(Existing::Continue, "u").contains("another topic"));
    fs::write(&path, "a\nB\n").unwrap();
    assert!(words(Existing::Continue, "t").contains("another file"));
    fs::write(&path, "a\nb\nc\n").unwrap();
    assert!(words(Existing::Continue, "t").contains("another file"));
    fs::write(&path, "a\nb\n").unwrap();
    let text = String::from_utf8(whole).unwrap();
    let garbage = [
        String::new(),
        "{".to_owned(),
        "\u{0}".repeat(70_000),
        text.replace("enqueued/1", "enqueued/2"),
        text.replace("\"acknowledged_bytes\":2", "\"acknowledged_bytes\":5"),
        text.replace("\"acknowledged_bytes\":2", "\"acknowledged_bytes\":-2"),
    ];
    for text in garbage {
        fs::write(&told, &text).unwrap();
        let error = words(Existing::Continue, "t");
        assert!(error.contains("--force"), "{error} for {text:?}");
    }
    let progress = begin("t", Existing::Replace).unwrap();
    assert_eq!((rest(&progress).as_str(), progress.acknowledged()), ("a\nb\n", 0));
}

#[test]
fn two_runs_do_not_send_one_file_at_the_same_time() {
    let (_folder, path) = desk("a\n");
    let _first = Progress::open(&path, "t", Existing::Refuse).unwrap();
    let error = Progress::open(&path, "t", Existing::Continue).unwrap_err().to_string();
    assert!(error.contains("another run"), "{error}");
}

#[test]
fn of_the_rejected_lines_those_stay_that_are_not_read_again() {
    let (_folder, path) = desk("1\n2\n3\n4\n5\n");
    let beside = rejected_path(&path);
    let mut progress = Progress::open(&path, "t", Existing::Refuse).unwrap();
    assert!(!beside.exists(), "no file before there is a line for it");
    for line in [2, 3, 5] {
        progress.reject(&rejected(line)).unwrap();
    }
    progress.finish(Some(6)).unwrap();
    drop(progress);
    let whole = fs::read_to_string(&beside).unwrap();
    let two: String = whole.lines().take(2).map(|line| format!("{line}\n")).collect();
    let torn = format!("{two}{{\"torn");
    for text in [whole.as_str(), &torn, &two, two.trim_end()] {
        fs::write(&beside, text).unwrap();
        let progress = Progress::open(&path, "t", Existing::Continue).unwrap();
        assert_eq!(progress.rejected_lines(), 2);
        assert_eq!(fs::read_to_string(&beside).unwrap(), two, "{text}");
    }
    let progress = Progress::open(&path, "t", Existing::Replace).unwrap();
    assert_eq!(progress.rejected_lines(), 0);
    assert!(!beside.exists());
}
