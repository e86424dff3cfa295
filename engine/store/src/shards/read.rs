//! What a shard knows of results and documents.

use std::collections::{BTreeMap, HashSet};

use ivendor_core::result_key::ResultKey;
use ivendor_core::verdict::Decision;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use crate::audit::digest;
use crate::error::{Place, StoreError};
use crate::result::{DocumentRef, ReviewCase, StoredResult};
use crate::row::decision_text;

const KNOWN: &str = "
select n.place
from unnest($1::text[], $2::text[], $3::bytea[]) with ordinality
    as n (tenant_id, document_id, result_key, place)
join verification v on v.tenant_id = n.tenant_id and v.document_id = n.document_id
    and v.result_key = n.result_key";

const HISTORY: &str = "
select result_key, is_current, request::text, verdict::text
from verification where tenant_id = $1 and document_id = $2
order by verified_at, result_key";

const CASES: &str = "
select case_id, sha256, result_key, state, confidence, reasons
from review_case_now where tenant_id = $1 and document_id = $2
order by opened_at, case_id";

const DECISIONS: &str =
    "select decision, count(*) from verification where is_current group by decision";

/// How many documents have each decision, by their current verdicts.
pub(super) async fn decisions(
    pool: PgPool,
    place: Place,
) -> Result<BTreeMap<Decision, u64>, StoreError> {
    let counted: Vec<(String, i64)> =
        sqlx::query_as(DECISIONS).fetch_all(&pool).await.map_err(StoreError::at(place))?;
    let known = [Decision::Accept, Decision::Review, Decision::Reject];
    let count = |(text, count): (String, i64)| {
        let wrong = || StoreError::Row { place, problem: format!("the decision is {text:?}") };
        let decision = known.into_iter().find(|decision| decision_text(*decision) == text);
        Ok((decision.ok_or_else(wrong)?, u64::try_from(count).unwrap_or(0)))
    };
    counted.into_iter().map(count).collect()
}

/// The places in `keys` of the results that are stored.
pub(super) async fn known(
    pool: PgPool,
    place: Place,
    keys: &[&ResultKey],
) -> Result<HashSet<usize>, StoreError> {
    let digests: Vec<_> = keys.iter().map(|key| key.digest()).collect();
    let stored: Vec<i64> = sqlx::query_scalar(KNOWN)
        .bind(keys.iter().map(|key| key.tenant.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.document.as_str()).collect::<Vec<_>>())
        .bind(digests.iter().map(|digest| digest.as_bytes().as_slice()).collect::<Vec<_>>())
        .fetch_all(&pool)
        .await
        .map_err(StoreError::at(place))?;
    // The database counts from 1.
    Ok(stored.into_iter().filter_map(|n| usize::try_from(n - 1).ok()).collect())
}

/// Every verdict of a document, the earliest first.
pub(super) async fn history(
    pool: PgPool,
    place: Place,
    of: &DocumentRef,
) -> Result<Vec<StoredResult>, StoreError> {
    let rows: Vec<(Vec<u8>, bool, String, String)> = sqlx::query_as(HISTORY)
        .bind(of.tenant.as_str())
        .bind(of.document.as_str())
        .fetch_all(&pool)
        .await
        .map_err(StoreError::at(place))?;
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let result = |(key, is_current, request, verdict): (Vec<u8>, bool, String, String)| {
        Ok(StoredResult {
            key: digest(place, &key)?,
            is_current,
            request: serde_json::from_str(&request).map_err(wrong)?,
            verdict: serde_json::from_str(&verdict).map_err(wrong)?,
        })
    };
    rows.into_iter().map(result).collect()
}

/// Every case of a document, the first opened first.
pub(super) async fn cases(
    pool: PgPool,
    place: Place,
    of: &DocumentRef,
) -> Result<Vec<ReviewCase>, StoreError> {
    let rows = sqlx::query(CASES)
        .bind(of.tenant.as_str())
        .bind(of.document.as_str())
        .fetch_all(&pool)
        .await
        .map_err(StoreError::at(place))?;
    rows.iter().map(|row| case(place, row)).collect()
}

fn case(place: Place, row: &PgRow) -> Result<ReviewCase, StoreError> {
    let failed = StoreError::at(place);
    let sha256: Option<Vec<u8>> = row.try_get("sha256").map_err(failed)?;
    let key: Vec<u8> = row.try_get("result_key").map_err(failed)?;
    Ok(ReviewCase {
        case_id: row.try_get("case_id").map_err(failed)?,
        sha256: sha256.map(|bytes| digest(place, &bytes)).transpose()?,
        key: digest(place, &key)?,
        state: row.try_get("state").map_err(failed)?,
        confidence: row.try_get("confidence").map_err(failed)?,
        reasons: row.try_get("reasons").map_err(failed)?,
    })
}
