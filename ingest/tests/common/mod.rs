//! Runs the program, and makes the documents and requests that it is given.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ab_glyph::FontRef;
use image::{Rgb, RgbImage};
use imageproc::drawing::draw_text_mut;
use serde_json::{Value, json};

/// The program with a clean environment but for the place of the weights.
pub(crate) fn backfill() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivendor-backfill"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("IVENDOR_") && text != "IVENDOR_MODELS") || text == "WORKER_THREADS" {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// A folder with requests and documents.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// `count` small pictures `0.png`, …, each with another total, and the requests for them.
    pub(crate) fn documents(&self, count: usize) -> PathBuf {
        let mut requests = String::new();
        for n in 0..count {
            picture(&format!("TOTAL {n}.50")).save(self.at(&format!("{n}.png"))).unwrap();
            let total = format!("{n}.50");
            requests += &request(&format!("d{n}"), &format!("{n}.png"), &[("total", &total)]);
            requests.push('\n');
        }
        self.write("requests.jsonl", requests)
    }

    /// `verify` with these arguments, in this folder.
    pub(crate) fn verify(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// As [`Desk::verify`], not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = backfill();
        command.current_dir(self.folder.path()).arg("verify").args(arguments);
        command
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        lines(&fs::read_to_string(self.at(name)).unwrap())
    }
}

/// A small page with one line of print.
pub(crate) fn picture(text: &str) -> RgbImage {
    let font = FontRef::try_from_slice(dejavu::sans_condensed::regular()).unwrap();
    let mut page = RgbImage::from_pixel(320, 96, Rgb([250, 250, 245]));
    draw_text_mut(&mut page, Rgb([20, 20, 20]), 30, 30, 36.0, &font, text);
    page
}

pub(crate) fn request(id: &str, uri: &str, claims: &[(&str, &str)]) -> String {
    let claims: serde_json::Map<String, Value> =
        claims.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    json!({
        "schema": "ivendor.verification.request/1", "tenant_id": "t", "vendor_id": "v",
        "document_id": id, "document_type": "receipt", "uri": uri, "claims": claims
    })
    .to_string()
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The verdicts on standard output of a run that ended with `code`.
    pub(crate) fn verdicts(&self, code: i32) -> Vec<Value> {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        lines(&self.stdout)
    }
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn ids(verdicts: &[Value]) -> Vec<&str> {
    verdicts.iter().map(|verdict| verdict["document_id"].as_str().unwrap()).collect()
}

/// The verdicts of a file without what differs between two runs that agree.
pub(crate) fn timeless(path: &Path) -> Vec<Value> {
    let mut verdicts = lines(&fs::read_to_string(path).unwrap());
    for verdict in &mut verdicts {
        let fields = verdict.as_object_mut().unwrap();
        fields.remove("timings_ms").unwrap();
        fields.remove("verified_at").unwrap();
    }
    verdicts
}
