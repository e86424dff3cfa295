//! Puts dead letters back on the queue, each once.
//!
//! Letters go in batches: sent, acknowledged, then written down as gone. A run that dies between
//! the last two leaves a batch that the next run sends again.

mod filter;
mod ranges;
mod read;
mod record;

use std::io::{self, Write as _};

use ivendor_core::request::VerificationRequest;
use jiff::Timestamp;
use rdkafka::message::{Message as _, OwnedHeaders, OwnedMessage};

use super::queue::{Queue, runtime};
use crate::cli::RedriveArguments;
use crate::error::{Exit, RunError};
use crate::kafka::dead_letter::{ATTEMPTS, DeadLetter};
use crate::kafka::headers::{self, TRACEPARENT};
use crate::kafka::partitioner::PartitionBy;
use crate::kafka::producer::{BulkProducer, Outgoing};
use crate::kafka::topics::Span;
use crate::stop::Stop;
use crate::voice::Voice;
use filter::{Counts, Filter};
use ivendor_settings::SettingsError;
use read::Reader;
use record::{Pen, Record};

/// Letters that are sent before they are written down as gone.
const BATCH: usize = 1000;

/// Letters after which the bar moves.
const SHOW_EVERY: u64 = 500;

/// Puts the letters back that `arguments` mean, of those that are there when it begins.
///
/// # Errors
/// [`RunError`] for what ends the run before its work is done; what went is written down.
pub fn redrive(arguments: &RedriveArguments) -> Result<Exit, RunError> {
    let stop = Stop::listen()?;
    let queue = Queue::open(&arguments.queue)?;
    let voice = Voice::new(true);
    let _telemetry = voice.log("ivendor-backfill", queue.telemetry())?;
    let topic = &queue.settings.kafka.dead_letter_topic;
    let spans = queue.topics.spans(topic)?;
    let mut record = Record::load(&queue)?;
    let mut parts = Vec::new();
    for (partition, span) in (0..).zip(spans) {
        if !record.keep_to(partition, span) {
            voice.say(&format!(
                "warning: partition {partition} of {topic} was made anew; what was put back from \
                 the old one does not count"
            ));
        }
        let from = span.start.max(arguments.from_offset.unwrap_or(0));
        parts.push((partition, Span { start: record.first_left(partition, from), ..span }));
    }
    voice.start(0);
    // A part may begin past its end, where --from-offset does.
    let letters = |(_, span): &(_, Span)| (span.end - span.start).max(0) as u64;
    voice.set_total(parts.iter().map(letters).sum());
    let reader = Reader::new(&queue.broker, topic, parts.into_iter())?;
    let target = if arguments.dry_run { None } else { Some(Target::open(&queue, &voice)?) };
    let counts = Counts::new(arguments.dry_run);
    let mut run = Run { voice, reader, record, target, counts, waiting: Vec::new() };
    let ended = run.all_letters(arguments, &stop);
    run.voice.finish();
    run.say_end(arguments, &ended);
    let exit = ended?;
    run.print(arguments.json)?;
    Ok(exit)
}

/// Where letters go, and where it is written down.
struct Target {
    producer: BulkProducer,
    pen: Pen,
    partition_by: PartitionBy,
    partitions: u32,
    sent: u64,
}

impl Target {
    fn open(queue: &Queue, voice: &Voice) -> Result<Self, RunError> {
        let settings = &queue.settings.kafka;
        let partition_by = settings.partition_by.parse().map_err(|problem| {
            SettingsError::Value { origin: "kafka.partition_by".to_owned(), problem }
        })?;
        let partitions = queue.topics.partitions_of(&settings.topic)?;
        let topic = record::topic_of(&settings.dead_letter_topic);
        if runtime()?.block_on(queue.topics.make_compacted(settings, &topic))? {
            voice.say(&format!("made the topic {topic}"));
        }
        let producer = BulkProducer::new(&queue.broker, &settings.topic)?;
        Ok(Self { producer, pen: Pen::new(queue)?, partition_by, partitions, sent: 0 })
    }

