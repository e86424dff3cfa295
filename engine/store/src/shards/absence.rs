//! Shards that gave no answer a moment ago: whoever can do without one does not wait for it again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ivendor_core::sharding::ShardId;

/// For so long a shard that gave no answer is not asked again.
const REMEMBERED: Duration = Duration::from_secs(3);
/// A shard that has answered somebody else so lately is slow, and not away.
const LATELY: Duration = Duration::from_secs(1);

/// When each shard gave an answer, and when it gave none, the last time.
#[derive(Debug, Default)]
pub(crate) struct Absence(Mutex<BTreeMap<ShardId, Last>>);

#[derive(Debug, Clone, Copy, Default)]
struct Last {
    answer: Option<Instant>,
    silence: Option<Instant>,
}

impl Last {
    fn is_lively(&self, now: Instant) -> bool {
        self.answer.is_some_and(|at| now.duration_since(at) < LATELY)
    }
}

impl Absence {
    /// Whether the shard is away, as far as is known.
    pub(crate) fn is_away(&self, shard: ShardId) -> bool {
        self.is_away_at(shard, Instant::now())
    }

    /// Notes that the shard has answered.
    pub(crate) fn answered(&self, shard: ShardId) {
        self.answered_at(shard, Instant::now());
    }

    /// Notes that the shard gave no answer to somebody who has waited; says whether it is away.
    pub(crate) fn was_silent(&self, shard: ShardId) -> bool {
        self.was_silent_at(shard, Instant::now())
    }

    fn is_away_at(&self, shard: ShardId, now: Instant) -> bool {
        let silence = self.lock().get(&shard).and_then(|last| last.silence);
        silence.is_some_and(|at| now.duration_since(at) < REMEMBERED)
    }

    fn answered_at(&self, shard: ShardId, now: Instant) {
        self.lock().insert(shard, Last { answer: Some(now), silence: None });
    }

    fn was_silent_at(&self, shard: ShardId, now: Instant) -> bool {
        let mut all = self.lock();
        let last = all.entry(shard).or_default();
        if !last.is_lively(now) {
            last.silence = Some(now);
        }
        last.silence.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ShardId, Last>> {
        // Each change of the map is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_shard_is_away_for_a_while_or_until_it_answers() {
        let absence = Absence::default();
        let (one, other) = (ShardId(1), ShardId(2));
        let start = Instant::now();
        let after = |ms: u64| start + Duration::from_millis(ms);
        assert!(!absence.is_away_at(one, start));
        assert!(absence.was_silent_at(one, start));
        let cases = [
            ("at once", one, 0, true),
            ("soon", one, 2999, true),
            ("later", one, 3000, false),
            ("another", other, 0, false),
        ];
        for (name, shard, ms, expected) in cases {
            assert_eq!(absence.is_away_at(shard, after(ms)), expected, "{name}");
        }
        absence.answered_at(one, after(100));
        assert!(!absence.is_away_at(one, after(100)));
        assert!(!absence.was_silent_at(one, after(1000)), "slow, since others are answered");
        assert!(absence.was_silent_at(one, after(1100)));
    }
}
