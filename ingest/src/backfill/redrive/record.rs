//! The record of what was put back: a compacted topic beside the dead letters.
//!
//! Each message speaks for one block of one partition; its key is `PARTITION/BLOCK`, and the last
//! one with a key holds. It is written only once the queue has acknowledged the letters that it
//! names, so what is lost in a crash is put back again and nothing is forgotten. Two runs at the
//! same time may each write a block without what the other one put back: those letters go again.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::message::Message as _;
use serde::{Deserialize, Serialize};

use super::ranges::{BLOCK, Ranges};
use super::read::Reader;
use crate::backfill::queue::Queue;
use crate::error::RunError;
use crate::kafka::error::QueueError;
use crate::kafka::producer::{BulkProducer, Outgoing};
use crate::kafka::topics::Span;

/// The name and version of the schema.
const SCHEMA: &str = "ivendor.backfill.redriven/1";

/// One message.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    schema: String,
    partition: i32,
    block: i64,
    /// First offset, one past the last.
    ranges: Vec<(i64, i64)>,
}

impl Entry {
    /// `None` for what is no entry, or contradicts itself.
    fn read(json: &[u8]) -> Option<Self> {
        let entry: Self = serde_json::from_slice(json).ok()?;
        let first = entry.block.checked_mul(BLOCK)?;
        let last = first.checked_add(BLOCK)?;
        let fits = |(start, end): &(i64, i64)| first <= *start && start < end && *end <= last;
        let good = entry.schema == SCHEMA
            && entry.partition >= 0
            && entry.block >= 0
            && entry.ranges.iter().all(fits);
        good.then_some(entry)
    }
}

/// What was put back, partition by partition.
#[derive(Debug, Default)]
pub(super) struct Record {
    partitions: BTreeMap<i32, Ranges>,
    /// What is not written down yet.
    changed: BTreeSet<(i32, i64)>,
}

/// The topic of the record.
pub(super) fn topic_of(dead_letter_topic: &str) -> String {
    format!("{dead_letter_topic}.redriven")
}

impl Record {
    /// Reads the record, if there is one.
    pub(super) fn load(queue: &Queue) -> Result<Self, RunError> {
        let topic = topic_of(&queue.settings.kafka.dead_letter_topic);
        let mut record = Self::default();
        if queue.topics.partitions(&topic)?.is_none() {
            return Ok(record);
        }
        let spans = queue.topics.spans(&topic)?;
        let starts = (0..).zip(&spans).map(|(number, span)| (number, *span));
        let mut reader = Reader::new(&queue.broker, &topic, starts)?;
        let mut entries = BTreeMap::new();
        while let Some(message) = reader.next_message()? {
            let key = message.key().map(<[u8]>::to_vec);
            entries.insert(key, message.payload().and_then(Entry::read));
        }
        for entry in entries.into_values().flatten() {
            record.take_in(&entry);
        }
        Ok(record)
    }

    fn take_in(&mut self, entry: &Entry) {
        let ranges = self.partitions.entry(entry.partition).or_default();
        entry.ranges.iter().for_each(|(start, end)| ranges.insert(*start..*end));
    }

    /// Forgets what the topic no longer holds. `false` where the record is about offsets that the
    /// partition has never had: the topic was made anew, and nothing of it holds.
    pub(super) fn keep_to(&mut self, partition: i32, span: Span) -> bool {
        let Some(ranges) = self.partitions.get_mut(&partition) else { return true };
        let holds = ranges.end().is_none_or(|end| end <= span.end);
        let first = if holds { span.start.div_euclid(BLOCK) } else { i64::MAX };
        let mut kept = Ranges::default();
        for block in ranges.blocks() {
            if block < first {
                self.changed.insert((partition, block));
            } else {
                ranges.in_block(block).into_iter().for_each(|(start, end)| kept.insert(start..end));
            }
        }
        *ranges = kept;
        holds
    }

    /// Whether the letter was put back.
    pub(super) fn holds(&self, partition: i32, offset: i64) -> bool {
        self.partitions.get(&partition).is_some_and(|ranges| ranges.contains(offset))
    }

    /// The first letter from `from` on that was not put back.
    pub(super) fn first_left(&self, partition: i32, from: i64) -> i64 {
        self.partitions.get(&partition).map_or(from, |ranges| ranges.first_gap(from))
    }

