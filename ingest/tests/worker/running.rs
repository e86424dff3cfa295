//! A worker as a process, and waiting.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What any wait may take before the test has failed, with all cores busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);
/// Lines of a worker's log that a failed test shows.
const LINES: usize = 60;

/// A process that is killed with its value. What it logs is shown where its test fails.
pub(crate) struct Running {
    process: Child,
    log: File,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let log = tempfile::tempfile().unwrap();
        command.stderr(log.try_clone().unwrap());
        Self { process: command.spawn().unwrap(), log }
    }

    /// What it has logged so far. Its place in the file is its own, and stays.
    pub(crate) fn log(&self) -> io::Result<String> {
        let mut log = vec![0; usize::try_from(self.log.metadata()?.len()).unwrap_or(0)];
        self.log.read_exact_at(&mut log, 0)?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// kill -9.
    pub(crate) fn murder(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(self) {
        assert_eq!(self.exit(), Some(0), "the worker ends by itself and in time");
    }

    /// Asks it to end, and gives its exit code.
    pub(crate) fn exit(mut self) -> Option<i32> {
        kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGTERM).unwrap();
        until("the worker to end", || self.process.try_wait().unwrap()).code()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Memory that it holds, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let path: PathBuf = format!("/proc/{}/statm", self.process.id()).into();
        let text = fs::read_to_string(path).unwrap();
        let pages: u64 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
        pages * 4096
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = self.log().unwrap_or_else(|error| format!("it cannot be read: {error}"));
            let first = log.lines().count().saturating_sub(LINES);
            let last: Vec<&str> = log.lines().skip(first).collect();
            eprintln!("the end of the worker's log:\n{}", last.join("\n"));
        }
    }
}

/// Looks again and again until there is something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
