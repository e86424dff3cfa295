//! Where fetched documents wait for the device, and where the device's thread comes to get them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ivendor_core::batcher::{Arrival, BatchBounds, Batcher, Cut};

/// A batcher that one thread waits at and others bring to.
#[derive(Debug)]
pub(crate) struct Desk<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    batcher: Batcher<T>,
    closed: bool,
}

impl<T> Desk<T> {
    pub(crate) fn new(bounds: BatchBounds) -> Self {
        let state = State { batcher: Batcher::new(bounds), closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Brings documents. What comes to a closed desk is dropped.
    pub(crate) fn bring(&self, items: impl IntoIterator<Item = (T, Arrival)>) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        for (item, arrival) in items {
            state.batcher.push(item, arrival);
        }
        self.changed.notify_one();
    }

    /// Waits for a batch and how long its oldest document has waited; `None` once it is closed.
    pub(crate) fn take(&self) -> Option<(Vec<T>, Duration)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let now = Instant::now();
            state = match state.batcher.cut(now) {
                Cut::Batch(batch, waited) => return Some((batch, waited)),
                Cut::Wait(at) => {
                    let waited = self.changed.wait_timeout(state, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Cut::Empty => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Documents that wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().batcher.len()
    }

    /// Lets nobody wait any more, and drops what waits: it was not begun.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        drop(state.batcher.drain());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ivendor_core::batcher::Load;
    use ivendor_core::request::Priority;

    use super::*;

    fn desk(documents_max: usize) -> Desk<u8> {
        Desk::new(BatchBounds {
            documents_max,
            bytes_max: 100,
            px_max: 100,
            age_max: Duration::from_secs(3600),
            quiet_max: Duration::from_secs(3600),
        })
    }

    fn normal() -> Arrival {
        Arrival { priority: Priority::Normal, load: Load::default(), at: Instant::now() }
    }

    #[test]
    fn whoever_waits_gets_the_batch_as_soon_as_it_is_full() {
        let desk = desk(2);
        let batch = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| desk.take());
            desk.bring([(1, normal())]);
            desk.bring([(2, normal())]);
            waiting.join().unwrap()
        });
        assert_eq!(batch.unwrap().0, [1, 2]);
    }

    #[test]
    fn closing_lets_go_of_whoever_waits_and_of_what_waits() {
        let desk = desk(2);
        desk.bring([(1, normal())]);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| desk.take());
            desk.close();
            assert_eq!(waiting.join().unwrap(), None);
        });
        desk.bring([(2, normal())]);
        assert_eq!((desk.len(), desk.take()), (0, None));
    }
}
