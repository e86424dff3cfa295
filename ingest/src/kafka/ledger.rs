//! Which partitions are in hand, and what of each has not ended.
//!
//! Every message carries a [`Receipt`]. Settling it lets the watermark of its partition pass; one
//! that is dropped unsettled pins it. When a partition goes to another worker, its epoch ends and
//! receipts of it mean nothing any more, even if the partition comes back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ivendor_core::watermark::Watermark;
use ivendor_telemetry::journey::Journey;

/// Journeys of a partition that wait for their offset to be committed. What is past it ends early.
const COMMITTING_MAX: usize = 10_000;

/// The way home of one message. It cannot be copied: a message ends once.
#[derive(Debug)]
pub struct Receipt {
    partition: i32,
    epoch: u64,
    offset: i64,
    /// The message's way through this program, until its offset is committed.
    pub journey: Journey,
}

impl PartialEq for Receipt {
    fn eq(&self, other: &Self) -> bool {
        let of = |receipt: &Self| (receipt.partition, receipt.epoch, receipt.offset);
        of(self) == of(other)
    }
}

impl Receipt {
    /// The partition of the message.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// The offset of the message.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset
    }
}

/// A message that came.
#[derive(Debug, Clone, Copy)]
pub struct Came {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its bytes.
    pub bytes: u64,
    /// When it was sent, in milliseconds since 1970, where the broker tells.
    pub sent_ms: Option<i64>,
}

/// What is in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InHand {
    /// Partitions.
    pub partitions: usize,
    /// Messages that have not ended.
    pub messages: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Messages of these partitions that are not done, received or not, as far as is known.
    pub lag: u64,
    /// When the oldest of them in hand was sent, in milliseconds since 1970.
    pub oldest_sent_ms: Option<i64>,
}

#[derive(Debug)]
struct Held {
    epoch: u64,
    watermark: Watermark,
    /// The offset that the broker has acknowledged.
    committed: Option<i64>,
    /// Where the partition began to be read and where it ended, when that was last heard.
    span: Option<(i64, i64)>,
    /// Offset and time of what came, from the first that has not ended.
    sent_ms: VecDeque<(i64, i64)>,
    /// What has ended and is traced, until its offset is committed.
    committing: BTreeMap<i64, Journey>,
}

impl Held {
    fn new(epoch: u64) -> Self {
        Self {
            epoch,
            watermark: Watermark::default(),
            committed: None,
            span: None,
            sent_ms: VecDeque::new(),
            committing: BTreeMap::new(),
        }
    }

    fn lag(&self) -> u64 {
        let heard = self.span.map_or(0, |(begin, end)| {
            let done = self.watermark.committable().unwrap_or(begin);
            u64::try_from(end - done).unwrap_or(0)
        });
        // What is heard is older than what is in hand.
        heard.max(self.watermark.unsettled() as u64)
    }

    fn forget_ended(&mut self) {
        let done = self.watermark.committable().unwrap_or(i64::MIN);
        while self.sent_ms.front().is_some_and(|(offset, _)| *offset < done) {
            self.sent_ms.pop_front();
        }
    }
}

#[derive(Debug, Default)]
struct State {
    partitions: BTreeMap<i32, Held>,
    epochs: u64,
    /// Nothing is waited for any more.
    closed: bool,
}

/// The partitions of this worker. Shared by the thread that polls and those that settle.
#[derive(Debug, Default)]
pub struct Ledger {
    state: Mutex<State>,
    settled: Condvar,
}

impl Ledger {
    /// Partitions come in hand. One that is there already keeps its epoch.
    pub fn assign(&self, partitions: &[i32]) {
        let mut state = self.lock();
        for partition in partitions {
            state.epochs += 1;
            let epoch = state.epochs;
            state.partitions.entry(*partition).or_insert_with(|| Held::new(epoch));
        }
    }

    /// Partitions go to another worker: what has not ended of them is theirs.
    pub fn revoke(&self, partitions: &[i32]) {
        self.lock().partitions.retain(|partition, _| !partitions.contains(partition));
        self.settled.notify_all();
    }

