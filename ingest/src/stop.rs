//! Ctrl-C and the signals that ask a program to end: the first one lets the run finish what it
//! has begun, the second one ends it at once.

use std::io::{self, Write as _};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam::channel::{Receiver, bounded};

use crate::error::{Exit, RunError};

/// Tells whether the run was asked to stop.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    wake: Receiver<()>,
}

impl Stop {
    /// Listens from now on. Once a process.
    ///
    /// # Errors
    /// Where the system does not let the program listen.
    pub fn listen() -> Result<Self, RunError> {
        let asked = Arc::new(AtomicBool::new(false));
        let (sender, wake) = bounded(1);
        let flag = Arc::clone(&asked);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                process::exit(i32::from(Exit::Stopped.code()));
            }
            let words = "stopping after the documents in hand; once more ends at once";
            let _ = writeln!(io::stderr(), "{words}");
            // A full channel holds the wake-up already.
            let _ = sender.try_send(());
        })
        .map_err(|error| RunError::Internal(format!("cannot listen for Ctrl-C: {error}")))?;
        Ok(Self { asked, wake })
    }

    /// Ends the process when so much time has gone since it was asked to stop, whatever hangs: an
    /// engine, a client library, a network. Only for a program that can be killed at any instant.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn ends_within(&self, limit: Duration) -> Result<(), RunError> {
        let wake = self.wake.clone();
        let wait = move || {
            // Nobody else takes this program's wake-up.
            if wake.recv().is_ok() {
                thread::sleep(limit);
                let seconds = limit.as_secs_f64();
                let words = "error: not done within the time to end; what is left is not lost";
                let _ = writeln!(io::stderr(), "{words} ({seconds} s, worker.grace_s_max)");
                process::exit(i32::from(Exit::Stopped.code()));
            }
        };
        let started = thread::Builder::new().name("last-call".to_owned()).spawn(wait);
        started
            .map(drop)
            .map_err(|error| RunError::Internal(format!("cannot start threads: {error}")))
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// The flag that says so, for a loop that looks at it.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// Gets one message when the run is asked to stop.
    #[must_use]
    pub fn wake(&self) -> &Receiver<()> {
        &self.wake
    }
}
