//! One look at the queue: what each partition holds, and what the group has committed.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionListElem};

use crate::backfill::queue::Queue;
use crate::error::RunError;
use crate::kafka::client::{ANSWER_MAX, Broker};
use crate::kafka::error::QueueError;
use crate::kafka::topics::{Span, Topics};

/// How long to wait before a group is asked for again: the broker that looks after it may only
/// just have taken it over.
const AGAIN: Duration = Duration::from_millis(100);

/// One partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartitionLook {
    pub(super) span: Span,
    /// The first offset that is not done; `None` where the group has never committed.
    pub(super) committed: Option<i64>,
}

impl PartitionLook {
    /// The first offset that is not done, of those that are still there.
    pub(super) fn done(&self) -> i64 {
        self.committed.unwrap_or(self.span.start).max(self.span.start)
    }

    /// Messages that are not done.
    pub(super) fn lag(&self) -> u64 {
        u64::try_from(self.span.end - self.done()).unwrap_or(0)
    }
}

/// All partitions at one time.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) at: Instant,
    pub(super) partitions: Vec<PartitionLook>,
}

/// Looks at one topic for one group, without becoming a member of it.
pub(super) struct Looker<'a> {
    consumer: BaseConsumer,
    topics: &'a Topics,
    broker: &'a Broker,
    topic: &'a str,
    group: &'a str,
}

impl<'a> Looker<'a> {
    pub(super) fn new(queue: &'a Queue) -> Result<Self, RunError> {
        let Queue { settings, broker, topics } = queue;
        let group = &settings.kafka.group;
        let made = broker.consumer(group).create();
        let consumer = made.map_err(broker.failed("make a consumer"))?;
        Ok(Self { consumer, topics, broker, topic: &settings.kafka.topic, group })
    }

    pub(super) fn look(&self) -> Result<Look, RunError> {
        // What is done first: the ends only grow, so no lag comes out too small.
        let committed = self.committed(self.topics.partitions_of(self.topic)?)?;
        let spans = self.topics.spans(self.topic)?;
        let partitions = spans
            .into_iter()
            .enumerate()
            .map(|(number, span)| {
                let committed = committed.get(number).copied().flatten();
                PartitionLook { span, committed }
            })
            .collect();
        Ok(Look { at: Instant::now(), partitions })
    }

    fn committed(&self, partitions: u32) -> Result<Vec<Option<i64>>, QueueError> {
        let mut asked = TopicPartitionList::new();
        for partition in 0..i32::try_from(partitions).unwrap_or(i32::MAX) {
            asked.add_partition(self.topic, partition);
        }
        let deadline = Instant::now() + ANSWER_MAX;
        loop {
            let error = match self.consumer.committed_offsets(asked.clone(), ANSWER_MAX) {
                Ok(found) => match offsets(&found) {
                    Ok(offsets) => return Ok(offsets),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let doing = format!("look what the group {} has done", self.group);
            let error = self.broker.failed(doing)(error);
            if !error.is_transient() || Instant::now() > deadline {
                return Err(error);
            }
            thread::sleep(AGAIN);
        }
    }
}

fn offsets(found: &TopicPartitionList) -> Result<Vec<Option<i64>>, KafkaError> {
    let mut elements = found.elements();
    elements.sort_by_key(TopicPartitionListElem::partition);
    let offset = |offset| match offset {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    elements.iter().map(|e| e.error().map(|()| offset(e.offset()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_counts_what_is_there_and_not_done() {
        let cases = [
            ("nothing committed", (0, 10), None, 10),
            ("nothing committed, start gone", (4, 10), None, 6),
            ("half", (0, 10), Some(5), 5),
            ("done", (0, 10), Some(10), 0),
            ("committed is gone", (8, 10), Some(5), 2),
            ("committed of an older topic", (0, 3), Some(5), 0),
            ("empty", (0, 0), None, 0),
        ];
        for (name, (start, end), committed, lag) in cases {
            let look = PartitionLook { span: Span { start, end }, committed };
            assert_eq!(look.lag(), lag, "{name}");
        }
    }
}
