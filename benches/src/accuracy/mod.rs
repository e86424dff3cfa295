//! `accuracy`: what is read and what is decided, against known truth and beside the peer.

mod claims;
mod pairs;
mod result;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use ivendor_core::verdict::Verdict;

pub use claims::{ClaimsResult, JudgeResult, at_the_same_coverage, in_force};
pub use pairs::{Asked, Labelled, Lie, Pair, ask, pairs};
pub use result::*;

use crate::error::BenchError;
use crate::fit::{self, Predicted};
use crate::metadata::{Metadata, write_json};
use crate::ours::{EngineArgs, Ours, failure};
use crate::peer::{self, PeerChoice};
use crate::progress::Progress;
use crate::report::curves;
use crate::samples::{Choice, DataSet, Sample};
use crate::side::{DocumentRead, Ready};
use crate::stats::bootstrap;
use crate::words::{Tally, difference, macro_scores, words_of};
use crate::zones::ZonesResult;
use crate::{Ending, fields, forgeries, jsonl, print, script, types, zones};

/// How many of the documents that were read worst are written with their words.
const WORST_KEPT: usize = 20;
/// Documents that the peer gets at a time: enough that asking costs nothing.
const PEER_GROUP: usize = 8;
/// The seed of the bootstrap; it only has to stay the same.
const BOOTSTRAP_SEED: u64 = 20_181_225;

