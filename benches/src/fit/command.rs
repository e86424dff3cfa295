//! `fit`: a policy from files of labelled verdicts, without reading any document again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::{Predicted, held_out, name, policy, predict, write};
use crate::accuracy::{ClaimsResult, JudgeResult, Labelled, in_force};
use crate::error::BenchError;
use crate::table::Table;
use crate::{Ending, jsonl, print};

/// Arguments of `fit`.
#[derive(Debug, Clone, Args)]
pub struct FitArgs {
    /// Labelled verdicts, a JSON object a line: from accuracy --labelled, or decided by people
    #[arg(required = true, value_name = "LABELLED.jsonl")]
    pub labelled: Vec<PathBuf>,
    /// Judge these labelled verdicts too, with the policy that was fitted without them
    #[arg(long, value_name = "LABELLED.jsonl")]
    pub unseen: Vec<PathBuf>,
    /// Write the policy here; its name is that of the file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The share of false sets of claims that the policy may accept
    #[arg(long, default_value_t = 0.005, value_name = "SHARE")]
    pub error_max: f64,
}

/// Fits and writes the policy, and says for each type of document how well one that had not seen
/// the document would have decided.
///
/// # Errors
/// [`BenchError`] where a file cannot be read or written, or holds no labelled verdicts.
pub fn run(args: &FitArgs) -> Result<Ending, BenchError> {
    let labelled = read(&args.labelled)?;
    if labelled.is_empty() {
        return Err(BenchError::Usage("there is no labelled verdict in these files".to_owned()));
    }
    let fitted = policy(&name(&args.out), &labelled, args.error_max);
    write(&args.out, &fitted)?;
    let without = held_out(&labelled, args.error_max);
    let judges = [("before", in_force(&labelled)), ("fitted without the document", without)];
    let mut tables = tables(&labelled, &judges, args.error_max);
    let unseen = read(&args.unseen)?;
    if !unseen.is_empty() {
        let new = unseen.iter().map(|one| predict(&fitted, one)).collect();
        let judges = [("before", in_force(&unseen)), ("fitted without all of these", new)];
        tables.extend(self::tables(&unseen, &judges, args.error_max));
    }
    print(&tables, &[])?;
    Ok(Ending::Done)
}

fn read(files: &[PathBuf]) -> Result<Vec<Labelled>, BenchError> {
    let mut labelled = Vec::new();
    for file in files {
        labelled.extend(jsonl::read(file)?);
    }
    Ok(labelled)
}

/// How each judge decided, for each type of document, and for each data set of it.
fn tables(labelled: &[Labelled], judges: &[(&str, Vec<Predicted>)], error_max: f64) -> Vec<Table> {
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, one) in labelled.iter().enumerate() {
        groups.entry((&one.verdict.document_type, one.subset())).or_default().push(at);
    }
    let mut tables = Vec::new();
    for ((document_type, subset), rows) in groups {
        let own: Vec<Labelled> = rows.iter().map(|&at| labelled[at].clone()).collect();
        let mut result = ClaimsResult::new(&own, 0, error_max);
        for (judge, all) in judges {
            let judged: Vec<Predicted> = rows.iter().map(|&at| all[at]).collect();
            let name = format!("{document_type} of {subset}, {judge}");
            result.judges.push(JudgeResult::of(&name, &judged, &own, error_max));
        }
        tables.extend(result.tables());
    }
    tables
}
