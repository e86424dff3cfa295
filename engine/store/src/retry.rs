//! Trying again what may succeed later, ever more slowly, until there is no time left.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::error::{Place, StoreError};

/// How long and how often a call is tried again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Retry {
    /// Seconds for all tries of a call together.
    pub(crate) deadline_s: f64,
    /// The longest wait before the second try, in seconds; it doubles from try to try.
    pub(crate) wait_s_first: f64,
    /// The longest wait between two tries, in seconds.
    pub(crate) wait_s_max: f64,
}

impl Retry {
    /// When a call that begins now must have ended.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline { at: Instant::now() + Duration::from_secs_f64(self.deadline_s), settings: *self }
    }

    /// The longest wait after try number `tried`, from 1.
    fn wait_max(&self, tried: u32) -> Duration {
        let doubled = self.wait_s_first * f64::from(1_u32 << (tried - 1).min(20));
        Duration::from_secs_f64(doubled.min(self.wait_s_max))
    }
}

/// The end of a call's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    settings: Retry,
}

impl Deadline {
    /// Runs `call` until it succeeds, fails for good, or the time is up. The waits have full
    /// jitter, so that those who failed together do not come back together.
    ///
    /// # Errors
    /// The last error, or [`StoreError::TimedOut`] where the time ended during a try.
    pub(crate) async fn retry<T, F>(
        self,
        place: Place,
        mut call: impl FnMut() -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut tried = 0;
        loop {
            tried += 1;
            let Ok(result) = timeout_at(self.at, call()).await else {
                return Err(StoreError::TimedOut { place, limit_s: self.settings.deadline_s });
            };
            let error = match result {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let wait = self.settings.wait_max(tried).mul_f64(fastrand::f64());
            if !error.is_transient() || Instant::now() + wait >= self.at {
                return Err(error);
            }
            tracing::debug!(%place, %error, tried, "trying again");
            sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const PLACE: Place = Place::Reference;

    async fn tries(settings: Retry, error: fn() -> StoreError, failing: u32) -> (u32, bool) {
        let tried = Cell::new(0);
        let call = || {
            tried.set(tried.get() + 1);
            let result = if tried.get() <= failing { Err(error()) } else { Ok(()) };
            async move { result }
        };
        let result = settings.deadline().retry(PLACE, call).await;
        (tried.get(), result.is_ok())
    }

    fn raced() -> StoreError {
        StoreError::Raced { place: PLACE }
    }

    fn fenced() -> StoreError {
        StoreError::Fenced { place: PLACE }
    }

    const QUICK: Retry = Retry { deadline_s: 60.0, wait_s_first: 0.001, wait_s_max: 0.001 };

    #[tokio::test]
    async fn only_what_may_succeed_later_is_tried_again() {
        assert_eq!(tries(QUICK, raced, 0).await, (1, true));
        assert_eq!(tries(QUICK, raced, 4).await, (5, true));
        assert_eq!(tries(QUICK, fenced, 1).await, (1, false));
    }

    #[tokio::test]
    async fn the_deadline_ends_the_tries() {
        let settings = Retry { deadline_s: 0.05, ..QUICK };
        let (_, succeeded) = tries(settings, raced, u32::MAX).await;
        assert!(!succeeded);
    }

    #[tokio::test]
    async fn a_try_that_hangs_is_left_at_the_deadline() {
        let settings = Retry { deadline_s: 0.01, ..QUICK };
        let hung = settings.deadline().retry(PLACE, std::future::pending::<Result<(), _>>).await;
        assert!(matches!(hung, Err(StoreError::TimedOut { limit_s: 0.01, .. })));
    }

    #[test]
    fn the_waits_double_up_to_the_longest() {
        let settings = Retry { deadline_s: 1.0, wait_s_first: 0.5, wait_s_max: 3.0 };
        let waits = [1, 2, 3, 4, 90].map(|tried| settings.wait_max(tried).as_secs_f64());
        assert_eq!(waits, [0.5, 1.0, 2.0, 3.0, 3.0]);
    }
}
