//! A reader of documents in a process of its own: ours, or the peer. Both speak one protocol, so
//! that both are measured alike.
//!
//! On its standard input it gets the path of a document a line and, after a group of them, an
//! empty line: then it reads the group. On its standard output it writes JSON, a message a line:
//! `{"ready": …}` once its models are loaded, `{"document": …}` for each document in order, and
//! `{"done": {}}` after each group. It ends with its input.
//!
//! A program that scores claims gets a line of JSON ([`Asked`]) in place of a path and answers
//! `{"scored": …}` for each.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::processes::memory;

/// What a reader says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The models are loaded.
    Ready(Ready),
    /// A document was read.
    Document(DocumentRead),
    /// The claims on a document were scored.
    Scored(DocumentScored),
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

/// A document and what is claimed of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked<'a> {
    /// The document.
    pub path: &'a Path,
    /// Sets of claims about it: key → value.
    pub sets: Vec<&'a BTreeMap<String, String>>,
}

/// How well the claims fit a document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DocumentScored {
    /// For each set of claims, 0–1: how surely all of it is true.
    pub scores: Vec<f64>,
    /// Why the document could not be read.
    #[serde(default)]
    pub error: Option<String>,
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
        let lines: Result<Vec<String>, BenchError> = paths.iter().map(|path| line(path)).collect();
        let take = |message| match message {
            Message::Document(document) => Ok(document),
            other => Err(other),
        };
        let documents = self.exchange(&lines?, take)?;
        Ok(Group { documents, wall: begin.elapsed() })
    }

    /// Has the claims on one group of documents scored: as many scores as sets for each.
    ///
    /// # Errors
    /// [`BenchError::Side`] where the process ends or answers out of turn.
    pub fn score(&mut self, group: &[Asked<'_>]) -> Result<Vec<DocumentScored>, BenchError> {
        let text = |asked: &Asked<'_>| {
            serde_json::to_string(asked).map_err(|e| BenchError::data(asked.path, e.to_string()))
        };
        let lines: Result<Vec<String>, BenchError> = group.iter().map(text).collect();
        let take = |message| match message {
            Message::Scored(scored) => Ok(scored),
            other => Err(other),
        };
        let scored = self.exchange(&lines?, take)?;
        let fits = |(asked, scored): (&Asked<'_>, &DocumentScored)| {
            asked.sets.len() == scored.scores.len()
                && scored.scores.iter().all(|score| (0.0..=1.0).contains(score))
        };
        if group.iter().zip(&scored).all(fits) {
            Ok(scored)
        } else {
            Err(BenchError::side(&self.ready.name, "does not give each set a score from 0 to 1"))
        }
    }

    /// Sends a group and hears one answer for each line of it.
    fn exchange<T>(
        &mut self,
        lines: &[String],
        take: fn(Message) -> Result<T, Message>,
    ) -> Result<Vec<T>, BenchError> {
        self.send(lines)?;
        let mut answers = Vec::with_capacity(lines.len());
        loop {
            match self.receive()? {
                Message::Done(_) if answers.len() == lines.len() => return Ok(answers),
                message => match take(message) {
                    Ok(answer) => answers.push(answer),
                    Err(other) => return Err(self.out_of_turn(&other)),
                },
            }
        }
    }

    /// The most memory that the process ever held, in bytes, where the system tells.
    #[must_use]
    pub fn peak_rss_bytes(&self) -> Option<u64> {
        memory(self.child.id()).map(|(_, most)| most)
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

    fn send(&mut self, lines: &[String]) -> Result<(), BenchError> {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let text = text + "\n";
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
            Message::Scored(_) => "scored",
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

/// A path as it is sent.
fn line(path: &Path) -> Result<String, BenchError> {
    match path.to_str().filter(|p| !p.is_empty() && !p.contains('\n')) {
        Some(line) => Ok(line.to_owned()),
        None => Err(BenchError::data(path, "its path is no plain text in UTF-8")),
    }
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
    fn scores_come_for_each_set_or_it_is_an_error() {
        let claims = BTreeMap::from([("total".to_owned(), "9.00".to_owned())]);
        let asked = Asked { path: Path::new("a.jpg"), sets: vec![&claims, &claims] };
        let cases = [
            ("all", r#"{"scored":{"scores":[1.0,0.5]}}"#, Ok(vec![1.0, 0.5])),
            ("one is missing", r#"{"scored":{"scores":[1.0]}}"#, Err("each set a score")),
            ("no share", r#"{"scored":{"scores":[1.0,7.0]}}"#, Err("each set a score")),
            ("reads instead", DOCUMENT, Err("out of turn")),
        ];
        for (name, answer, expected) in cases {
            let script = format!(
                "echo '{READY}'; read -r a; read -r b; echo '{answer}'; echo '{{\"done\":{{}}}}'"
            );
            let mut side = Side::start("x", &mut shell(&script)).unwrap();
            match (side.score(std::slice::from_ref(&asked)), expected) {
                (Ok(scored), Ok(scores)) => assert_eq!(scored[0].scores, scores, "{name}"),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{name}"),
                (got, _) => panic!("{name}: {got:?}"),
            }
        }
    }
}
