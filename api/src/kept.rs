//! What is remembered for a moment, so that not every request asks the reference database who it
//! is from.
//!
//! What is remembered here is known late where it ends elsewhere: at most the given time. What
//! ends here is forgotten at once.

use std::hash::Hash;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// Values by key, each for so long.
#[derive(Debug)]
pub struct Kept<K, V> {
    length: Duration,
    values: Cache<K, (Instant, V)>,
}

impl<K: Hash + Eq + Clone, V: Clone> Kept<K, V> {
    /// At most `values_max` at a time, each for `length`; with no length none is remembered.
    #[must_use]
    pub fn new(length: Duration, values_max: usize) -> Self {
        Self { length, values: Cache::new(values_max) }
    }

    /// The value, where it is remembered; else what `find` says, which is remembered where it is
    /// one. Of many who ask at once for what is not there one finds it.
    ///
    /// # Errors
    /// That of `find`.
    pub async fn get<E>(
        &self,
        key: &K,
        find: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        if self.length.is_zero() {
            return find.await;
        }
        if let Some(value) = self.fresh(key, Instant::now()) {
            return Ok(Some(value));
        }
        match self.values.get_value_or_guard_async(key).await {
            Ok((_, value)) => Ok(Some(value)),
            Err(place) => {
                // From before the question: what ends while it is asked does not count for longer.
                let asked = Instant::now();
                let found = find.await?;
                if let Some(value) = &found {
                    let _ = place.insert((asked, value.clone()));
                }
                Ok(found)
            }
        }
    }

    /// Forgets a value.
    pub fn forget(&self, key: &K) {
        self.values.remove(key);
    }

    /// The value, where it is not too old; one that is goes.
    fn fresh(&self, key: &K, now: Instant) -> Option<V> {
        let (at, value) = self.values.get(key)?;
        if now.saturating_duration_since(at) < self.length {
            return Some(value);
        }
        self.values.remove_if(key, |(kept, _)| *kept == at);
        None
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn a_value_is_remembered_for_its_time_and_no_longer() {
        let kept = Kept::new(Duration::from_secs(60), 10);
        let find = async |value: Option<u8>| kept.get(&"a", async { Ok(value) }).await;
        let found: Result<_, Infallible> = find(None).await;
        assert_eq!(found, Ok(None), "what is not there is not remembered");
        assert_eq!(find(Some(1)).await, Ok(Some(1)));
        assert_eq!(find(Some(2)).await, Ok(Some(1)), "the remembered one");
        let later = Instant::now() + Duration::from_secs(61);
        assert_eq!(kept.fresh(&"a", later), None);
        assert_eq!(find(Some(3)).await, Ok(Some(3)), "found anew");
        kept.forget(&"a");
        assert_eq!(find(None).await, Ok(None), "what was forgotten is gone at once");
    }

    #[tokio::test]
    async fn with_no_time_nothing_is_remembered() {
        let kept = Kept::new(Duration::ZERO, 10);
        for value in [Some(1), Some(2), None] {
            let found: Result<_, Infallible> = kept.get(&"a", async { Ok(value) }).await;
            assert_eq!(found, Ok(value));
        }
    }

    #[tokio::test]
    async fn what_fails_is_asked_for_again() {
        let kept = Kept::new(Duration::from_secs(60), 10);
        assert_eq!(kept.get(&"a", async { Err::<Option<u8>, _>("away") }).await, Err("away"));
        assert_eq!(kept.get(&"a", async { Ok::<_, &str>(Some(1)) }).await, Ok(Some(1)));
    }
}
