//! What is told: a table for a person, one JSON object for a program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ivendor_core::verdict::Decision;
use jiff::Timestamp;
use serde::Serialize;

use super::look::{Look, PartitionLook};
use super::seconds_between;
use crate::error::RunError;
use ivendor_settings::KafkaSettings;

/// The name and version of the schema.
const SCHEMA: &str = "ivendor.backfill.status/1";

/// Everything that is told.
#[derive(Debug, Serialize)]
pub(super) struct Status<'a> {
    schema: &'static str,
    at: Timestamp,
    topic: &'a str,
    group: &'a str,
    partitions: Vec<PartitionStatus>,
    /// Requests that are not done.
    lag: u64,
    done_per_s: f64,
    enqueued_per_s: f64,
    /// Seconds until the lag is gone at these rates; `None` where it does not shrink.
    left_s: Option<f64>,
    /// `None` where no store is configured, or it could not be asked.
    decisions: Option<&'a BTreeMap<Decision, u64>>,
}

#[derive(Debug, Serialize)]
struct PartitionStatus {
    partition: usize,
    start: i64,
    end: i64,
    committed: Option<i64>,
    lag: u64,
}

impl<'a> Status<'a> {
    /// The later one of two looks, and the rates between them.
    pub(super) fn new(
        settings: &'a KafkaSettings,
        (first, last): (&Look, &Look),
        decisions: Option<&'a BTreeMap<Decision, u64>>,
    ) -> Self {
        let numbered = last.partitions.iter().enumerate();
        let partitions: Vec<PartitionStatus> = numbered
            .map(|(partition, look)| PartitionStatus {
                partition,
                start: look.span.start,
                end: look.span.end,
                committed: look.committed,
                lag: look.lag(),
            })
            .collect();
        let lag = partitions.iter().map(|partition| partition.lag).sum();
        let seconds = seconds_between(first.at, last.at).max(1e-3);
        let sum = |look: &Look, of: fn(&PartitionLook) -> i64| -> i64 {
            look.partitions.iter().map(of).sum()
        };
        // What goes backwards is no rate: an offset that was reset.
        let rate = |of| (sum(last, of) - sum(first, of)).max(0) as f64 / seconds;
        let (done_per_s, enqueued_per_s) = (rate(PartitionLook::done), rate(|look| look.span.end));
        let shrinks_per_s = done_per_s - enqueued_per_s;
        let left_s = match lag {
            0 => Some(0.0),
            lag => (shrinks_per_s > 0.0).then(|| lag as f64 / shrinks_per_s),
        };
        let (topic, group) = (settings.topic.as_str(), settings.group.as_str());
        let at = Timestamp::now();
        Self {
            schema: SCHEMA,
            at,
            topic,
            group,
            partitions,
            lag,
            done_per_s,
            enqueued_per_s,
            left_s,
            decisions,
        }
    }

    /// One line.
    pub(super) fn json(&self) -> Result<String, RunError> {
        let json = serde_json::to_string(self);
        json.map(|json| json + "\n")
            .map_err(|error| RunError::Internal(format!("cannot write as JSON: {error}")))
    }

    /// A table.
    pub(super) fn text(&self) -> String {
        let mut text = format!("topic {}, group {}\n", self.topic, self.group);
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "partition        start          end    committed          lag");
        for line in &self.partitions {
            let PartitionStatus { partition, start, end, committed, lag } = line;
            let committed = committed.map_or("-".to_owned(), |offset| offset.to_string());
            let _ =
                writeln!(text, "{partition:>9} {start:>12} {end:>12} {committed:>12} {lag:>12}");
        }
        let _ = writeln!(text, "{:>9} {:>51}", "all", self.lag);
        let _ = write!(
            text,
            "{:.1} requests/s done, {:.1} requests/s enqueued",
            self.done_per_s, self.enqueued_per_s
        );
        text += &match self.left_s {
            Some(0.0) => ", nothing left\n".to_owned(),
            Some(seconds) => format!(", {} left\n", span(seconds)),
            None => ", the lag does not shrink\n".to_owned(),
        };
        if let Some(decisions) = self.decisions {
            let count = |decision| decisions.get(&decision).copied().unwrap_or(0);
            let _ = writeln!(
                text,
                "accept {}, review {}, reject {}",
                count(Decision::Accept),
                count(Decision::Review),
                count(Decision::Reject),
            );
        }
        text
    }
}

/// A span of time as roughly as it is known.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::topics::Span;
    use std::time::{Duration, Instant};

    fn looks(first: [i64; 4], last: [i64; 4]) -> (Look, Look) {
        let now = Instant::now();
        let look = |at, [end, done, other_end, other_done]: [i64; 4]| Look {
            at,
            partitions: [(end, done), (other_end, other_done)]
                .map(|(end, done)| PartitionLook {
                    span: Span { start: 0, end },
                    committed: Some(done).filter(|done| *done > 0),
                })
                .to_vec(),
        };
        (look(now, first), look(now + Duration::from_secs(2), last))
    }

    #[test]
    fn a_person_gets_a_table() {
        let (first, last) = looks([100, 10, 50, 0], [110, 40, 50, 0]);
        let decisions = BTreeMap::from([(Decision::Accept, 3), (Decision::Reject, 1)]);
        let settings = KafkaSettings::default();
        let status = Status::new(&settings, (&first, &last), Some(&decisions));
        let wanted = "\
topic verification.queue, group ivendor-worker
partition        start          end    committed          lag
        0            0          110           40           70
        1            0           50            -           50
      all                                                 120
15.0 requests/s done, 5.0 requests/s enqueued, 12 s left
accept 3, review 0, reject 1
";
        assert_eq!(status.text(), wanted);
    }

    #[test]
    fn the_time_left_is_told_only_where_the_lag_shrinks() {
        let settings = KafkaSettings::default();
        let cases = [
            ("shrinks", [100, 10, 0, 0], [100, 30, 0, 0], Some(7.0)),
            ("stands still", [100, 10, 0, 0], [100, 10, 0, 0], None),
            ("grows", [100, 10, 0, 0], [200, 30, 0, 0], None),
            ("was reset", [100, 50, 0, 0], [100, 10, 0, 0], None),
            ("nothing left", [100, 100, 0, 0], [100, 100, 0, 0], Some(0.0)),
        ];
        for (name, first, last, left_s) in cases {
            let (first, last) = looks(first, last);
            let status = Status::new(&settings, (&first, &last), None);
            assert_eq!(status.left_s, left_s, "{name}");
            let json: serde_json::Value = serde_json::from_str(&status.json().unwrap()).unwrap();
            assert_eq!(json["lag"], status.lag, "{name}");
            assert!(json["decisions"].is_null() && json["partitions"][1]["partition"] == 1);
        }
        assert_eq!([30.0, 600.0, 9000.0, 1e6].map(span), ["30 s", "10 min", "2.5 h", "11.6 days"]);
    }
}
