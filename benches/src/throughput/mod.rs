//! `throughput`: documents a second of the whole way from file to text, ours and the peer in
//! turns over the same documents, so that whatever else the machine does hits both.

mod result;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

pub use result::*;

use crate::error::BenchError;
use crate::metadata::{Metadata, write_json};
use crate::ours::EngineArgs;
use crate::peer::{self, PeerChoice};
use crate::progress::Progress;
use crate::run_ours::{self, RunOursArgs};
use crate::samples::{Choice, DataSet};
use crate::side::{DocumentRead, Group, Side};
use crate::stats::Spread;
use crate::{Ending, print};

/// The stages of a document in their order, as its timings name them.
pub const STAGES: [&str; 5] = ["fetch", "decode", "detect", "recognise", "check"];

/// Arguments of `throughput`.
#[derive(Debug, Clone, Args)]
pub struct ThroughputArgs {
    /// Which documents
    #[command(flatten)]
    pub choice: Choice,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
    /// How often each side reads all documents
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Whom to compare with
    #[arg(long, value_enum, default_value_t)]
    pub peer: PeerChoice,
    /// Threads of each side
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where and with what to compute
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// One side and what it has done so far.
struct Runner {
    side: Side,
    walls_s: Vec<f64>,
    /// The last round's documents: every round reads the same.
    documents: Vec<DocumentRead>,
    stages_ms: BTreeMap<String, f64>,
}

/// Measures, writes the JSON, prints the tables.
///
/// # Errors
/// [`BenchError`] where the data set, a side or the output cannot be used.
pub fn run(args: &ThroughputArgs) -> Result<Ending, BenchError> {
    let mut data = DataSet::load(&args.choice)?;
    let mut left_out = std::mem::take(&mut data.left_out);
    let ours = RunOursArgs { threads: args.threads, engine: args.engine.clone() };
    let mut ours = Runner::new(Side::start("ivendor", &mut run_ours::command(&ours)?)?);
    let mut peer = args.peer.start(peer::RAPIDOCR, args.threads, &mut left_out)?.map(Runner::new);
    let paths = documents(&data, peer.is_some(), &mut left_out)?;
    let rounds = args.rounds as usize;
    let sides = 1 + usize::from(peer.is_some());
    let progress = Progress::new("throughput", paths.len() * rounds * sides);
    // The first document opens caches and lazily made things; it is not timed.
    for runner in std::iter::once(&mut ours).chain(&mut peer) {
        runner.side.read(&paths[..1])?;
    }
    for round in 0..rounds {
        // Taking turns at being first keeps a slow drift of the machine out of the ratio.
        let first = |runner: &mut Option<Runner>| match runner {
            Some(runner) => runner.round(&paths, &progress),
            None => Ok(()),
        };
        if round % 2 == 0 {
            ours.round(&paths, &progress)?;
            first(&mut peer)?;
        } else {
            first(&mut peer)?;
            ours.round(&paths, &progress)?;
        }
    }
    drop(progress);
    let metadata = Metadata::now(data.reference.clone(), left_out, args.threads)
        .with_ours(&ours.side.ready)
        .with_peer(peer.as_ref().map(|peer| &peer.side.ready));
    let stages = stage_shares(&ours.stages_ms);
    let ratio = peer.as_ref().map(|peer| Spread::of(&ratios(&ours.walls_s, &peer.walls_s)));
    let result = ThroughputResult {
        schema: THROUGHPUT_SCHEMA.to_owned(),
        metadata,
        documents: paths.len(),
        ours: ours.finish()?,
        peer: peer.map(Runner::finish).transpose()?,
        ratio,
        stages,
    };
    write_json(&args.json, &result)?;
    print(&result.tables(), &result.metadata.left_out)?;
    Ok(Ending::of(result.ours.failed))
}

/// The documents that all sides read.
fn documents<'a>(
    data: &'a DataSet,
    with_peer: bool,
    left_out: &mut Vec<String>,
) -> Result<Vec<&'a Path>, BenchError> {
    let all = data.samples.iter().map(|sample| sample.path.as_path());
    let paths: Vec<&Path> = all.filter(|path| !with_peer || peer::reads(path)).collect();
    let cannot = data.samples.len() - paths.len();
    if paths.is_empty() {
        let problem = "the peer reads none of these documents; use --peer none";
        return Err(BenchError::Usage(problem.to_owned()));
    }
    if cannot > 0 {
        left_out.push(format!("{cannot} documents that rapidocr does not read (PDF, TIFF)"));
    }
    Ok(paths)
}

