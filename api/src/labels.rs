//! Decided cases as labelled data, a JSON object a line, from which `ivendor-bench fit` makes a
//! policy.

use std::io::{self, Write};

use ivendor_store::cluster::Cluster;
use ivendor_store::error::StoreError;
use ivendor_store::review::{LabelFilter, LabelPage};
use thiserror::Error;

/// Why labels could not be written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output cannot be written.
    #[error("the labels cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Labels.
    pub labels: usize,
    /// Decided cases that say nothing of the claims: another picture was asked for.
    pub left_out: usize,
}

/// Writes the labels of all shards, page by page.
///
/// # Errors
/// [`ExportError`]: what was written before it stays.
pub async fn export(
    cluster: &Cluster,
    filter: &LabelFilter,
    output: &mut impl Write,
) -> Result<Exported, ExportError> {
    let mut exported = Exported::default();
    for shard in cluster.shards.ids() {
        let mut after = Some(String::new());
        while let Some(from) = after {
            let page = cluster.shards.labels(shard, filter, &from).await?;
            let LabelPage { labels, left_out, next } = page;
            exported.labels += labels.len();
            exported.left_out += left_out;
            for label in labels {
                let mut line = serde_json::to_vec(&label).map_err(io::Error::from)?;
                line.push(b'\n');
                output.write_all(&line)?;
            }
            after = next;
        }
    }
    output.flush()?;
    Ok(exported)
}
