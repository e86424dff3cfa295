//! `fit`: a policy from files of labelled verdicts, without reading any document again.

use std::path::PathBuf;

use clap::Args;

use super::{held_out, name, policy, write};
use crate::accuracy::{ClaimsResult, JudgeResult, Labelled, in_force};
use crate::error::BenchError;
use crate::{Ending, jsonl, print};

/// Arguments of `fit`.
#[derive(Debug, Clone, Args)]
pub struct FitArgs {
    /// Labelled verdicts, a JSON object a line: from accuracy --labelled, or decided by people
    #[arg(required = true, value_name = "LABELLED.jsonl")]
    pub labelled: Vec<PathBuf>,
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
    let mut labelled: Vec<Labelled> = Vec::new();
    for file in &args.labelled {
        labelled.extend(jsonl::read(file)?);
    }
    if labelled.is_empty() {
        return Err(BenchError::Usage("there is no labelled verdict in these files".to_owned()));
    }
    write(&args.out, &policy(&name(&args.out), &labelled, args.error_max))?;
    let predicted = held_out(&labelled, args.error_max);
    let before = in_force(&labelled);
    let mut types: Vec<&str> =
        labelled.iter().map(|one| one.verdict.document_type.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    let mut tables = Vec::new();
    for document_type in types {
        let of_it = |at: &usize| labelled[*at].verdict.document_type == document_type;
        let rows: Vec<usize> = (0..labelled.len()).filter(of_it).collect();
        let own: Vec<_> = rows.iter().map(|&at| labelled[at].clone()).collect();
        let mut result = ClaimsResult::new(&own, 0, args.error_max);
        for (judge, all) in [("before", &before), ("fitted without the document", &predicted)] {
            let judged: Vec<_> = rows.iter().map(|&at| all[at]).collect();
            let name = format!("{document_type}, {judge}");
            result.judges.push(JudgeResult::of(&name, &judged, &own, args.error_max));
        }
        tables.extend(result.tables());
    }
    print(&tables, &[])?;
    Ok(Ending::Done)
}
