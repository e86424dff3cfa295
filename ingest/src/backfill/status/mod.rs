//! How far the workers are with the queue: what they have committed, against what is there.

mod look;
mod table;

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use crossbeam::channel::RecvTimeoutError;
use ivendor_core::verdict::Decision;
use ivendor_store::cluster::Cluster;
use ivendor_store::settings::StoreSettings;

use super::queue::{Queue, runtime};
use crate::cli::StatusArguments;
use crate::error::{Exit, RunError};
use crate::stop::Stop;
use crate::voice::Voice;
use look::Looker;
use table::Status;

/// Seconds between two looks.
const BETWEEN: Duration = Duration::from_secs(1);

/// Looks over which a rate is taken: workers commit about once a second, so two are rough.
const LOOKS_MAX: usize = 30;

/// Looks from one count of the decisions to the next: it costs the databases more than a look.
const LOOKS_PER_COUNT: u64 = 10;

/// Looks twice, a second apart, and tells; or again and again.
///
/// # Errors
/// [`RunError`] where the broker cannot be asked.
pub fn status(arguments: &StatusArguments) -> Result<Exit, RunError> {
    let stop = Stop::listen()?;
    let mut queue = Queue::open(&arguments.queue)?;
    if let Some(group) = &arguments.group {
        queue.settings.kafka.group.clone_from(group);
    }
    let voice = Voice::new(false);
    let _telemetry = voice.log("ivendor-backfill", queue.telemetry())?;
    let looker = Looker::new(&queue)?;
    let mut looks = VecDeque::from([looker.look()?]);
    let mut exit = Exit::Done;
    let mut decisions = None;
    for number in 0.. {
        if stop.wake().recv_timeout(BETWEEN) != Err(RecvTimeoutError::Timeout) {
            return Ok(if arguments.watch { Exit::Done } else { Exit::Stopped });
        }
        looks.push_back(looker.look()?);
        if looks.len() > LOOKS_MAX {
            looks.pop_front();
        }
        if number % LOOKS_PER_COUNT == 0 {
            match count(&queue.settings.store) {
                Ok(counted) => decisions = counted,
                // How far the workers are can be told all the same.
                Err(error) => {
                    voice.say(&format!("cannot count the decisions: {error}"));
                    exit = error.exit();
                }
            }
        }
        let (Some(first), Some(last)) = (looks.front(), looks.back()) else { break };
        let status = Status::new(&queue.settings.kafka, (first, last), decisions.as_ref());
        let text = if arguments.json { status.json()? } else { status.text() };
        if let Err(source) = tell(&text) {
            let error = RunError::Output { what: "standard output".to_owned(), source };
            return if error.is_closed_pipe() { Ok(Exit::Done) } else { Err(error) };
        }
        if !arguments.watch {
            break;
        }
    }
    Ok(exit)
}

fn tell(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// The decisions over all shards; `None` where no store is configured.
fn count(settings: &StoreSettings) -> Result<Option<BTreeMap<Decision, u64>>, RunError> {
    if settings.reference.is_none() {
        return Ok(None);
    }
    let counted = runtime()?.block_on(async {
        let shards = Cluster::open(settings).await?.shards;
        let mut all = BTreeMap::new();
        for shard in shards.ids() {
            for (decision, count) in shards.decisions(shard).await? {
                *all.entry(decision).or_default() += count;
            }
        }
        Ok::<_, RunError>(all)
    })?;
    Ok(Some(counted))
}

/// The seconds from one look to another.
fn seconds_between(first: Instant, last: Instant) -> f64 {
    last.saturating_duration_since(first).as_secs_f64()
}
