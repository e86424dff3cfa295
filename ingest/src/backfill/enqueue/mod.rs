//! Sends the requests of files to the queue, and can go on where it stopped.
//!
//! A line is read, checked and handed to the client library, which sends in the background; from
//! its reports this thread knows up to which line everything is acknowledged, and writes that down.

mod place;
mod progress;
mod sending;

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::queue::{Queue, runtime};
use super::words::command_to_go_on;
use crate::cli::EnqueueArguments;
use crate::error::{Exit, RunError};
use crate::kafka::client::Broker;
use crate::kafka::partitioner::PartitionBy;
use crate::sink::Existing;
use crate::source::{Input, inputs, jsonl};
use crate::stop::Stop;
use crate::voice::Voice;
use ivendor_settings::SettingsError;
use progress::Progress;
use sending::Sending;

/// Sends everything that `arguments` name.
///
/// # Errors
/// [`RunError`] for what ends the run before its work is done.
pub fn enqueue(arguments: &EnqueueArguments) -> Result<Exit, RunError> {
    let stop = Stop::listen()?;
    let queue = Queue::open(&arguments.queue)?;
    let voice = Voice::new(!arguments.no_progress);
    let _telemetry = voice.log("ivendor-backfill", queue.telemetry())?;
    let mut run = Run::new(&queue, voice)?;
    let feeds = feeds(arguments, &run.topic)?;
    run.announce(&feeds);
    let mut ended = Ok(Exit::Done);
    for feed in feeds {
        ended = Sending::new(&mut run, feed).and_then(|mut sending| sending.go(&stop));
        if !matches!(ended, Ok(Exit::Done)) {
            break;
        }
    }
    run.voice.finish();
    run.voice.say(&run.text());
    let can_go_on = arguments.inputs.iter().all(|input| input.as_os_str() != "-");
    if !matches!(ended, Ok(Exit::Done)) && can_go_on {
        run.voice.say(&format!("stopped; go on with: {}", command_to_go_on()));
    }
    match ended? {
        Exit::Done if run.rejected > 0 => Ok(Exit::SomeFailed),
        exit => Ok(exit),
    }
}

/// One input.
struct Feed {
    path: PathBuf,
    /// From where relative addresses count.
    folder: PathBuf,
    /// `None` for standard input, which cannot be read again.
    progress: Option<Progress>,
}

/// Opens all inputs before anything is sent, so that nothing is sent where one of them is wrong.
fn feeds(arguments: &EnqueueArguments, topic: &str) -> Result<Vec<Feed>, RunError> {
    let existing = match (arguments.resume, arguments.force) {
        (true, _) => Existing::Continue,
        (false, true) => Existing::Replace,
        (false, false) => Existing::Refuse,
    };
    inputs::sort(&arguments.inputs)?
        .into_iter()
        .map(|input| match input {
            Input::Stream if arguments.resume => {
                Err(RunError::Usage("standard input cannot be resumed".to_owned()))
            }
            Input::Stream => {
                Ok(Feed { path: "-".into(), folder: folder(Path::new("-"))?, progress: None })
            }
            Input::Requests(path) => Ok(Feed {
                folder: folder(&path)?,
                progress: Some(Progress::open(&path, topic, existing)?),
                path,
            }),
            Input::Folder { path, .. } | Input::File { path, .. } => Err(RunError::Usage(format!(
                "{} holds no requests; enqueue takes *.jsonl files, and - for standard input",
                path.display()
            ))),
        })
        .collect()
}

/// Without links, so that the address of a document has no steps that are refused when fetched.
fn folder(path: &Path) -> Result<PathBuf, RunError> {
    let folder = jsonl::folder_of(path);
    folder.canonicalize().map_err(|source| RunError::input(folder, source))
}

/// What all inputs of one run share, and what is counted over all of them.
struct Run {
    voice: Voice,
    broker: Broker,
    topic: String,
    partition_by: PartitionBy,
    partitions: u32,
    started: Instant,
    sent: u64,
    sent_bytes: u64,
    rejected: u64,
    /// Lines of the inputs that are behind.
    lines: u64,
}

impl Run {
    fn new(queue: &Queue, voice: Voice) -> Result<Self, RunError> {
        let settings = &queue.settings.kafka;
        let partition_by = settings.partition_by.parse().map_err(|problem| {
            SettingsError::Value { origin: "kafka.partition_by".to_owned(), problem }
        })?;
        for topic in runtime()?.block_on(queue.topics.make_missing(settings))? {
            voice.say(&format!("made the topic {topic}"));
        }
        Ok(Self {
            voice,
            broker: queue.broker.clone(),
            topic: settings.topic.clone(),
            partition_by,
            partitions: queue.topics.partitions_of(&settings.topic)?,
            started: Instant::now(),
            sent: 0,
            sent_bytes: 0,
            rejected: 0,
            lines: 0,
        })
    }

    /// Starts the bar and the clock.
    fn announce(&mut self, feeds: &[Feed]) {
        let counted = |feed: &Feed| feed.progress.as_ref().map(Progress::lines);
        self.voice.start(feeds.iter().filter_map(counted).map(|lines| lines.before).sum());
        // A stream does not say how much it holds.
        if let Some(all) = feeds.iter().map(|feed| Some(counted(feed)?.all)).sum() {
            self.voice.set_total(all);
        }
        self.started = Instant::now();
    }

    /// The summary for a person.
    fn text(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = |count: u64| count as f64 / seconds.max(1e-3);
        let mut text = format!(
            "{} requests sent to {} in {seconds:.1} s: {:.0} requests/s, {:.1} MB/s",
            self.sent,
            self.topic,
            rate(self.sent),
            rate(self.sent_bytes) / 1e6,
        );
        if self.rejected > 0 {
            text += &format!("\n  failed: {} request lines could not be read", self.rejected);
        }
        text
    }
}
