//! How often something may happen: so many times at once, and from then on so many times a minute.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Times at once, after a while without any.
    pub at_once: u32,
    /// Times a minute in the long run.
    pub per_minute: u32,
}

impl Rate {
    /// Time that one of them costs.
    fn period(self) -> Duration {
        Duration::from_secs(60) / self.per_minute.max(1)
    }

    /// How far ahead of now the next one may be due.
    fn ahead_max(self) -> Duration {
        self.period() * self.at_once.saturating_sub(1)
    }
}

/// Counts by key, with bounded memory.
#[derive(Debug)]
pub struct Limiter<K> {
    rate: Rate,
    keys_max: usize,
    /// When each key would have used up everything that it was given; none where it has passed.
    due: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq> Limiter<K> {
    /// At this rate for each key. Where `keys_max` keys are in use at a time, others are refused.
    #[must_use]
    pub fn new(rate: Rate, keys_max: usize) -> Self {
        Self { rate, keys_max, due: Mutex::new(HashMap::new()) }
    }

    /// Takes one for this key.
    ///
    /// # Errors
    /// How long to wait for the next one.
    pub fn take(&self, key: K) -> Result<(), Duration> {
        self.take_at(key, Instant::now())
    }

    /// Gives one back that turned out not to count.
    pub fn give_back(&self, key: &K) {
        if let Some(due) = self.lock().get_mut(key) {
            *due = due.checked_sub(self.rate.period()).unwrap_or(*due);
        }
    }

    fn take_at(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.lock();
        if all.len() >= self.keys_max && !all.contains_key(&key) {
            all.retain(|_, due| *due > now);
            if all.len() >= self.keys_max {
                return Err(self.rate.period());
            }
        }
        let due = all.entry(key).or_insert(now);
        let from = (*due).max(now);
        let ahead = from - now;
        if ahead > self.rate.ahead_max() {
            return Err(ahead - self.rate.ahead_max());
        }
        *due = from + self.rate.period();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Instant>> {
        // Each change of the map is whole.
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { at_once: 3, per_minute: 60 };

    #[test]
    fn after_the_first_ones_there_is_one_a_period() {
        let limiter = Limiter::new(RATE, 10);
        let start = Instant::now();
        let after = |ms: u64| start + Duration::from_millis(ms);
        let cases = [
            ("the first", 0, Ok(())),
            ("the second", 0, Ok(())),
            ("the third", 0, Ok(())),
            ("one too many", 0, Err(Duration::from_secs(1))),
            ("too early", 400, Err(Duration::from_millis(600))),
            ("in time", 1000, Ok(())),
            ("again too early", 1000, Err(Duration::from_secs(1))),
            ("after a rest", 60_000, Ok(())),
        ];
        for (name, ms, expected) in cases {
            assert_eq!(limiter.take_at("a", after(ms)), expected, "{name}");
        }
        assert_eq!(limiter.take_at("b", after(0)), Ok(()), "another has its own");
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let limiter = Limiter::new(Rate { at_once: 1, per_minute: 1 }, 10);
        let now = Instant::now();
        limiter.take_at("a", now).unwrap();
        limiter.take_at("a", now).unwrap_err();
        limiter.give_back(&"a");
        limiter.take_at("a", now).unwrap();
    }

    #[test]
    fn the_number_of_keys_is_bounded_and_those_that_rest_make_room() {
        let limiter = Limiter::new(RATE, 2);
        let now = Instant::now();
        limiter.take_at(1, now).unwrap();
        limiter.take_at(2, now).unwrap();
        limiter.take_at(3, now).unwrap_err();
        limiter.take_at(2, now).unwrap();
        limiter.take_at(3, now + Duration::from_secs(5)).unwrap();
    }
}