    /// All partitions are others' now.
    pub fn revoke_all(&self) {
        self.lock().partitions.clear();
        self.settled.notify_all();
    }

    /// Takes a message in. `None` where its partition is not in hand or the message already is.
    #[must_use]
    pub fn receive(&self, came: &Came) -> Option<Receipt> {
        let Came { partition, offset, bytes, sent_ms } = *came;
        let mut state = self.lock();
        let held = state.partitions.get_mut(&partition)?;
        if !held.watermark.receive(offset, bytes) {
            return None;
        }
        held.sent_ms.extend(sent_ms.map(|ms| (offset, ms)));
        Some(Receipt { partition, epoch: held.epoch, offset, journey: Journey::default() })
    }

    /// It was heard that a partition is read from `begin`, where nothing of it has ended yet, and
    /// ends at `end`.
    pub fn ends(&self, partition: i32, begin: i64, end: i64) {
        if let Some(held) = self.lock().partitions.get_mut(&partition) {
            held.span = Some((begin, end));
        }
    }

    /// Whether the message is still this worker's.
    #[must_use]
    pub fn is_current(&self, receipt: &Receipt) -> bool {
        let state = self.lock();
        let held = state.partitions.get(&receipt.partition);
        held.is_some_and(|held| held.epoch == receipt.epoch && held.watermark.holds(receipt.offset))
    }

    /// Messages have ended. Receipts of an epoch that is over change nothing.
    pub fn settle(&self, receipts: impl IntoIterator<Item = Receipt>) {
        let mut state = self.lock();
        for Receipt { partition, epoch, offset, mut journey } in receipts {
            if let Some(held) = state.partitions.get_mut(&partition)
                && held.epoch == epoch
            {
                held.watermark.settle(offset);
                held.forget_ended();
                journey.enter("commit");
                if journey.is_kept() && held.committing.len() < COMMITTING_MAX {
                    held.committing.insert(offset, journey);
                } else {
                    journey.end();
                }
            }
        }
        self.settled.notify_all();
    }

    /// The offsets that can be committed and are not, by partition; of `only` where it is given.
    #[must_use]
    pub fn due(&self, only: Option<&[i32]>) -> Vec<(i32, i64)> {
        let state = self.lock();
        let due = |(partition, held): (&i32, &Held)| {
            let offset = held.watermark.committable()?;
            let wanted = only.is_none_or(|only| only.contains(partition));
            (wanted && held.committed != Some(offset)).then_some((*partition, offset))
        };
        state.partitions.iter().filter_map(due).collect()
    }

    /// The broker has acknowledged these offsets.
    pub fn committed(&self, offsets: &[(i32, i64)]) {
        let mut state = self.lock();
        for (partition, offset) in offsets {
            if let Some(held) = state.partitions.get_mut(partition) {
                held.committed = held.committed.max(Some(*offset));
                let later = held.committing.split_off(offset);
                std::mem::replace(&mut held.committing, later).into_values().for_each(Journey::end);
            }
        }
    }

    /// What is in hand.
    #[must_use]
    pub fn in_hand(&self) -> InHand {
        let state = self.lock();
        let add = |sum: InHand, held: &Held| InHand {
            partitions: sum.partitions + 1,
            messages: sum.messages + held.watermark.unsettled(),
            bytes: sum.bytes + held.watermark.unsettled_bytes(),
            lag: sum.lag + held.lag(),
            oldest_sent_ms: [sum.oldest_sent_ms, held.sent_ms.front().map(|(_, ms)| *ms)]
                .into_iter()
                .flatten()
                .min(),
        };
        state.partitions.values().fold(InHand::default(), add)
    }

