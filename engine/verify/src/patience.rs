//! How tests wait for what other threads do.

use std::thread;
use std::time::{Duration, Instant};

/// What any wait may take before a test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited too long for {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
}
