//! The results of one call that belong to one shard, cut into transactions.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use ivendor_core::limits::StoreLimits;
use sqlx::PgPool;

use super::write::{self, Written};
use crate::error::{Place, StoreError};
use crate::result::{DocumentRef, Outcome};
use crate::retry::Deadline;
use crate::row::Row;

/// Results with their places in the call's batch.
type Placed<T> = Vec<(usize, T)>;

/// Writes the rows and says of each what became of it. A row whose values the shard refuses is
/// found by halving its transaction, and fails alone. When the shard is away, whatever is left
/// fails with the same error at once.
pub(crate) async fn write(
    pool: Result<PgPool, StoreError>,
    (place, deadline): (Place, Deadline),
    rows: Placed<Row>,
) -> Placed<Outcome> {
    let mut open = cut(rows);
    let pool = match pool {
        Ok(pool) => pool,
        Err(error) => return fail(open.into_iter().flatten(), error).collect(),
    };
    let mut outcomes = Vec::new();
    while let Some(part) = open.pop_front() {
        let (places, rows): (Vec<usize>, Vec<Row>) = part.into_iter().unzip();
        let written = deadline.retry(place, || write::write(&pool, place, &rows)).await;
        match written {
            Ok(written) => {
                let became = written.into_iter().map(|written| match written {
                    Written::Stored => Outcome::Stored,
                    Written::AlreadyThere => Outcome::AlreadyThere,
                    Written::Fenced => Outcome::Fenced,
                });
                outcomes.extend(places.into_iter().zip(became));
            }
            Err(error) if error.is_in_the_data() && rows.len() > 1 => {
                let mut part: Placed<Row> = places.into_iter().zip(rows).collect();
                let second = part.split_off(part.len() / 2);
                // In their order: a document may come again in a later part.
                open.push_front(second);
                open.push_front(part);
            }
            Err(error) if error.is_in_the_data() => {
                outcomes.extend(fail(places.into_iter().zip(rows), error));
            }
            Err(error) => {
                tracing::warn!(%place, %error, "results are not stored");
                let rest = open.drain(..).flatten();
                outcomes.extend(fail(places.into_iter().zip(rows).chain(rest), error));
            }
        }
    }
    outcomes
}

fn fail(
    rows: impl Iterator<Item = (usize, Row)>,
    error: StoreError,
) -> impl Iterator<Item = (usize, Outcome)> {
    let error = Arc::new(error);
    rows.map(move |(place, _)| (place, Outcome::Failed(Arc::clone(&error))))
}

/// Cuts rows into parts that one transaction may hold: not too many, not too large, and each
/// document once.
fn cut(rows: Placed<Row>) -> VecDeque<Placed<Row>> {
    let mut parts = VecDeque::new();
    let mut part: Placed<Row> = Vec::new();
    let mut bytes = 0;
    let mut seen: HashSet<DocumentRef> = HashSet::new();
    for (place, row) in rows {
        let full = part.len() == StoreLimits::ROWS_MAX
            || bytes + row.bytes() > StoreLimits::BATCH_BYTES_MAX
            || seen.contains(&row.of);
        if full && !part.is_empty() {
            parts.push_back(std::mem::take(&mut part));
            seen.clear();
            bytes = 0;
        }
        bytes += row.bytes();
        seen.insert(row.of.clone());
        part.push((place, row));
    }
    parts.push_back(part);
    parts
}
