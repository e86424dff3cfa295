//! `accuracy`: what is read and what is decided, against known truth and beside the peer.

mod result;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use ivendor_core::verdict::Verdict;

pub use result::*;

use crate::error::BenchError;
use crate::falsify::{FalseClaims, falsify};
use crate::metadata::{Metadata, write_json};
use crate::ours::{EngineArgs, Ours, Task, failure, lines};
use crate::peer::{self, PeerChoice};
use crate::progress::Progress;
use crate::samples::{Choice, DataSet, Sample};
use crate::side::{DocumentRead, Ready};
use crate::stats::bootstrap;
use crate::types::TypeAnswers;
use crate::words::{Tally, difference, macro_scores, words_of};
use crate::zones::ZonesResult;
use crate::{Ending, fields, print, types, zones};

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
    /// Read only; decide no claims
    #[arg(long)]
    pub no_claims: bool,
    /// The seed of the false claims
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads of the peer, and of the engine
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where and with what to compute
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// What our engine made of a document.
struct OurReading {
    lines: Vec<String>,
    types: TypeAnswers,
    verdict: Verdict,
}

/// Measures, writes the JSON, prints the tables.
///
/// # Errors
/// [`BenchError`] where the data set, the engine, the peer or the output cannot be used.
pub fn run(args: &AccuracyArgs) -> Result<Ending, BenchError> {
    let mut data = DataSet::load(&args.choice)?;
    crate::use_threads(args.threads)?;
    let ours = Ours::open(&args.engine)?;
    let with_claims = !args.no_claims;
    let read = read_ours(&ours, &data.samples, with_claims);
    let false_claims =
        if with_claims { false_claims(&data.samples, args.seed) } else { Vec::new() };
    let false_decisions = decide(&ours, &data.samples, &false_claims);
    let (peer_ready, peer_read) = read_peer(args, &mut data)?;
    let verdicts: Vec<&Verdict> = read.iter().map(|read| &read.verdict).collect();
    let zones = read_zones(args, &mut data, &verdicts)?;
    if let Some(folder) = &args.texts {
        write_texts(folder, &data.samples, &read, &peer_read)?;
    }
    let mut documents = score(&data.samples, &read, &peer_read);
    for (document, read) in documents.iter_mut().zip(&read) {
        let asked =
            with_claims && read.verdict.checks.iter().any(|c| c.check.starts_with("claim."));
        document.decision = asked.then_some(read.verdict.decision);
    }
    for ((index, made), verdict) in false_claims.into_iter().zip(false_decisions) {
        let value = made.claims.get(&made.key).cloned().unwrap_or_default();
        documents[index].false_decision = Some(verdict.decision);
        documents[index].false_claim =
            Some(FalseClaim { change: made.change, key: made.key, value });
    }
    let result = AccuracyResult {
        schema: ACCURACY_SCHEMA.to_owned(),
        subsets: data.read_subsets().iter().map(|subset| summary(subset, &documents)).collect(),
        claims: ClaimsResult::of(&documents, args.seed),
        fields: fields::results(&data.samples, &verdicts),
        types: types::results(&data.samples, read.iter().map(|read| &read.types)),
        zones,
        worst: worst(&data.samples, &read, &documents),
        metadata: Metadata::now(data.reference.clone(), data.left_out.clone(), args.threads)
            .with_provenance(&ours.provenance)
            .with_peer(peer_ready.as_ref()),
        documents,
    };
    write_json(&args.json, &result)?;
    let mut tables = result.tables();
    if args.worst {
        tables.push(result.worst_table(5));
    }
    print(&tables, &data.left_out)?;
    Ok(Ending::of(result.documents.iter().filter(|document| document.error.is_some()).count()))
}

fn read_ours(ours: &Ours, samples: &[Sample], with_claims: bool) -> Vec<OurReading> {
    let progress = Progress::new("ours", samples.len());
    let mut read = Vec::with_capacity(samples.len());
    for batch in samples.chunks(ours.batch_documents()) {
        let claims = |sample: &Sample| sample.claims.clone().filter(|_| with_claims);
        let tasks = batch.iter().map(|s| task(s, claims(s).unwrap_or_default())).collect();
        let verdicts = ours.verify(tasks);
        progress.add(verdicts.len());
        let reading = |mut verdict: Verdict| {
            let lines = lines(&verdict);
            let types = types::ask(&verdict.pages.take().unwrap_or_default());
            OurReading { lines, types, verdict }
        };
        read.extend(verdicts.into_iter().map(reading));
    }
    read
}

fn task(sample: &Sample, claims: BTreeMap<String, String>) -> Task<'_> {
    let Sample { id, path, document_type, .. } = sample;
    Task { id, path, document_type, claims }
}

/// At most one set of false claims a document, with the document's index.
fn false_claims(samples: &[Sample], seed: u64) -> Vec<(usize, FalseClaims)> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let numbered = samples.iter().enumerate();
    numbered.filter_map(|(i, sample)| Some((i, falsify(sample, &mut rng)?))).collect()
}

fn decide(ours: &Ours, samples: &[Sample], sets: &[(usize, FalseClaims)]) -> Vec<Verdict> {
    let progress = Progress::new("ours, false claims", sets.len());
    let mut verdicts = Vec::with_capacity(sets.len());
    for batch in sets.chunks(ours.batch_documents()) {
        let tasks = batch.iter().map(|(i, made)| task(&samples[*i], made.claims.clone()));
        verdicts.extend(ours.verify(tasks.collect()));
        progress.add(batch.len());
    }
    verdicts
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
    read: &[OurReading],
    peer_read: &[Option<DocumentRead>],
) -> Vec<DocumentResult> {
    let one = |((sample, read), peer): ((&Sample, &OurReading), &Option<DocumentRead>)| {
        let truth = words_of(&sample.truth_lines);
        DocumentResult {
            subset: sample.subset.clone(),
            id: sample.id.clone(),
            ours: Tally::of(&words_of(&read.lines), &truth),
            peer: peer.as_ref().map(|peer| Tally::of(&words_of(&peer.lines), &truth)),
            error: failure(&read.verdict).map(str::to_owned),
            decision: None,
            false_decision: None,
            false_claim: None,
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

fn worst(
    samples: &[Sample],
    read: &[OurReading],
    documents: &[DocumentResult],
) -> Vec<WorstDocument> {
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
    read: &[OurReading],
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
            decision: None,
            false_decision: None,
            false_claim: None,
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

    #[test]
    fn decisions_are_counted_by_what_was_false() {
        use crate::falsify::Change;
        use ivendor_core::verdict::Decision;
        let decided = |decision, change| DocumentResult {
            decision: Some(Decision::Accept),
            false_decision: Some(decision),
            false_claim: Some(FalseClaim { change, key: "total".into(), value: "1".into() }),
            ..document("a", (1, 1, 1), None)
        };
        let documents = [
            decided(Decision::Review, Change::Digit),
            decided(Decision::Accept, Change::Amount),
            document("a", (1, 1, 1), None),
        ];
        let claims = ClaimsResult::of(&documents, 1).unwrap();
        assert_eq!(claims.true_sets, Decisions { accept: 2, ..Decisions::default() });
        assert_eq!(claims.false_sets, Decisions { accept: 1, review: 1, reject: 0 });
        assert_eq!(claims.false_by_change[&Change::Amount].accept, 1);
        assert!((claims.reviewed.share - 0.25).abs() < 1e-12);
        assert!((claims.false_accepted.share - 0.5).abs() < 1e-12);
        assert_eq!(ClaimsResult::of(&documents[2..], 1), None);
    }
}
