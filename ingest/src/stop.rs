//! Ctrl-C and the signals that ask a program to end: the first one lets the run finish what it
//! has begun, the second one ends it at once.

use std::io::{self, Write as _};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
