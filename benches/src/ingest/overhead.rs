//! `overhead`: what the way from the queue to the shards costs beside the engine alone. The same
//! documents go through the engine in batches, and from the broker through the worker to the
//! shards, in turns.
//!
//! The time of the worker counts from its first batch to the end of its last one: joining the group
//! and committing what came last happen once, however many documents there are. Its processor time
//! counts from its first batch until everything is committed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, value_parser};
use ivendor_core::ids::Sha256;
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::{Provenance, Verdict};
use ivendor_fetch::Documents;
use ivendor_ingest::worker::Worker;
use ivendor_ingest::worker::verifier::Verifier;
use ivendor_settings::FetchSettings;
use ivendor_verify::engine::{Engine, EngineConfig};
use ivendor_verify::job::Job;
use serde::{Deserialize, Serialize};

use super::site::{Clock, Site, failed};
use super::{IngestArgs, Pass, plain, worker};
use crate::error::BenchError;
use crate::metadata::{Metadata, write_json};
use crate::ours::EngineArgs;
use crate::progress::Progress;
use crate::samples::{self, DataReference};
use crate::stats::Spread;
use crate::table::Table;
use crate::{Ending, jsonl, print};

/// The name and version of the result's schema.
pub const OVERHEAD_SCHEMA: &str = "ivendor.bench.overhead/1";

/// Between two looks at the committed offsets: seldom, since each takes processor time too.
const LOOK: Duration = Duration::from_secs(1);

/// Arguments of `overhead`.
#[derive(Debug, Clone, Args)]
pub struct OverheadArgs {
    /// Documents, as `generate` writes them
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Documents of a round
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Rounds, each with topics and databases of its own
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// Where and with what the engine computes
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
}

/// One round: the same documents both ways.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct OverheadRound {
    /// The engine alone, on bytes in memory.
    pub alone: Pass,
    /// From the broker through the worker to the shards.
    pub worker: Pass,
}

impl OverheadRound {
    /// How much more time a document takes on the whole way: 0.02 is two in a hundred.
    fn time(&self) -> f64 {
        self.alone.per_s / self.worker.per_s.max(1e-9) - 1.0
    }

    /// How much more processor time.
    fn cpu(&self) -> f64 {
        self.worker.cpu_us / self.alone.cpu_us.max(1e-9) - 1.0
    }
}

/// What is around the engine costs so much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverheadResult {
    /// Always [`OVERHEAD_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// Documents of a round.
    pub documents: u32,
    /// Documents of a batch.
    pub batch: usize,
    /// The rounds.
    pub rounds: Vec<OverheadRound>,
}

/// Measures, writes the JSON, prints the table.
///
/// # Errors
/// [`BenchError`] where the data, the engine or the services fail, or the output cannot be written.
pub fn run(args: &OverheadArgs) -> Result<Ending, BenchError> {
    let requests = requests(&args.data, args.limit as usize)?;
    let documents = u32::try_from(requests.len()).unwrap_or(u32::MAX);
    let mut site = Site::start(&IngestArgs {
        messages: documents,
        partitions: 16,
        shards: 2,
        rounds: args.rounds,
        json: args.json.clone(),
    })?;
    let engine = Engine::open(EngineConfig {
        models_dir: args.engine.models.clone(),
        device: args.engine.device,
        precision: args.engine.precision,
        second_reader: args.engine.second_reader,
        ..EngineConfig::default()
    })?;
    let batch = engine.batch_documents().max(1);
    let engine = Arc::new(Mutex::new(engine));
    let jobs = jobs(&requests)?;
    // Whatever is made at the first use is made.
    verify(&engine, jobs.iter().take(batch).cloned().collect());
    let progress = Progress::new("overhead", args.rounds as usize * 2);
    let mut rounds = Vec::new();
    for _ in 0..args.rounds {
        site.next_round()?;
        let alone = alone(&engine, (&jobs, batch));
        progress.add(1);
        plain::send_these(&site, &requests)?;
        let worker = through(&site, &args.data, &engine)?;
        progress.add(1);
        rounds.push(OverheadRound { alone, worker });
    }
    drop(progress);
    let data = DataReference { name: samples::file_name(&args.data), ..DataReference::default() };
    let result = OverheadResult {
        schema: OVERHEAD_SCHEMA.to_owned(),
        metadata: Metadata::now(data, Vec::new(), 0),
        documents,
        batch,
        rounds,
    };
    write_json(&args.json, &result)?;
    print(&[result.table()], &[])?;
    Ok(Ending::Done)
}

/// The first requests of a folder, with addresses that count from nowhere.
fn requests(folder: &Path, limit: usize) -> Result<Vec<VerificationRequest>, BenchError> {
    let file = folder.join("requests.jsonl");
    let text = std::fs::read_to_string(&file).map_err(|error| BenchError::read(&file, error))?;
    let folder = folder.canonicalize().map_err(|error| BenchError::read(folder, error))?;
    let mut requests = Vec::new();
    for (number, line) in jsonl::lines(&text).take(limit) {
        let mut request = VerificationRequest::parse(line.as_bytes())
            .map_err(|error| BenchError::data(&file, format!("line {number}: {error}")))?;
        request.uri = format!("file://{}", folder.join(&request.uri).display());
        requests.push(request);
    }
    if requests.is_empty() {
        return Err(BenchError::data(&file, "it holds no request".to_owned()));
    }
    Ok(requests)
}

fn jobs(requests: &[VerificationRequest]) -> Result<Vec<Job>, BenchError> {
    let job = |request: &VerificationRequest| {
        let path = Path::new(request.uri.trim_start_matches("file://"));
        let bytes = std::fs::read(path).map_err(|error| BenchError::read(path, error))?;
        let sha256 = Some(Sha256::of(&bytes));
        Ok(Job { request: request.clone(), content: Ok(bytes), sha256, fetch_ms: 0.0 })
    };
    requests.iter().map(job).collect()
}