    fn send(
        &mut self,
        letter: &DeadLetter,
        request: Option<&VerificationRequest>,
    ) -> Result<(), RunError> {
        // What is no request can go anywhere: back to where it came from, if that is still there.
        let came_from = || letter.origin.partition.unsigned_abs() % self.partitions.max(1);
        let partition = request
            .map_or_else(came_from, |found| self.partition_by.partition(found, self.partitions));
        let attempts = letter.attempts.to_string();
        let mut all = headers::with(OwnedHeaders::new(), ATTEMPTS, &attempts);
        if let Some(trace) = &letter.traceparent {
            all = headers::with(all, TRACEPARENT, trace.as_str());
        }
        self.sent += 1;
        self.producer.send(Outgoing {
            key: letter.key.as_deref(),
            payload: letter.payload.as_deref(),
            partition,
            headers: Some(all),
            mark: self.sent,
        })?;
        Ok(())
    }
}

/// One run with everything that it changes.
struct Run {
    voice: Voice,
    reader: Reader,
    record: Record,
    /// `None` where nothing is to be sent.
    target: Option<Target>,
    counts: Counts,
    /// Partition and offset of letters that were sent and are not written down.
    waiting: Vec<(i32, i64)>,
}

impl Run {
    fn all_letters(&mut self, arguments: &RedriveArguments, stop: &Stop) -> Result<Exit, RunError> {
        let filter = Filter {
            codes: arguments.codes.iter().cloned().collect(),
            tenants: arguments.tenants.iter().cloned().collect(),
            since: arguments.since,
        };
        let limit = arguments.limit.unwrap_or(u64::MAX);
        let mut read = 0;
        while self.counts.letters < limit && !stop.asked() {
            let Some(message) = self.reader.next_message()? else { break };
            self.one_letter(&message, &filter)?;
            if self.waiting.len() >= BATCH {
                self.settle()?;
            }
            read += 1;
            if read % SHOW_EVERY == 0 {
                self.voice.bar().set_position(read);
            }
        }
        self.settle()?;
        Ok(if stop.asked() { Exit::Stopped } else { Exit::Done })
    }

    fn one_letter(&mut self, message: &OwnedMessage, filter: &Filter) -> Result<(), RunError> {
        let (partition, offset) = (message.partition(), message.offset());
        if self.record.holds(partition, offset) {
            self.counts.went_before += 1;
            return Ok(());
        }
        let letter = DeadLetter::read(message);
        let request = letter.payload.as_deref().map(VerificationRequest::parse);
        let request = request.and_then(Result::ok);
        let written = message.timestamp().to_millis();
        let written = written.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        if !filter.takes(&letter, request.as_ref(), written) {
            self.counts.left += 1;
            return Ok(());
        }
        self.counts.letter(&letter.code);
        if let Some(target) = &mut self.target {
            target.send(&letter, request.as_ref())?;
            self.waiting.push((partition, offset));
        }
        Ok(())
    }

    /// Waits until what was sent is acknowledged, and writes it down.
    fn settle(&mut self) -> Result<(), RunError> {
        let Some(target) = &mut self.target else { return Ok(()) };
        target.producer.finish()?;
        for (partition, offset) in self.waiting.drain(..) {
            self.record.add(partition, offset);
        }
        self.record.write(&mut target.pen)
    }

    fn say_end(&self, arguments: &RedriveArguments, ended: &Result<Exit, RunError>) {
        let Counts { letters, left, went_before, .. } = &self.counts;
        let verb = if arguments.dry_run { "would go" } else { "went" };
        let mut text = format!("{letters} letters {verb}, {left} were left");
        if *went_before > 0 {
            text += &format!(", {went_before} between them went before");
        }
        self.voice.say(&text);
        if !matches!(ended, Ok(Exit::Done)) {
            self.voice.say("stopped; the same command goes on");
        }
    }

    fn print(&self, as_json: bool) -> Result<(), RunError> {
        let text = if as_json {
            let json = serde_json::to_string(&self.counts);
            json.map_err(|e| RunError::Internal(format!("cannot write as JSON: {e}")))? + "\n"
        } else {
            self.counts.text()
        };
        let written = io::stdout().lock().write_all(text.as_bytes());
        match written.map_err(|source| RunError::Output { what: "standard output".into(), source })
        {
            Err(error) if !error.is_closed_pipe() => Err(error),
            _ => Ok(()),
        }
    }
}
