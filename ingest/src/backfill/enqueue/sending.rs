//! One input on its way to the queue.

use std::io::{self, BufRead};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ivendor_core::request::{RequestError, VerificationRequest};
use ivendor_telemetry::journey::{Journey, Role};
use rdkafka::message::OwnedHeaders;

use super::progress::Progress;
use super::{Feed, Run, place};
use crate::error::{Exit, RunError};
use crate::kafka::headers::{self, TRACEPARENT};
use crate::kafka::partitioner::key;
use crate::kafka::producer::{BulkProducer, Outgoing};
use crate::source::jsonl::{self, Lines};
use crate::source::lines::Line;
use crate::stop::Stop;

/// How often the bar moves and the progress is looked at.
const SHOW_EVERY: Duration = Duration::from_millis(50);

/// One input with what is needed to send it. Its marks are bytes of the input.
pub(super) struct Sending<'a> {
    run: &'a mut Run,
    producer: BulkProducer,
    lines: Lines<Box<dyn BufRead>>,
    path: PathBuf,
    folder: PathBuf,
    progress: Option<Progress>,
    shown: Instant,
}

impl<'a> Sending<'a> {
    /// From now on the progress file says that a run has begun.
    pub(super) fn new(run: &'a mut Run, feed: Feed) -> Result<Self, RunError> {
        let Feed { path, folder, mut progress } = feed;
        let producer = BulkProducer::new(&run.broker, &run.topic)?;
        let lines: Lines<Box<dyn BufRead>> = match &mut progress {
            Some(progress) => {
                progress.write()?;
                let reader = progress.reader().map_err(|source| RunError::input(&path, source))?;
                let before = progress.lines().before;
                Lines::after(Box::new(reader), before, progress.acknowledged())
            }
            None => Lines::new(Box::new(io::stdin().lock())),
        };
        Ok(Self { run, producer, lines, path, folder, progress, shown: Instant::now() })
    }

    /// Sends to the end, or until the run is asked to stop, and waits for the acknowledgements.
    /// Whatever happens, what is acknowledged is written down.
    pub(super) fn go(&mut self, stop: &Stop) -> Result<Exit, RunError> {
        let sent = self.all_lines(stop);
        // After a failure nothing more will come.
        let finished = match &sent {
            Ok(_) => self.producer.finish().map_err(RunError::from),
            Err(_) => Ok(()),
        };
        let acknowledged = self.producer.acknowledged();
        let written = match &mut self.progress {
            Some(progress) => {
                self.run.rejected += progress.rejected_lines();
                progress.finish(acknowledged)
            }
            None => Ok(()),
        };
        self.run.lines += self.lines.number();
        finished.and(sent).and_then(|exit| written.map(|()| exit))
    }

    fn all_lines(&mut self, stop: &Stop) -> Result<Exit, RunError> {
        while !stop.asked() {
            let line = self.lines.next_line();
            let Some(line) = line.map_err(|source| RunError::input(&self.path, source))? else {
                if let Some(progress) = &self.progress {
                    // Blank lines at the end belong to no request.
                    self.producer.pass(progress.size());
                }
                return Ok(Exit::Done);
            };
            self.one_line(&line)?;
            if self.shown.elapsed() >= SHOW_EVERY {
                self.show()?;
            }
        }
        Ok(Exit::Stopped)
    }

    fn show(&mut self) -> Result<(), RunError> {
        self.shown = Instant::now();
        self.run.voice.bar().set_position(self.run.lines + self.lines.number());
        match (&mut self.progress, self.producer.acknowledged()) {
            (Some(progress), Some(acknowledged)) => progress.advance(acknowledged),
            _ => Ok(()),
        }
    }

    fn one_line(&mut self, line: &Line) -> Result<(), RunError> {
        let settled = jsonl::request(line).and_then(|request| {
            let value = place::settled(&line.head, &request, &self.folder)?;
            Ok((request, value))
        });
        match settled {
            Ok((request, Some(value))) => self.send(&request, &value),
            Ok((request, None)) => self.send(&request, &line.head),
            Err(error) => self.reject(line, &error),
        }
    }

    fn send(&mut self, request: &VerificationRequest, value: &[u8]) -> Result<(), RunError> {
        let journey = Journey::begin("send", Role::Sends, None);
        let trace = journey.traceparent();
        let headers =
            trace.map(|trace| headers::with(OwnedHeaders::new(), TRACEPARENT, trace.as_str()));
        self.producer.send(Outgoing {
            key: Some(key(request).as_bytes()),
            payload: Some(value),
            partition: self.run.partition_by.partition(request, self.run.partitions),
            headers,
            mark: self.mark(),
        })?;
        journey.note("ivendor.document_id", || request.document_id.to_string());
        journey.end();
        self.run.sent += 1;
        self.run.sent_bytes += value.len() as u64;
        Ok(())
    }

    fn reject(&mut self, line: &Line, error: &RequestError) -> Result<(), RunError> {
        let rejected = jsonl::rejected(&self.path, self.lines.number(), line, error);
        let (input, number) = (&rejected.input, self.lines.number());
        self.run.voice.say(&format!("{input}:{number}: {}: {}", rejected.code, rejected.error));
        match &mut self.progress {
            Some(progress) => progress.reject(&rejected)?,
            None => self.run.rejected += 1,
        }
        self.producer.pass(self.mark());
        Ok(())
    }

    /// The last line may lack its line break.
    fn mark(&self) -> u64 {
        let size = self.progress.as_ref().map_or(u64::MAX, Progress::size);
        self.lines.end().min(size)
    }
}