fn verify(engine: &Mutex<Engine>, jobs: Vec<Job>) -> Vec<Verdict> {
    engine.lock().unwrap_or_else(PoisonError::into_inner).verify(jobs)
}

/// The engine alone, batch after batch.
fn alone(engine: &Mutex<Engine>, (jobs, batch): (&[Job], usize)) -> Pass {
    let clock = Clock::start();
    for jobs in jobs.chunks(batch) {
        std::hint::black_box(verify(engine, jobs.to_vec()));
    }
    clock.stop(u32::try_from(jobs.len()).unwrap_or(u32::MAX))
}

/// Runs the worker until every message of the round is committed.
fn through(site: &Site, folder: &Path, engine: &Arc<Mutex<Engine>>) -> Result<Pass, BenchError> {
    let mut settings = worker::settings(site)?;
    let roots = vec![folder.to_owned()];
    settings.fetch = FetchSettings { roots, ..FetchSettings::default() };
    let fetch = Documents::open(&settings.fetch, settings.limits.bytes_max, &Vec::new());
    let fetch = fetch.map_err(|error| failed("open the documents", error))?;
    let seen = Arc::new(Seen::default());
    let verifier = Box::new(Noting::new(engine, &seen));
    let worker = Worker { settings, verifier, fetch };
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| worker.run(&stop));
        let done = worker::wait_committed(site, LOOK, &mut || running.is_finished());
        let pass = seen.clock.get().map(|clock| clock.stop(site.args.messages));
        let pass = pass.unwrap_or_default();
        let took = seen.took();
        stop.store(true, Ordering::Relaxed);
        let ended = running.join().map_err(|_| failed("run the worker", "it broke down"))?;
        ended.map_err(|error| failed("run the worker", error))?;
        done.map(|()| Pass {
            per_s: f64::from(site.args.messages) / took.as_secs_f64().max(1e-9),
            ..pass
        })
    })
}

/// When the engine worked.
#[derive(Default)]
struct Seen {
    /// Since its first batch.
    clock: OnceLock<Clock>,
    /// When its last one was done.
    done: Mutex<Option<Instant>>,
}

impl Seen {
    /// From the begin of the first batch to the end of the last one.
    fn took(&self) -> Duration {
        let done = *self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let began = self.clock.get().map(|clock| clock.began);
        done.zip(began).map_or(Duration::ZERO, |(done, began)| done.duration_since(began))
    }
}

/// The engine, and when it worked.
struct Noting {
    engine: Arc<Mutex<Engine>>,
    provenance: Provenance,
    batch: usize,
    seen: Arc<Seen>,
}

impl Noting {
    fn new(engine: &Arc<Mutex<Engine>>, seen: &Arc<Seen>) -> Self {
        let open = engine.lock().unwrap_or_else(PoisonError::into_inner);
        let (provenance, batch) = (open.provenance().clone(), open.batch_documents());
        Self { engine: Arc::clone(engine), provenance, batch, seen: Arc::clone(seen) }
    }
}

impl Verifier for Noting {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn batch_documents(&self) -> usize {
        self.batch
    }

    fn verify(&mut self, jobs: Vec<Job>) -> Vec<Verdict> {
        self.seen.clock.get_or_init(Clock::start);
        let verdicts = verify(&self.engine, jobs);
        *self.seen.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        verdicts
    }
}

impl OverheadResult {
    /// The table for a person.
    #[must_use]
    pub fn table(&self) -> Table {
        let Self { documents, batch, rounds, .. } = self;
        let title = format!("{} rounds of {documents} documents, {batch} a batch", rounds.len());
        let header = ["", "documents a second", "ms of processor a document"];
        let mut table = Table::new(title, &header);
        let spread = |value: &dyn Fn(&OverheadRound) -> f64| {
            Spread::of(&rounds.iter().map(value).collect::<Vec<_>>())
        };
        type Side = fn(&OverheadRound) -> Pass;
        let sides: [(&str, Side); 2] =
            [("the engine alone", |round| round.alone), ("the worker", |round| round.worker)];
        for (name, side) in sides {
            let rate = spread(&|round| side(round).per_s);
            let cpu = spread(&|round| side(round).cpu_us / 1e3);
            let cells = [format!("{:.2}", rate.median), format!("{:.1}", cpu.median)];
            table.row([name.to_owned(), cells[0].clone(), cells[1].clone()]);
        }
        let percent = |spread: Spread| {
            let Spread { median, min, max } = spread;
            format!("{:+.1} % ({:+.1} to {:+.1})", median * 1e2, min * 1e2, max * 1e2)
        };
        let (time, cpu) = (spread(&OverheadRound::time), spread(&OverheadRound::cpu));
        table.row(["more than alone".to_owned(), percent(time), percent(cpu)]);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overhead_is_taken_within_a_round() {
        let pass = |per_s, cpu_us| Pass { per_s, cpu_us };
        let round = |factor: f64| OverheadRound {
            alone: pass(10.0 * factor, 1000.0 / factor),
            worker: pass(8.0 * factor, 1010.0 / factor),
        };
        let result = OverheadResult {
            schema: OVERHEAD_SCHEMA.to_owned(),
            metadata: Metadata::default(),
            documents: 1,
            batch: 1,
            rounds: vec![round(1.0), round(3.0), round(0.2)],
        };
        let text = result.table().text();
        let last = text.lines().find(|line| line.contains("more than alone")).unwrap();
        assert!(last.contains("+25.0 % (+25.0 to +25.0)"), "{last}");
        assert!(last.contains("+1.0 % (+1.0 to +1.0)"), "{last}");
    }
}