    /// Waits until nothing of these partitions (of any, where none are named) has not ended, at
    /// most so long. Whether it came to that.
    #[must_use]
    pub fn wait_settled(&self, only: Option<&[i32]>, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut state = self.lock();
        loop {
            let wanted = |partition: &i32| only.is_none_or(|only| only.contains(partition));
            let mut held = state.partitions.iter().filter(|(partition, _)| wanted(partition));
            if held.all(|(_, held)| held.watermark.unsettled() == 0) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closed {
                return false;
            }
            let waited = self.settled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// From now on nobody waits.
    pub fn close(&self) {
        self.lock().closed = true;
        self.settled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sent at 1000 ms and more, a millisecond an offset.
    fn came(partition: i32, offset: i64) -> Came {
        Came { partition, offset, bytes: 10, sent_ms: Some(1000 + offset) }
    }

    fn ledger(offsets: std::ops::Range<i64>) -> (Ledger, Vec<Receipt>) {
        let ledger = Ledger::default();
        ledger.assign(&[0, 1]);
        let receipts = offsets.map(|offset| ledger.receive(&came(0, offset)).unwrap()).collect();
        (ledger, receipts)
    }

    #[test]
    fn only_what_has_ended_without_a_gap_is_committed_and_only_once() {
        let (ledger, mut receipts) = ledger(0..3);
        assert_eq!(ledger.due(None), []);
        ledger.settle([receipts.remove(1)]);
        assert_eq!(ledger.due(None), []);
        ledger.settle([receipts.remove(0)]);
        assert_eq!(ledger.due(None), [(0, 2)]);
        assert_eq!(ledger.due(Some(&[1])), []);
        ledger.committed(&[(0, 2)]);
        assert_eq!(ledger.due(None), []);
        let InHand { partitions, messages, bytes, .. } = ledger.in_hand();
        assert_eq!((partitions, messages, bytes), (2, 1, 10));
    }

    #[test]
    fn a_dropped_receipt_pins_its_partition() {
        let (ledger, mut receipts) = ledger(0..2);
        receipts.remove(0);
        ledger.settle(receipts);
        assert_eq!(ledger.due(None), []);
    }

    #[test]
    fn receipts_of_a_partition_that_was_away_mean_nothing() {
        let (ledger, receipts) = ledger(0..2);
        ledger.revoke(&[0]);
        assert!(receipts.iter().all(|receipt| !ledger.is_current(receipt)));
        ledger.assign(&[0]);
        let again = ledger.receive(&came(0, 0)).unwrap();
        assert!(receipts.iter().all(|receipt| !ledger.is_current(receipt)));
        ledger.settle(receipts);
        assert_eq!(ledger.due(None), []);
        assert!(ledger.is_current(&again));
    }

    #[test]
    fn a_message_that_is_in_hand_is_not_taken_twice() {
        let (ledger, _receipts) = ledger(0..2);
        assert_eq!(ledger.receive(&came(0, 1)), None);
        assert_eq!(ledger.receive(&came(7, 0)), None, "a partition of others");
    }

    #[test]
    fn the_lag_is_what_is_not_done_and_the_age_that_of_the_oldest_in_hand() {
        let (ledger, mut receipts) = ledger(5..8);
        let told = |ledger: &Ledger| {
            let in_hand = ledger.in_hand();
            (in_hand.lag, in_hand.oldest_sent_ms)
        };
        assert_eq!(told(&ledger), (3, Some(1005)), "nothing was heard of the ends");
        ledger.ends(0, 5, 20);
        ledger.ends(1, 100, 140);
        ledger.ends(7, 0, 1_000_000);
        assert_eq!(told(&ledger), (15 + 40, Some(1005)));
        ledger.settle([receipts.remove(1)]);
        assert_eq!(told(&ledger), (15 + 40, Some(1005)), "a later one ended");
        ledger.settle([receipts.remove(0)]);
        assert_eq!(told(&ledger), (13 + 40, Some(1007)));
        ledger.settle(receipts);
        ledger.revoke(&[1]);
        assert_eq!(told(&ledger), (12, None));
        ledger.ends(0, 5, 3);
        assert_eq!(told(&ledger).0, 0, "an end that is older than what is done");
    }

    #[test]
    fn waiting_ends_when_all_has_ended_or_at_the_limit() {
        let (ledger, receipts) = ledger(0..2);
        assert!(!ledger.wait_settled(None, Duration::ZERO));
        assert!(ledger.wait_settled(Some(&[1]), Duration::ZERO));
        std::thread::scope(|scope| {
            scope.spawn(|| ledger.settle(receipts));
            assert!(ledger.wait_settled(None, Duration::from_secs(60)));
        });
    }
}
