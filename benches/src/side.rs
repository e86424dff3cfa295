//! A reader of documents in a process of its own: ours, or the peer. Both speak one protocol, so
//! that both are measured alike.
//!
//! On its standard input it gets the path of a document a line and, after a group of them, an
//! empty line: then it reads the group. On its standard output it writes JSON, a message a line:
//! `{"ready": …}` once its models are loaded, `{"document": …}` for each document in order, and
//! `{"done": {}}` after each group. It ends with its input.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::BenchError;

/// What a reader says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The models are loaded.
    Ready(Ready),
    /// A document was read.
    Document(DocumentRead),
    /// A group was read.
    Done(Done),
}

/// Who reads.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ready {
    /// The program's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What else makes its result: versions of libraries, digests of models.
    pub details: BTreeMap<String, String>,
    /// Seconds that loading the models took, without the start of the program.
    pub load_s: f64,
}

/// One document as it was read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DocumentRead {
    /// Its lines of text, in the reader's order.
    pub lines: Vec<String>,
    /// Its pages.
    pub pages: u64,
    /// Why it could not be read.
    #[serde(default)]
    pub error: Option<String>,
    /// Milliseconds by stage, where the reader knows them.
    #[serde(default)]
    pub timings_ms: BTreeMap<String, f64>,
}

/// The end of a group.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Done {}

/// A running reader.
#[derive(Debug)]
pub struct Side {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// Who it is.
    pub ready: Ready,
    /// From starting the process until its models were loaded.
    pub start: Duration,
}

/// A group as it was read, and how long that took from handing it over to the last answer.
#[derive(Debug)]
pub struct Group {
    /// The documents, in order.
    pub documents: Vec<DocumentRead>,
    /// Time by the clock on the wall.
    pub wall: Duration,
}

impl Side {
    /// Starts `command` and waits until it is ready. Its messages for people pass through.
    ///
    /// # Errors
    /// [`BenchError::Side`] where it does not start or does not speak the protocol.
    pub fn start(name: &str, command: &mut Command) -> Result<Self, BenchError> {
        let begin = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| BenchError::side(name, format!("did not start: {e}")))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(BenchError::side(name, "has no standard input and output"));
        };
        let ready = Ready { name: name.to_owned(), ..Ready::default() };
        let stdout = BufReader::new(stdout);
        let mut side = Self { child, stdin: Some(stdin), stdout, ready, start: Duration::ZERO };
        match side.receive()? {
            Message::Ready(ready) => side.ready = ready,
            other => return Err(side.out_of_turn(&other)),
        }
        side.start = begin.elapsed();
        Ok(side)
    }

    /// Reads one group.
    ///
    /// # Errors
    /// [`BenchError::Side`] where the process ends or answers out of turn.
    pub fn read(&mut self, paths: &[&Path]) -> Result<Group, BenchError> {
        let begin = Instant::now();
        self.send(paths)?;
        let mut documents = Vec::with_capacity(paths.len());
        loop {
            match self.receive()? {
                Message::Document(document) => documents.push(document),
                Message::Done(_) if documents.len() == paths.len() => break,
                other => return Err(self.out_of_turn(&other)),
            }
        }
        Ok(Group { documents, wall: begin.elapsed() })
    }

    /// The most memory that the process ever held, in bytes, where the system tells.
    #[must_use]
    pub fn peak_rss_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        high_water_bytes(&status)
    }

    /// Lets the process end and waits for it.
    ///
    /// # Errors
    /// [`BenchError::Side`] where it ends with an error.
    pub fn finish(mut self) -> Result<(), BenchError> {
        drop(self.stdin.take());
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(BenchError::side(&self.ready.name, format!("ended with {status}"))),
            Err(error) => Err(BenchError::side(&self.ready.name, error.to_string())),
        }
    }

    fn send(&mut self, paths: &[&Path]) -> Result<(), BenchError> {
        let mut text = String::new();
        for path in paths {
            let Some(line) = path.to_str().filter(|p| !p.is_empty() && !p.contains('\n')) else {
                let problem = "its path is no plain text in UTF-8";
                return Err(BenchError::data(path, problem));
            };
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
        let sent = match &mut self.stdin {
            Some(stdin) => stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()),
            None => Ok(()),
        };
        sent.map_err(|e| BenchError::side(&self.ready.name, format!("takes no documents: {e}")))
    }

    fn receive(&mut self) -> Result<Message, BenchError> {
        let mut line = String::new();
        let name = &self.ready.name;
        let read = self.stdout.read_line(&mut line);
        if read.map_err(|e| BenchError::side(name, format!("cannot be heard: {e}")))? == 0 {
            return Err(BenchError::side(name, "ended early; its own message stands above"));
        }
        serde_json::from_str(&line)
            .map_err(|e| BenchError::side(name, format!("does not speak the protocol: {e}")))
    }

    fn out_of_turn(&self, message: &Message) -> BenchError {
        let kind = match message {
            Message::Ready(_) => "ready",
            Message::Document(_) => "document",
            Message::Done(_) => "done",
        };
        BenchError::side(&self.ready.name, format!("says {kind:?} out of turn"))
    }
}

impl Drop for Side {
    /// A side that is dropped before its end (an error elsewhere) leaves no process behind.
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `VmHWM` of `/proc/PID/status`.
fn high_water_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = r#"{"ready":{"name":"x","version":"1","details":{},"load_s":0.5}}"#;
    const DOCUMENT: &str = r#"{"document":{"lines":["A B"],"pages":1}}"#;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_reader_that_keeps_the_protocol_is_heard() {
        let script = format!(
            "echo '{READY}'; n=0; while read -r p; do \
             if [ -n \"$p\" ]; then n=$((n+1)); else \
             while [ $n -gt 0 ]; do echo '{DOCUMENT}'; n=$((n-1)); done; \
             echo '{{\"done\":{{}}}}'; fi; done"
        );
        let mut side = Side::start("x", &mut shell(&script)).unwrap();
        assert_eq!((side.ready.version.as_str(), side.ready.load_s), ("1", 0.5));
        for n in [1, 3] {
            let group = side.read(&vec![Path::new("a.jpg"); n]).unwrap();
            assert_eq!(group.documents.len(), n);
            assert_eq!(group.documents[0].lines, ["A B"]);
        }
        if cfg!(target_os = "linux") {
            assert!(side.peak_rss_bytes().unwrap() > 10_000);
        }
        side.finish().unwrap();
    }

    #[test]
    fn a_reader_that_goes_wrong_is_an_error_that_names_it() {
        let read = format!("echo '{READY}'; read -r a; read -r b; ");
        let cases = [
            ("does not start", "exit 3".to_owned(), "ended early"),
            ("speaks no JSON", "echo hello".to_owned(), "does not speak the protocol"),
            ("starts wrongly", "echo '{\"done\":{}}'".to_owned(), "out of turn"),
            ("dies in a group", read.clone(), "ended early"),
            ("forgets a document", format!("{read} echo '{{\"done\":{{}}}}'"), "out of turn"),
        ];
        for (name, script, expected) in cases {
            let outcome = Side::start("x", &mut shell(&script))
                .and_then(|mut side| side.read(&[Path::new("a.jpg")]));
            let error = outcome.unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("process of x"), "{name}: {error}");
        }
    }

    #[test]
    fn the_high_water_mark_is_read_where_there_is_one() {
        assert_eq!(high_water_bytes("Name: x\nVmHWM:\t    2048 kB\n"), Some(2 << 20));
        assert_eq!(high_water_bytes("Name: x\n"), None);
        assert_eq!(high_water_bytes("VmHWM: many kB\n"), None);
    }
}
