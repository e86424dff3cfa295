//! Forged documents beside their untouched twins, from a folder that `generate --forgeries` made:
//! which are told, and how often an untouched one is taken for forged.
//!
//! The requests are put to the engine as they stand, in their order and with duplicates
//! remembered, since a document that is handed in again is only known beside the first one.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use ivendor_core::content::ContentError;
use ivendor_core::reason::Reason;
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::{Decision, Verdict};
use ivendor_models::synthetic::Forgery;
use ivendor_verify::job::Job;
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::generate::TruthRecord;
use crate::jsonl;
use crate::ours::{EngineArgs, Ours};
use crate::progress::Progress;
use crate::stats::Share;
use crate::table::Table;

const REQUESTS: &str = "requests.jsonl";
const TRUTH: &str = "truth.jsonl";

/// How one kind of forgery fared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForgeryResult {
    /// The kind.
    pub forgery: Forgery,
    /// The share of them that was told by the check for it.
    pub told: Share,
    /// The share of them that was not accepted, for whatever reason.
    pub not_accepted: Share,
    /// The share of their untouched twins for which that check raised a false alarm.
    pub false_alarms: Share,
    /// The share of those twins that was accepted.
    pub twins_accepted: Share,
}

/// The reason by which a kind of forgery is told.
fn code(forgery: Forgery) -> Reason {
    match forgery {
        Forgery::PastedTotal => Reason::ARITHMETIC_MISMATCH,
        Forgery::EditedTextLayer => Reason::TEXT_LAYER_DIFFERS,
        Forgery::ReusedDocument => Reason::CONTENT_DUPLICATE,
        Forgery::Expired => Reason::VALIDITY_EXPIRED,
    }
}

/// How the forgeries in `folder` fared; nothing where it holds none.
///
/// # Errors
/// [`BenchError`] where the folder is broken or the engine does not open.
pub fn measure(folder: &Path, args: &EngineArgs) -> Result<Vec<ForgeryResult>, BenchError> {
    if !folder.join(REQUESTS).is_file() || !folder.join(TRUTH).is_file() {
        return Ok(Vec::new());
    }
    let truths: Vec<TruthRecord> = jsonl::read(&folder.join(TRUTH))?;
    if truths.iter().all(|truth| truth.forgery.is_none()) {
        return Ok(Vec::new());
    }
    let requests: Vec<VerificationRequest> = jsonl::read(&folder.join(REQUESTS))?;
    let ours = Ours::remembering(args)?;
    let progress = Progress::new("ours, forgeries", requests.len());
    let mut verdicts: HashMap<String, Verdict> = HashMap::new();
    for batch in requests.chunks(ours.batch_documents()) {
        let jobs = batch.iter().map(|request| job(folder, request)).collect();
        for verdict in ours.decide(jobs) {
            verdicts.insert(verdict.document_id.to_string(), verdict);
        }
        progress.add(batch.len());
    }
    Ok(results(&truths, &verdicts))
}

fn results(truths: &[TruthRecord], verdicts: &HashMap<String, Verdict>) -> Vec<ForgeryResult> {
    let mut found: BTreeMap<Forgery, Vec<(&Verdict, Option<&Verdict>)>> = BTreeMap::new();
    for truth in truths {
        let (Some(forgery), Some(verdict)) = (truth.forgery, verdicts.get(&truth.document_id))
        else {
            continue;
        };
        let twin = truth.twin.as_ref().and_then(|twin| verdicts.get(twin));
        found.entry(forgery).or_default().push((verdict, twin));
    }
    let share = |verdicts: &[&Verdict], is: &dyn Fn(&Verdict) -> bool| {
        let hits = verdicts.iter().filter(|verdict| is(verdict)).count();
        Share::of(hits as u64, verdicts.len() as u64)
    };
    let one = |(forgery, pairs): (Forgery, Vec<(&Verdict, Option<&Verdict>)>)| {
        let forged: Vec<&Verdict> = pairs.iter().map(|(forged, _)| *forged).collect();
        let twins: Vec<&Verdict> = pairs.iter().filter_map(|(_, twin)| *twin).collect();
        let code = code(forgery);
        let coded = |verdict: &Verdict| verdict.reasons.contains(&code);
        let accepted = |verdict: &Verdict| verdict.decision == Decision::Accept;
        ForgeryResult {
            forgery,
            told: share(&forged, &coded),
            not_accepted: share(&forged, &|verdict| !accepted(verdict)),
            false_alarms: share(&twins, &coded),
            twins_accepted: share(&twins, &accepted),
        }
    };
    found.into_iter().map(one).collect()
}

