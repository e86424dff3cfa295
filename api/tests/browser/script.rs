//! A script in a browser: node runs it, and it may ask for what only the test can do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Where the pictures of the tests are kept.
pub(crate) fn pictures() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("browser")
}

/// Runs `NAME.js` with this plan on its standard input. Each line that it prints asks for
/// something; `act` does it, and then the script goes on.
pub(crate) fn run(name: &str, plan: &Value, mut act: impl FnMut(&str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(
        folder.join("node_modules/playwright-core").exists(),
        "the driver of the browser is missing: run scripts/browser"
    );
    std::fs::create_dir_all(pictures()).unwrap();
    let mut node = Command::new("node")
        .arg(folder.join("run.js"))
        .args([name.as_ref(), pictures().as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("node cannot be run: {error}; run scripts/browser"));
    let mut input = node.stdin.take().unwrap();
    writeln!(input, "{plan}").unwrap();
    for asked in BufReader::new(node.stdout.take().unwrap()).lines() {
        act(&asked.unwrap());
        // A script that has ended meanwhile says so by its exit code.
        let _ = writeln!(input, "done");
    }
    let status = node.wait().unwrap();
    assert!(status.success(), "{name}.js: {status}; its words stand above");
}

/// For scripts that ask for nothing.
pub(crate) fn nothing(asked: &str) {
    panic!("the script asks for {asked:?}");
}