/// Arguments of `accuracy`.
#[derive(Debug, Clone, Args)]
pub struct AccuracyArgs {
    /// Which documents
    #[command(flatten)]
    pub choice: Choice,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
    /// Whom to compare with
    #[arg(long, value_enum, default_value_t)]
    pub peer: PeerChoice,
    /// Write the text that each reader found, a file a document
    #[arg(long, value_name = "DIR")]
    pub texts: Option<PathBuf>,
    /// Show the documents that were read worst
    #[arg(long)]
    pub worst: bool,
    /// Make no false claims
    #[arg(long)]
    pub no_claims: bool,
    /// Write every verdict on claims here, with its label: what a policy is fitted on
    #[arg(long, value_name = "FILE")]
    pub labelled: Option<PathBuf>,
    /// The seed of the false claims
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Fit a policy to the verdicts and write it here; its name is that of the file
    #[arg(long, value_name = "FILE")]
    pub fit: Option<PathBuf>,
    /// The share of false sets of claims that a fitted policy may accept
    #[arg(long, default_value_t = 0.005, value_name = "SHARE")]
    pub error_max: f64,
    /// Threads of the peer, and of the engine
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where and with what to compute
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// Measures, writes the JSON, prints the tables.
///
/// # Errors
/// [`BenchError`] where the data set, the engine, the peer or the output cannot be used.
pub fn run(args: &AccuracyArgs) -> Result<Ending, BenchError> {
    let mut data = DataSet::load(&args.choice)?;
    crate::use_threads(args.threads)?;
    let ours = Ours::open(&args.engine)?;
    let pairs: Vec<Pair> = pairs(&data.samples, args.seed)
        .into_iter()
        .filter(|pair| pair.lie.is_none() || !args.no_claims)
        .collect();
    let asked = ask(&ours, &data.samples, &pairs);
    let read: Vec<&Asked> = asked.iter().filter(|asked| asked.labelled.label).collect();
    let claims = decide(args, &mut data, &pairs, &asked)?;
    let (peer_ready, peer_read) = read_peer(args, &mut data)?;
    let verdicts: Vec<&Verdict> = read.iter().map(|read| &read.labelled.verdict).collect();
    let zones = read_zones(args, &mut data, &verdicts)?;
    if let Some(folder) = &args.texts {
        write_texts(folder, &data.samples, &read, &peer_read)?;
    }
    let documents = score(&data.samples, &read, &peer_read);
    let result = AccuracyResult {
        schema: ACCURACY_SCHEMA.to_owned(),
        subsets: data.read_subsets().iter().map(|subset| summary(subset, &documents)).collect(),
        claims,
        fields: fields::results(&data.samples, &verdicts),
        types: types::results(&data.samples, read.iter().map(|read| &read.types)),
        zones,
        forgeries: forgeries::measure(&args.choice.data, &args.engine)?,
        worst: worst(&data.samples, &read, &documents),
        metadata: Metadata::now(data.reference.clone(), data.left_out.clone(), args.threads)
            .with_provenance(&ours.provenance)
            .with_peer(peer_ready.as_ref()),
        documents,
    };
    write_json(&args.json, &result)?;
    for (name, picture) in result.claims.iter().flat_map(curves::pictures) {
        let path = args.json.with_extension(format!("{name}.svg"));
        fs::write(&path, picture).map_err(|e| BenchError::write(&path, e))?;
    }
    let mut tables = result.tables();
    if args.worst {
        tables.push(result.worst_table(5));
    }
    print(&tables, &data.left_out)?;
    Ok(Ending::of(result.documents.iter().filter(|document| document.error.is_some()).count()))
}

/// How the claims were decided, by whom; `None` where nothing was claimed. Fits and writes what is
/// asked for on the way.
fn decide(
    args: &AccuracyArgs,
    data: &mut DataSet,
    pairs: &[Pair],
    asked: &[Asked],
) -> Result<Option<ClaimsResult>, BenchError> {
    let claimed = || pairs.iter().zip(asked).filter(|(pair, _)| !pair.claims.is_empty());
    let labelled: Vec<Labelled> = claimed().map(|(_, asked)| asked.labelled.clone()).collect();
    let Some(first) = labelled.first() else { return Ok(None) };
    if let Some(path) = &args.labelled {
        jsonl::write(path, &labelled)?;
    }
    if let Some(path) = &args.fit {
        fit::write(path, &fit::policy(&fit::name(path), &labelled, args.error_max))?;
    }
    let mut claims = ClaimsResult::new(&labelled, args.seed, args.error_max);
    let mut judge = |name: &str, predicted: &[Predicted]| {
        claims.judges.push(JudgeResult::of(name, predicted, &labelled, args.error_max));
    };
    judge(&format!("policy {}", first.verdict.provenance.policy.name), &in_force(&labelled));
    let fitted = fit::held_out(&labelled, args.error_max);
    judge("fitted without the document", &fitted);
    if let Some(side) = args.peer.start(peer::CLAIMS_SCRIPT, args.threads, &mut data.left_out)? {
        let sets: Vec<&Pair> = claimed().map(|(pair, _)| pair).collect();
        let scores = script::scores(side, &data.samples, &sets)?;
        judge("script", &at_the_same_coverage(&scores, &labelled, &fitted));
    }
    Ok(Some(claims))
}

/// The peer's reading of each document that it can read, and who it is.
fn read_peer(
    args: &AccuracyArgs,
    data: &mut DataSet,
) -> Result<(Option<Ready>, Vec<Option<DocumentRead>>), BenchError> {
    let mut read: Vec<Option<DocumentRead>> = vec![None; data.samples.len()];
    let Some(mut side) = args.peer.start(peer::RAPIDOCR, args.threads, &mut data.left_out)? else {
        return Ok((None, read));
    };
    let whole = (0..data.samples.len()).filter(|&i| data.samples[i].whole_text);
    let (can, cannot): (Vec<usize>, Vec<usize>) =
        whole.partition(|&i| peer::reads(&data.samples[i].path));
    if !cannot.is_empty() {
        data.left_out.push(format!(
            "rapidocr on {} documents (it reads no PDF or TIFF; their parts are not compared)",
            cannot.len()
        ));
    }
    let progress = Progress::new("rapidocr", can.len());
    for group in can.chunks(PEER_GROUP) {
        let paths: Vec<&Path> = group.iter().map(|&i| data.samples[i].path.as_path()).collect();
        for (&i, document) in group.iter().zip(side.read(&paths)?.documents) {
            read[i] = Some(document);
        }
        progress.add(group.len());
    }
    let ready = side.ready.clone();
    side.finish()?;
    Ok((Some(ready), read))
}

/// The zones, beside the peer that reads such.
fn read_zones(
    args: &AccuracyArgs,
    data: &mut DataSet,
    verdicts: &[&Verdict],
) -> Result<Option<ZonesResult>, BenchError> {
    if data.samples.iter().all(|sample| sample.zone.is_none()) {
        return Ok(None);
    }
    let side = args.peer.start(peer::PASSPORT_EYE, args.threads, &mut data.left_out)?;
    if side.is_some() {
        data.left_out.push(zones::FASTMRZ_LEFT_OUT.to_owned());
    }
    zones::measure(&data.samples, verdicts, side)
}

fn score(
    samples: &[Sample],
    read: &[&Asked],
    peer_read: &[Option<DocumentRead>],
) -> Vec<DocumentResult> {
    let one = |((sample, read), peer): ((&Sample, &&Asked), &Option<DocumentRead>)| {
        let truth = words_of(&sample.truth_lines);
        DocumentResult {
            subset: sample.subset.clone(),
            id: sample.id.clone(),
            ours: Tally::of(&words_of(&read.lines), &truth),
            peer: peer.as_ref().map(|peer| Tally::of(&words_of(&peer.lines), &truth)),
            error: failure(&read.labelled.verdict).map(str::to_owned),
        }
    };
    samples.iter().zip(read).zip(peer_read).map(one).collect()
}

fn summary(subset: &str, documents: &[DocumentResult]) -> SubsetResult {
    let of_it: Vec<&DocumentResult> = documents.iter().filter(|d| d.subset == subset).collect();
    let ours: Vec<Tally> = of_it.iter().map(|d| d.ours).collect();
    let peer: Option<Vec<Tally>> = of_it.iter().map(|d| d.peer).collect();
    let f1 = |tallies: &[Tally], at: &[usize]| -> f64 {
        at.iter().map(|&i| tallies[i]).sum::<Tally>().scores().f1
    };
    let f1_difference = peer
        .as_ref()
        .map(|peer| bootstrap(ours.len(), BOOTSTRAP_SEED, |at| f1(&ours, at) - f1(peer, at)));
    SubsetResult {
        subset: subset.to_owned(),
        documents: of_it.len(),
        failed: of_it.iter().filter(|d| d.error.is_some()).count(),
        ours: reading(&ours),
        peer: peer.as_deref().map(reading),
        f1_difference,
    }
}

fn reading(tallies: &[Tally]) -> Reading {
    let words: Tally = tallies.iter().copied().sum();
    Reading { words, micro_scores: words.scores(), macro_scores: macro_scores(tallies) }
}

fn worst(samples: &[Sample], read: &[&Asked], documents: &[DocumentResult]) -> Vec<WorstDocument> {
    let mut order: Vec<usize> = (0..documents.len()).collect();
    let f1 = |i: usize| documents[i].ours.scores().f1;
    order.sort_by(|&a, &b| f1(a).total_cmp(&f1(b)).then(a.cmp(&b)));
    let one = |i: usize| WorstDocument {
        subset: documents[i].subset.clone(),
        id: documents[i].id.clone(),
        f1: f1(i),
        peer_f1: documents[i].peer.map(|peer| peer.scores().f1),
        words: difference(&words_of(&read[i].lines), &words_of(&samples[i].truth_lines)),
    };
    order
        .into_iter()
        .filter(|&i| samples[i].whole_text && f1(i) < 1.0)
        .take(WORST_KEPT)
        .map(one)
        .collect()
}

fn write_texts(
    folder: &Path,
    samples: &[Sample],
    read: &[&Asked],
    peer_read: &[Option<DocumentRead>],
) -> Result<(), BenchError> {
    let write = |reader: &str, sample: &Sample, lines: &[String]| {
        let folder = folder.join(reader).join(&sample.subset);
        fs::create_dir_all(&folder).map_err(|e| BenchError::write(&folder, e))?;
        let path = folder.join(format!("{}.txt", sample.id));
        let mut file = fs::File::create(&path).map_err(|e| BenchError::write(&path, e))?;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        file.write_all(text.as_bytes()).map_err(|e| BenchError::write(&path, e))
    };
    for ((sample, read), peer) in samples.iter().zip(read).zip(peer_read) {
        write("ours", sample, &read.lines)?;
        if let Some(peer) = peer {
            write("rapidocr", sample, &peer.lines)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(
        subset: &str,
        ours: (u64, u64, u64),
        peer: Option<(u64, u64, u64)>,
    ) -> DocumentResult {
        let tally = |(matched, read, truth)| Tally { matched, read, truth };
        DocumentResult {
            subset: subset.to_owned(),
            id: "0".to_owned(),
            ours: tally(ours),
            peer: peer.map(tally),
            error: None,
        }
    }

    #[test]
    fn a_subset_is_compared_on_its_own_documents_only() {
        let documents = [
            document("a", (9, 10, 10), Some((8, 10, 10))),
            document("b", (0, 10, 10), Some((0, 10, 10))),
            document("a", (9, 10, 10), Some((8, 10, 10))),
        ];
        let summary = summary("a", &documents);
        assert_eq!((summary.documents, summary.failed), (2, 0));
        assert!((summary.ours.micro_scores.f1 - 0.9).abs() < 1e-12);
        let difference = summary.f1_difference.unwrap();
        assert!((difference.value - 0.1).abs() < 1e-12, "{difference:?}");
        assert!((difference.low - 0.1).abs() < 1e-12 && (difference.high - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_peer_that_missed_a_document_is_not_compared() {
        let documents = [document("a", (1, 1, 1), Some((1, 1, 1))), document("a", (1, 1, 1), None)];
        let summary = summary("a", &documents);
        assert_eq!((summary.peer, summary.f1_difference), (None, None));
    }
}