impl Runner {
    fn new(side: Side) -> Self {
        Self { side, walls_s: Vec::new(), documents: Vec::new(), stages_ms: BTreeMap::new() }
    }

    fn round(&mut self, paths: &[&Path], progress: &Progress) -> Result<(), BenchError> {
        let Group { documents, wall } = self.side.read(paths)?;
        self.walls_s.push(wall.as_secs_f64());
        for (stage, ms) in documents.iter().flat_map(|document| &document.timings_ms) {
            *self.stages_ms.entry(stage.clone()).or_default() += ms;
        }
        self.documents = documents;
        progress.add(paths.len());
        Ok(())
    }

    fn finish(self) -> Result<SideSpeed, BenchError> {
        let count =
            |of: fn(&DocumentRead) -> usize| -> usize { self.documents.iter().map(of).sum() };
        let pages = count(|document| document.pages as usize);
        let lines = count(|document| document.lines.len());
        let rates = |things: usize| -> Vec<f64> {
            self.walls_s.iter().map(|wall| things as f64 / wall.max(1e-9)).collect()
        };
        let speed = SideSpeed {
            name: self.side.ready.name.clone(),
            documents_per_s: Spread::of(&rates(self.documents.len())),
            pages_per_s: Spread::of(&rates(pages)).median,
            lines_per_s: Spread::of(&rates(lines)).median,
            pages,
            lines,
            failed: count(|document| usize::from(document.error.is_some())),
            rounds_s: self.walls_s,
            peak_rss_bytes: self.side.peak_rss_bytes(),
            start_s: self.side.start.as_secs_f64(),
            load_s: self.side.ready.load_s,
        };
        self.side.finish()?;
        Ok(speed)
    }
}

/// How many times faster ours was, round by round.
fn ratios(ours_s: &[f64], peer_s: &[f64]) -> Vec<f64> {
    ours_s.iter().zip(peer_s).map(|(ours, peer)| peer / ours.max(1e-9)).collect()
}

/// Each stage's share of the time of all stages, 0–1.
fn stage_shares(ms: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let of = |stage: &str| ms.get(stage).copied().unwrap_or(0.0);
    let whole: f64 = STAGES.iter().map(|stage| of(stage)).sum();
    let share = |stage: &str| if whole > 0.0 { of(stage) / whole } else { 0.0 };
    STAGES.iter().map(|&stage| (stage.to_owned(), share(stage))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_one_round_and_above_one_when_ours_is_faster() {
        assert_eq!(ratios(&[1.0, 2.0], &[4.0, 4.0]), [4.0, 2.0]);
        let spread = Spread::of(&ratios(&[1.0, 2.0, 1.0], &[4.0, 4.0, 3.0]));
        assert_eq!(spread, Spread { median: 3.0, min: 2.0, max: 4.0 });
    }

    #[test]
    fn shares_of_stages_add_up_and_the_total_is_no_stage() {
        let ms = [("decode", 10.0), ("recognise", 30.0), ("total", 99.0)];
        let shares = stage_shares(&ms.map(|(k, v)| (k.to_owned(), v)).into());
        assert_eq!(shares["recognise"], 0.75);
        assert!((shares.values().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(stage_shares(&BTreeMap::new()).values().all(|share| *share == 0.0));
    }
}
