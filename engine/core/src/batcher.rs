//! Which documents go to the device together, and when. Time comes from the caller.
//!
//! A batch is cut when it is full, when its oldest document has waited long enough, or when no
//! other has come for a moment, so that a device that has nothing to do does not wait for company
//! that does not come. Whoever has a person waiting goes first and at once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::request::Priority;

/// When a batch is full, and how long it waits to become so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchBounds {
    /// Documents.
    pub documents_max: usize,
    /// Bytes of the documents.
    pub bytes_max: u64,
    /// Pixels of the documents, as far as they are known.
    pub px_max: u64,
    /// How long the oldest document waits.
    pub age_max: Duration,
    /// How long a batch waits for one more document.
    pub quiet_max: Duration,
}

/// What a document takes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Its bytes.
    pub bytes: u64,
    /// Its pixels; 0 where they are not known before decoding.
    pub px: u64,
}

/// A document that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// How soon it is wanted.
    pub priority: Priority,
    /// What it takes of a batch.
    pub load: Load,
    /// When it comes.
    pub at: Instant,
}

#[derive(Debug)]
struct Waiting<T> {
    item: T,
    load: Load,
    since: Instant,
}

/// A lane of documents of one priority, first in, first out.
#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<Waiting<T>>,
    load: Load,
    last: Option<Instant>,
}

impl<T> Lane<T> {
    fn new() -> Self {
        Self { waiting: VecDeque::new(), load: Load::default(), last: None }
    }
}

/// What the batcher says when it is asked for a batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Cut<T> {
    /// A batch, its oldest document first, and how long that one has waited.
    Batch(Vec<T>, Duration),
    /// None yet: ask again at this time, or when a document comes.
    Wait(Instant),
    /// There is no document.
    Empty,
}

/// Documents that wait for the device.
#[derive(Debug)]
pub struct Batcher<T> {
    bounds: BatchBounds,
    /// By [`Priority`], the most urgent first.
    lanes: [Lane<T>; 3],
}

impl<T> Batcher<T> {
    /// An empty one.
    #[must_use]
    pub fn new(bounds: BatchBounds) -> Self {
        Self { bounds, lanes: [Lane::new(), Lane::new(), Lane::new()] }
    }

    /// Takes a document in.
    pub fn push(&mut self, item: T, arrival: Arrival) {
        let Arrival { priority, load, at } = arrival;
        let lane = &mut self.lanes[lane_of(priority)];
        lane.load.bytes = lane.load.bytes.saturating_add(load.bytes);
        lane.load.px = lane.load.px.saturating_add(load.px);
        lane.last = Some(at);
        lane.waiting.push_back(Waiting { item, load, since: at });
    }

    /// Documents that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.len()).sum()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.waiting.is_empty())
    }

    /// How long the oldest document has waited.
    #[must_use]
    pub fn age(&self, now: Instant) -> Duration {
        let firsts = self.lanes.iter().filter_map(|lane| lane.waiting.front());
        firsts.map(|first| now.saturating_duration_since(first.since)).max().unwrap_or_default()
    }

    /// Cuts a batch, if one is due. An urgent document makes one due at once; what stays free in
    /// its batch is filled from the other lanes only when those would be due too.
    pub fn cut(&mut self, now: Instant) -> Cut<T> {
        let mut wait: Option<Instant> = None;
        for lane in 0..self.lanes.len() {
            match self.due_at(lane, now) {
                Some(at) if at <= now => return self.take(lane, now),
                Some(at) => wait = Some(wait.map_or(at, |earlier| earlier.min(at))),
                None => {}
            }
        }
        wait.map_or(Cut::Empty, Cut::Wait)
    }

    /// Everything that waits, in the order in which it would leave.
    pub fn drain(&mut self) -> Vec<T> {
        let all =
            self.lanes.iter_mut().flat_map(|lane| std::mem::replace(lane, Lane::new()).waiting);
        all.map(|waiting| waiting.item).collect()
    }

    /// When the lane's batch is due; `None` where it is empty.
    fn due_at(&self, lane: usize, now: Instant) -> Option<Instant> {
        let Lane { waiting, load, last } = &self.lanes[lane];
        let oldest = waiting.front()?.since;
        let full = waiting.len() >= self.bounds.documents_max
            || load.bytes >= self.bounds.bytes_max
            || load.px >= self.bounds.px_max;
        if full || lane == lane_of(Priority::Interactive) {
            return Some(now);
        }
        let quiet = last.unwrap_or(oldest) + self.bounds.quiet_max;
        Some(quiet.min(oldest + self.bounds.age_max))
    }

    /// One batch that begins with this lane; the others, in their order, fill what is left.
    fn take(&mut self, first: usize, now: Instant) -> Cut<T> {
        let mut batch = Vec::new();
        let mut load = Load::default();
        let mut waited = Duration::ZERO;
        for lane in first..self.lanes.len() {
            if lane != first && self.due_at(lane, now).is_none_or(|at| at > now) {
                continue;
            }
            let lane = &mut self.lanes[lane];
            while let Some(next) = lane.waiting.front() {
                let bytes = load.bytes.saturating_add(next.load.bytes);
                let px = load.px.saturating_add(next.load.px);
                let fits = batch.len() < self.bounds.documents_max
                    && bytes <= self.bounds.bytes_max
                    && px <= self.bounds.px_max;
                // A document that is more than a batch alone is a batch of its own.
                if !fits && !batch.is_empty() {
                    return Cut::Batch(batch, waited);
                }
                let Some(next) = lane.waiting.pop_front() else { break };
                lane.load.bytes = lane.load.bytes.saturating_sub(next.load.bytes);
                lane.load.px = lane.load.px.saturating_sub(next.load.px);
                load = Load { bytes, px };
                waited = waited.max(now.saturating_duration_since(next.since));
                batch.push(next.item);
            }
        }
        Cut::Batch(batch, waited)
    }
}

