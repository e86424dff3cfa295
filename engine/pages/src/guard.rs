//! Runs a decoder so that whatever it does stays inside its document.
//!
//! The decoders that this room calls know no deadline, so each document is decoded on a thread of
//! its own: a caller whose time is up goes on without it. Such a thread cannot be killed, only
//! left behind; it ends at the next point where it asks its budget for time. At most
//! [`OVERRUN_MAX`] of them may live: while there are as many, the next document waits for one to
//! end, for as long as it may take itself, and is then refused as `Busy`, which says nothing of
//! its content. A panic is an error of the document. A stack that overflows would end the process,
//! so the stack is large; it costs address space, not memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::budget::overrun;
use crate::error::PageError;

/// Bytes of the stack of a decoder.
const STACK_BYTES: usize = 64 << 20;
/// Threads that may live past their time.
const OVERRUN_MAX: usize = 4;
/// The longest deadline that makes sense, in seconds.
const DECODE_S_MAX: f64 = 86_400.0;

const RUNNING: u8 = 0;
const DONE: u8 = 1;
const LEFT: u8 = 2;

/// Counts threads that live past their time.
struct Overrun {
    count: Mutex<usize>,
    ended: Condvar,
}

static OVERRUN: Overrun = Overrun { count: Mutex::new(0), ended: Condvar::new() };

impl Overrun {
    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a thread may be started.
    fn wait(&self, patience: Duration) -> Result<(), PageError> {
        let (count, _) = self
            .ended
            .wait_timeout_while(self.count(), patience, |count| *count >= OVERRUN_MAX)
            .unwrap_or_else(PoisonError::into_inner);
        if *count < OVERRUN_MAX {
            return Ok(());
        }
        Err(PageError::Busy(format!(
            "{count} earlier documents are still being decoded past their time; try again later"
        )))
    }

    fn leave(&self) {
        *self.count() += 1;
    }

    fn end(&self) {
        *self.count() -= 1;
        self.ended.notify_all();
    }
}

/// Runs `work` with its deadline, `seconds` from now.
///
/// # Errors
/// Those of `work`; [`PageError::TooLarge`] past the deadline; [`PageError::Damaged`] where it
/// panics; [`PageError::Busy`] where no thread could be had.
pub(crate) fn run<T: Send + 'static>(
    seconds: f64,
    work: impl FnOnce(Instant) -> Result<T, PageError> + Send + 'static,
) -> Result<T, PageError> {
    let finite = if seconds.is_finite() { seconds } else { DECODE_S_MAX };
    let patience = Duration::from_secs_f64(finite.clamp(0.0, DECODE_S_MAX));
    OVERRUN.wait(patience)?;
    let deadline = Instant::now() + patience;
    let state = Arc::new(AtomicU8::new(RUNNING));
    let (sender, receiver) = channel();
    let of_thread = Arc::clone(&state);
    let body = move || {
        let result = catch_unwind(AssertUnwindSafe(|| work(deadline)))
            .unwrap_or_else(|panic| Err(PageError::Damaged(panicked(&*panic))));
        if change(&of_thread, DONE) {
            // Whoever waits has not left, so it is there to receive.
            let _ = sender.send(result);
        } else {
            drop(result);
            OVERRUN.end();
        }
    };
    thread::Builder::new()
        .name("decode".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(body)
        .map_err(|error| PageError::Busy(format!("no thread could be started: {error}")))?;
    match receiver.recv_timeout(patience) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => {
            OVERRUN.leave();
            if change(&state, LEFT) {
                return Err(overrun(seconds));
            }
            // It ended just now: its result is on the way.
            OVERRUN.end();
            receiver.recv().unwrap_or_else(|_| Err(overrun(seconds)))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(PageError::Damaged("the decoder ended without a result".to_owned()))
        }
    }
}

fn change(state: &AtomicU8, to: u8) -> bool {
    state.compare_exchange(RUNNING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    format!("the decoder gave up: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_comes_through() {
        assert_eq!(run(60.0, |_| Ok(7)), Ok(7));
        let error = PageError::Unsupported("a kind".to_owned());
        let given = error.clone();
        assert_eq!(run::<()>(60.0, move |_| Err(given)), Err(error));
    }

    #[test]
    fn a_panic_is_an_error_of_the_document() {
        let result = run::<()>(60.0, |_| panic!("index out of range"));
        assert!(matches!(&result, Err(PageError::Damaged(d)) if d.contains("index")), "{result:?}");
    }

    #[test]
    fn threads_past_their_time_are_bounded_and_then_refused() {
        let (release, wait) = channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let mut busy = 0;
        for _ in 0..OVERRUN_MAX + 2 {
            let wait = Arc::clone(&wait);
            let stuck = run::<()>(0.02, move |_| {
                let _ = wait.lock().unwrap_or_else(PoisonError::into_inner).recv();
                Ok(())
            });
            match stuck {
                Err(PageError::TooLarge(_)) => {}
                Err(PageError::Busy(_)) => busy += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(busy >= 1);
        drop(release);
        assert_eq!(run(60.0, |_| Ok(1)), Ok(1), "a slot comes free when a thread ends");
    }

    #[test]
    fn a_deadline_that_is_no_number_is_none() {
        assert_eq!(run(f64::NAN, |_| Ok(1)), Ok(1));
        assert_eq!(run(f64::INFINITY, |_| Ok(1)), Ok(1));
    }
}
