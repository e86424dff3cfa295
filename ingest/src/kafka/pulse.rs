//! What others can see of the thread that polls.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What others can see of the consumer.
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    /// Milliseconds since then, at the last poll.
    polled_ms: AtomicU64,
    pub(super) paused: AtomicBool,
    pub(super) broker_away: AtomicBool,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            polled_ms: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            broker_away: AtomicBool::new(false),
        }
    }
}

impl Pulse {
    /// There was a poll.
    pub(super) fn beat(&self) {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.polled_ms.store(ms, Ordering::Relaxed);
    }

    /// How long ago the last poll was.
    #[must_use]
    pub fn since_poll(&self) -> Duration {
        let polled = Duration::from_millis(self.polled_ms.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(polled)
    }

    /// Whether no messages are taken because too many have not ended.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Whether the last that was heard is that no broker can be reached.
    #[must_use]
    pub fn is_broker_away(&self) -> bool {
        self.broker_away.load(Ordering::Relaxed)
    }
}
