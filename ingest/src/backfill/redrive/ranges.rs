//! Which offsets of a partition were put back: a few ranges, however many offsets they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Offsets of one block: what is written down together. Its ranges fit a message, whatever they
/// are.
pub(super) const BLOCK: i64 = 4096;

/// A set of offsets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges {
    /// First offset → one past the last; no two touch.
    ranges: BTreeMap<i64, i64>,
}

impl Ranges {
    /// Adds the offsets of `range`.
    pub(super) fn insert(&mut self, range: Range<i64>) {
        let Range { mut start, mut end } = range;
        if start >= end {
            return;
        }
        // Whatever touches it becomes one with it.
        let touching: Vec<i64> = self
            .ranges
            .range(..=end)
            .rev()
            .take_while(|(_, other_end)| **other_end >= start)
            .map(|(other_start, _)| *other_start)
            .collect();
        for other in touching {
            if let Some(other_end) = self.ranges.remove(&other) {
                (start, end) = (start.min(other), end.max(other_end));
            }
        }
        self.ranges.insert(start, end);
    }

    /// Whether `offset` is in the set.
    pub(super) fn contains(&self, offset: i64) -> bool {
        self.ranges.range(..=offset).next_back().is_some_and(|(_, end)| offset < *end)
    }

    /// The first offset from `from` on that is not in the set.
    pub(super) fn first_gap(&self, from: i64) -> i64 {
        match self.ranges.range(..=from).next_back() {
            Some((_, end)) => from.max(*end),
            None => from,
        }
    }

    /// One past the last offset; `None` where there is none.
    pub(super) fn end(&self) -> Option<i64> {
        self.ranges.last_key_value().map(|(_, end)| *end)
    }

    /// The blocks that hold an offset.
    pub(super) fn blocks(&self) -> BTreeSet<i64> {
        self.ranges
            .iter()
            .flat_map(|(start, end)| start.div_euclid(BLOCK)..=(end - 1).div_euclid(BLOCK))
            .collect()
    }

    /// What lies in one block.
    pub(super) fn in_block(&self, block: i64) -> Vec<(i64, i64)> {
        let (first, last) = (block * BLOCK, (block + 1) * BLOCK);
        let mut found: Vec<(i64, i64)> = self
            .ranges
            .range(..last)
            .rev()
            .take_while(|(_, end)| **end > first)
            .map(|(start, end)| ((*start).max(first), (*end).min(last)))
            .collect();
        found.reverse();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_set_holds_what_was_put_in_and_nothing_else(
            ranges in proptest::collection::vec((0_i64..60, 0_i64..9), 0..20),
        ) {
            let (mut set, mut plain) = (Ranges::default(), BTreeSet::new());
            for (start, len) in ranges {
                set.insert(start..start + len);
                plain.extend(start..start + len);
            }
            for offset in -1..80 {
                prop_assert_eq!(set.contains(offset), plain.contains(&offset));
                let gap = (offset..).find(|offset| !plain.contains(offset));
                prop_assert_eq!(Some(set.first_gap(offset)), gap);
            }
            prop_assert_eq!(set.end(), plain.last().map(|last| last + 1));
            let starts: Vec<_> = set.ranges.iter().collect();
            prop_assert!(starts.windows(2).all(|pair| pair[0].1 < pair[1].0), "ranges touch");
        }

        #[test]
        fn the_blocks_hold_the_whole_set(
            ranges in proptest::collection::vec((0_i64..6 * BLOCK, 1_i64..2 * BLOCK), 0..9),
        ) {
            let mut set = Ranges::default();
            for (start, len) in ranges {
                set.insert(start..start + len);
            }
            let mut again = Ranges::default();
            for block in set.blocks() {
                let parts = set.in_block(block);
                prop_assert!(!parts.is_empty() && parts.len() as i64 <= BLOCK / 2);
                for (start, end) in parts {
                    prop_assert!(block * BLOCK <= start && end <= (block + 1) * BLOCK);
                    again.insert(start..end);
                }
            }
            prop_assert_eq!(again, set);
        }
    }
}