    /// The letter was put back.
    pub(super) fn add(&mut self, partition: i32, offset: i64) {
        self.partitions.entry(partition).or_default().insert(offset..offset + 1);
        self.changed.insert((partition, offset.div_euclid(BLOCK)));
    }

    /// Writes down what has changed, and waits for the acknowledgement.
    pub(super) fn write(&mut self, pen: &mut Pen) -> Result<(), RunError> {
        for (partition, block) in &self.changed {
            let ranges = self.partitions.get(partition).map(|ranges| ranges.in_block(*block));
            let ranges = ranges.unwrap_or_default();
            let entry =
                Entry { schema: SCHEMA.to_owned(), partition: *partition, block: *block, ranges };
            let json = serde_json::to_vec(&entry)
                .map_err(|error| RunError::Internal(format!("cannot write as JSON: {error}")))?;
            // A message without a value makes the broker forget the key.
            let value = Some(json).filter(|_| !entry.ranges.is_empty());
            pen.put(&format!("{partition}/{block}"), value.as_deref())?;
        }
        pen.producer.finish()?;
        self.changed.clear();
        Ok(())
    }
}

/// Writes to the record's topic.
pub(super) struct Pen {
    producer: BulkProducer,
    written: u64,
}

impl Pen {
    /// The topic must be there.
    pub(super) fn new(queue: &Queue) -> Result<Self, QueueError> {
        let topic = topic_of(&queue.settings.kafka.dead_letter_topic);
        Ok(Self { producer: BulkProducer::new(&queue.broker, &topic)?, written: 0 })
    }

    fn put(&mut self, key: &str, value: Option<&[u8]>) -> Result<(), QueueError> {
        self.written += 1;
        self.producer.send(Outgoing {
            key: Some(key.as_bytes()),
            payload: value,
            // One partition, so that whatever has the same key is in order.
            partition: 0,
            headers: None,
            mark: self.written,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(block: i64, ranges: &[(i64, i64)]) -> Entry {
        Entry { schema: SCHEMA.to_owned(), partition: 1, block, ranges: ranges.to_vec() }
    }

    #[test]
    fn an_entry_is_believed_only_about_its_own_block() {
        let json = |entry: &Entry| serde_json::to_vec(entry).unwrap();
        let good = entry(1, &[(4096, 4100), (8000, 8192)]);
        assert_eq!(Entry::read(&json(&good)), Some(good));
        let bad = [
            entry(1, &[(4095, 4100)]),
            entry(1, &[(8000, 8193)]),
            entry(1, &[(5000, 5000)]),
            entry(i64::MAX, &[]),
            entry(-1, &[(-4096, -1)]),
            Entry { partition: -1, ..entry(0, &[]) },
            Entry { schema: "other".to_owned(), ..entry(0, &[]) },
        ];
        for entry in bad {
            assert_eq!(Entry::read(&json(&entry)), None, "{entry:?}");
        }
    }

    #[test]
    fn what_the_topic_no_longer_holds_is_forgotten() {
        let mut record = Record::default();
        for entry in [entry(0, &[(5, 9)]), entry(1, &[(4096, 8192)]), entry(2, &[(8192, 8200)])] {
            record.take_in(&entry);
        }
        assert!(record.keep_to(1, Span { start: 5000, end: 9000 }));
        assert!(!record.holds(1, 6) && record.holds(1, 8199) && !record.holds(1, 8200));
        assert_eq!(record.changed, BTreeSet::from([(1, 0)]));
        assert_eq!(record.first_left(1, 5000), 8200);
        assert_eq!(record.first_left(2, 7), 7);
    }

    #[test]
    fn nothing_is_believed_of_a_topic_that_was_made_anew() {
        let mut record = Record::default();
        record.take_in(&entry(0, &[(0, 9)]));
        assert!(!record.keep_to(1, Span { start: 0, end: 8 }));
        assert!(!record.holds(1, 3));
        assert_eq!(record.changed, BTreeSet::from([(1, 0)]));
        assert!(record.keep_to(7, Span { start: 0, end: 0 }));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(Entry::read(&bytes), None);
        }
    }
}