fn job(folder: &Path, request: &VerificationRequest) -> Job {
    let content = fs::read(folder.join(&request.uri)).map_err(|error| ContentError {
        reason: Reason::CONTENT_UNREACHABLE,
        detail: error.to_string(),
    });
    Job { request: request.clone(), content, sha256: None, fetch_ms: 0.0 }
}

/// The results for a person.
#[must_use]
pub fn table(results: &[ForgeryResult]) -> Table {
    let header =
        ["forgery", "told by its check", "not accepted", "false alarms", "untouched accepted"];
    let mut table = Table::new("Forgeries beside their untouched twins", &header);
    let percent = |share: &Share| {
        let [share, low, high] = [share.share, share.low, share.high].map(|share| share * 100.0);
        format!("{share:.0} % ({low:.0} to {high:.0})")
    };
    for result in results {
        let name = serde_json::to_value(result.forgery).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned();
        let shares =
            [&result.told, &result.not_accepted, &result.false_alarms, &result.twins_accepted];
        table.row(std::iter::once(name).chain(shares.map(percent)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_forgeries_costs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(measure(folder.path(), &EngineArgs::default()).unwrap(), []);
        fs::write(folder.path().join(REQUESTS), "").unwrap();
        fs::write(folder.path().join(TRUTH), "\n").unwrap();
        assert_eq!(measure(folder.path(), &EngineArgs::default()).unwrap(), []);
        fs::write(folder.path().join(TRUTH), "\n{\"document_id\": 7}\n").unwrap();
        let error = measure(folder.path(), &EngineArgs::default()).unwrap_err().to_string();
        assert!(error.contains("truth.jsonl") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn forgeries_and_their_twins_are_counted_apart() {
        let truth = |id: &str, forgery: Option<Forgery>, twin: Option<&str>| TruthRecord {
            document_id: id.to_owned(),
            document_type: "receipt".to_owned(),
            label: forgery.is_none(),
            false_keys: Default::default(),
            forgery,
            twin: twin.map(str::to_owned),
            claims: BTreeMap::new(),
            pages: Vec::new(),
            lines: Vec::new(),
        };
        let made = |id: &str, decision: Decision, reasons: Vec<Reason>| {
            let made = crate::fit::made_up_verdict(id);
            (id.to_owned(), Verdict { decision, reasons, ..made })
        };
        let told = vec![Reason::ARITHMETIC_MISMATCH];
        let verdicts = HashMap::from([
            made("a", Decision::Accept, Vec::new()),
            made("b", Decision::Review, told.clone()),
            made("c", Decision::Review, told),
            made("d", Decision::Accept, Vec::new()),
        ]);
        let pasted = Some(Forgery::PastedTotal);
        let truths = [
            truth("a", None, None),
            truth("b", pasted, Some("a")),
            truth("c", None, None),
            truth("d", pasted, Some("c")),
        ];
        let results = results(&truths, &verdicts);
        let [result] = results.as_slice() else { panic!("{results:?}") };
        assert_eq!(result.told, Share::of(1, 2));
        assert_eq!(result.not_accepted, Share::of(1, 2));
        assert_eq!(result.false_alarms, Share::of(1, 2));
        assert_eq!(result.twins_accepted, Share::of(1, 2));
    }
}
