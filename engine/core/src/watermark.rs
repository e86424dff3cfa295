//! How far a partition is done: the first offset before which nothing is missing.
//!
//! Messages come in the order of their offsets and end in any order. Only what ended passes, and
//! nothing passes a message that has not: so an offset that is committed never skips one.

use std::collections::VecDeque;

/// A message that was received and has not been passed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    offset: i64,
    bytes: u64,
    settled: bool,
}

/// The watermark of one partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watermark {
    entries: VecDeque<Entry>,
    /// One past the last offset that was passed.
    passed: Option<i64>,
    unsettled: usize,
    unsettled_bytes: u64,
}

impl Watermark {
    /// Takes a message in, `bytes` long. Offsets may have gaps. `false` where it is not later than
    /// the last one: it was received before, and is not taken twice.
    pub fn receive(&mut self, offset: i64, bytes: u64) -> bool {
        let last = self.entries.back().map(|entry| entry.offset + 1).or(self.passed);
        if last.is_some_and(|last| offset < last) {
            return false;
        }
        self.entries.push_back(Entry { offset, bytes, settled: false });
        self.unsettled += 1;
        self.unsettled_bytes += bytes;
        true
    }

    /// Says that a message has ended. `false` where it was never received or ended before.
    pub fn settle(&mut self, offset: i64) -> bool {
        let Ok(at) = self.entries.binary_search_by_key(&offset, |entry| entry.offset) else {
            return false;
        };
        let entry = &mut self.entries[at];
        if entry.settled {
            return false;
        }
        entry.settled = true;
        self.unsettled -= 1;
        self.unsettled_bytes -= entry.bytes;
        while let Some(entry) = self.entries.front().filter(|entry| entry.settled) {
            self.passed = Some(entry.offset + 1);
            self.entries.pop_front();
        }
        true
    }

    /// The offset to commit: the first message that a successor has to read. `None` while nothing
    /// was passed.
    #[must_use]
    pub fn committable(&self) -> Option<i64> {
        self.passed
    }

    /// Messages that have not ended.
    #[must_use]
    pub fn unsettled(&self) -> usize {
        self.unsettled
    }

    /// Their bytes.
    #[must_use]
    pub fn unsettled_bytes(&self) -> u64 {
        self.unsettled_bytes
    }

    /// Whether a message was received and has not ended.
    #[must_use]
    pub fn holds(&self, offset: i64) -> bool {
        let found = self.entries.binary_search_by_key(&offset, |entry| entry.offset);
        found.is_ok_and(|at| !self.entries[at].settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_watermark_never_passes_a_message_that_has_not_ended() {
        type Case<'a> = (&'a str, &'a [i64], &'a [i64], Option<i64>);
        let cases: [Case<'_>; 7] = [
            ("nothing came", &[], &[], None),
            ("nothing ended", &[5, 6], &[], None),
            ("the first ended", &[5, 6], &[5], Some(6)),
            ("only a later one ended", &[5, 6, 7], &[7, 6], None),
            ("a gap is closed", &[5, 6, 7], &[7, 6, 5], Some(8)),
            ("offsets that are missing", &[5, 9, 12], &[9, 5], Some(10)),
            ("what never came", &[5], &[4, 6], None),
        ];
        for (name, received, settled, committable) in cases {
            let mut watermark = Watermark::default();
            assert!(received.iter().all(|offset| watermark.receive(*offset, 1)), "{name}");
            for offset in settled {
                watermark.settle(*offset);
            }
            assert_eq!(watermark.committable(), committable, "{name}");
        }
    }

    #[test]
    fn nothing_is_taken_or_ended_twice() {
        let mut watermark = Watermark::default();
        assert!(watermark.receive(5, 10));
        assert!(!watermark.receive(5, 10));
        assert!(!watermark.receive(4, 10));
        assert_eq!((watermark.unsettled(), watermark.unsettled_bytes()), (1, 10));
        assert!(watermark.holds(5) && watermark.settle(5));
        assert!(!watermark.holds(5) && !watermark.settle(5));
        assert!(!watermark.receive(5, 10));
        assert_eq!((watermark.unsettled(), watermark.unsettled_bytes()), (0, 0));
    }

    proptest! {
        #[test]
        fn any_order_of_ends_leads_to_the_end(
            steps in proptest::collection::vec(1_i64..4, 1..40),
            seed in any::<u64>(),
        ) {
            let mut offset = 0;
            let offsets: Vec<i64> = steps.iter().map(|step| { offset += step; offset }).collect();
            let mut order = offsets.clone();
            let mut state = seed | 1;
            for at in (1..order.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                order.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
            }
            let mut watermark = Watermark::default();
            offsets.iter().for_each(|offset| assert!(watermark.receive(*offset, 2)));
            let mut ended = std::collections::BTreeSet::new();
            for offset in order {
                prop_assert!(watermark.settle(offset));
                ended.insert(offset);
                let first_open = offsets.iter().find(|offset| !ended.contains(offset));
                let passed = watermark.committable();
                match first_open {
                    Some(open) => prop_assert!(passed.is_none_or(|passed| passed <= *open)),
                    None => prop_assert_eq!(passed, offsets.last().map(|last| last + 1)),
                }
                prop_assert_eq!(watermark.unsettled(), offsets.len() - ended.len());
            }
        }
    }
}