fn lane_of(priority: Priority) -> usize {
    match priority {
        Priority::Interactive => 0,
        Priority::Normal => 1,
        Priority::Backfill => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOUNDS: BatchBounds = BatchBounds {
        documents_max: 3,
        bytes_max: 100,
        px_max: 1000,
        age_max: Duration::from_secs(30),
        quiet_max: Duration::from_secs(1),
    };

    /// Documents by (name, priority, bytes, second at which it comes), asked at a second.
    fn cut(given: &[(u8, Priority, u64, u64)], asked_s: u64) -> Cut<u8> {
        let start = Instant::now();
        let mut batcher = Batcher::new(BOUNDS);
        for (name, priority, bytes, at_s) in given {
            let load = Load { bytes: *bytes, px: 0 };
            let at = start + Duration::from_secs(*at_s);
            batcher.push(*name, Arrival { priority: *priority, load, at });
        }
        batcher.cut(start + Duration::from_secs(asked_s))
    }

    #[test]
    fn a_batch_is_cut_when_it_is_full_or_waited_long_enough() {
        use Priority::{Backfill, Interactive, Normal};
        let s = Duration::from_secs;
        type Case<'a> = (&'a str, &'a [(u8, Priority, u64, u64)], u64, Option<(&'a [u8], u64)>);
        let trickle: Vec<(u8, Priority, u64, u64)> = vec![(1, Normal, 1, 0), (2, Normal, 1, 30)];
        let cases: Vec<Case<'_>> = vec![
            (
                "full by count",
                &[(1, Normal, 1, 0), (2, Normal, 1, 0), (3, Normal, 1, 0)],
                0,
                Some((&[1, 2, 3], 0)),
            ),
            ("full by bytes", &[(1, Normal, 60, 0), (2, Normal, 60, 0)], 0, Some((&[1], 0))),
            ("alone and too large", &[(1, Normal, 500, 0)], 0, Some((&[1], 0))),
            ("not full yet", &[(1, Normal, 1, 0)], 0, None),
            ("nobody else comes", &[(1, Normal, 1, 0)], 1, Some((&[1], 1))),
            ("oldest waited long", &trickle, 30, Some((&[1, 2], 30))),
            ("a person waits", &[(1, Normal, 1, 0), (2, Interactive, 1, 0)], 0, Some((&[2], 0))),
            (
                "what is due rides along",
                &[(1, Normal, 1, 0), (2, Interactive, 1, 2)],
                2,
                Some((&[2, 1], 2)),
            ),
            (
                "backfill comes last",
                &[(1, Backfill, 1, 0), (2, Normal, 1, 0)],
                5,
                Some((&[2, 1], 5)),
            ),
        ];
        for (name, given, asked_s, expected) in cases {
            match (cut(given, asked_s), expected) {
                (Cut::Batch(batch, waited), Some((names, waited_s))) => {
                    assert_eq!((batch.as_slice(), waited), (names, s(waited_s)), "{name}");
                }
                (Cut::Wait(_), None) => {}
                (found, wanted) => panic!("{name}: {found:?} instead of {wanted:?}"),
            }
        }
        assert_eq!(cut(&[], 9), Cut::Empty);
    }

    proptest! {
        #[test]
        fn every_document_leaves_once_and_in_the_order_of_its_lane(
            given in proptest::collection::vec((0_u8..3, 0_u64..150, 0_u64..5), 0..40),
        ) {
            let start = Instant::now();
            let mut batcher = Batcher::new(BOUNDS);
            let mut at = start;
            for (name, (lane, bytes, wait_s)) in given.iter().enumerate() {
                at += Duration::from_secs(*wait_s);
                let priority = [Priority::Interactive, Priority::Normal, Priority::Backfill]
                    [usize::from(*lane)];
                let load = Load { bytes: *bytes, px: 0 };
                batcher.push(name, Arrival { priority, load, at });
            }
            let mut left = Vec::new();
            let late = at + Duration::from_secs(60);
            while let Cut::Batch(batch, _) = batcher.cut(late) {
                prop_assert!(!batch.is_empty() && batch.len() <= BOUNDS.documents_max);
                left.extend(batch);
            }
            prop_assert!(batcher.is_empty());
            for lane in 0..3 {
                let of_lane = |name: &usize| given[*name].0 == lane;
                let out: Vec<usize> = left.iter().copied().filter(of_lane).collect();
                let within: Vec<usize> = (0..given.len()).filter(of_lane).collect();
                prop_assert_eq!(out, within);
            }
        }
    }
}
