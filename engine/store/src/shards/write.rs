//! One transaction that stores results on one shard: verdicts, cases and events together.
//!
//! A transaction holds at most one result of a document, so that a batch leaves what its results
//! would leave one by one. Each table is written by one statement for all of them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ivendor_core::ids::Sha256;
use sqlx::{PgConnection, PgPool};

use super::ownership;
use crate::audit::digest;
use crate::error::{Place, StoreError};
use crate::result::DocumentRef;
use crate::row::Row;

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is stored.
    Stored,
    /// It was stored before.
    AlreadyThere,
    /// The shard does not own the tenant.
    Fenced,
}

/// What is stored of each document already: the current result, and the one with the same key.
/// They stay as they are until the transaction ends.
const BEFORE: &str = "
select v.tenant_id, v.document_id, v.result_key, v.is_current,
    epoch_us(v.verified_at)
from unnest($1::text[], $2::text[], $3::bytea[]) as n (tenant_id, document_id, result_key)
join verification v on v.tenant_id = n.tenant_id and v.document_id = n.document_id
    and (v.is_current or v.result_key = n.result_key)
order by v.tenant_id, v.document_id, v.result_key
for update of v";

const SUPERSEDE: &str = "
update verification v set is_current = false
from unnest($1::text[], $2::text[], $3::bytea[]) as n (tenant_id, document_id, result_key)
where v.tenant_id = n.tenant_id and v.document_id = n.document_id
    and v.result_key = n.result_key";

/// One text for both ways, so that the columns are named once: `$ARBITER` is what may be there.
macro_rules! insert {
    ($arbiter:literal) => {
        concat!(
            "
insert into verification (tenant_id, document_id, result_key, is_current, bucket, vendor_id,
    document_type, sha256, decision, confidence, reasons, request, verdict, verified_at)
select tenant_id, document_id, result_key, is_current, bucket, vendor_id, document_type, sha256,
    decision, confidence, string_to_array(reasons, ' '), request::json, verdict::json,
    from_epoch_us(verified_us)
from unnest($1::text[], $2::text[], $3::bytea[], $4::boolean[], $5::integer[], $6::text[],
    $7::text[], $8::bytea[], $9::text[], $10::real[], $11::text[], $12::text[], $13::text[],
    $14::bigint[])
    as n (tenant_id, document_id, result_key, is_current, bucket, vendor_id, document_type, sha256,
        decision, confidence, reasons, request, verdict, verified_us)
on conflict ",
            $arbiter,
            " do nothing returning result_key"
        )
    };
}

/// Of documents that have no result yet; those that have one, whatever its key, are left out.
const INSERT_FIRST: &str = insert!("");

/// Of documents whose current result has made room, or stays. Only the same result is left out.
const INSERT: &str = insert!("(tenant_id, document_id, result_key)");

/// Open cases that the new current verdict makes needless: it wants no person, or is about other
/// bytes. Open is also one whose lease has ended.
const WITHDRAW: &str = "
update review_case c set state = 'superseded', holder = null, lease_until = null,
    version = version + 1, changed_at = now()
from unnest($1::text[], $2::text[], $3::bytea[], $4::boolean[])
    as n (tenant_id, document_id, sha256, is_wanted)
where c.tenant_id = n.tenant_id and c.document_id = n.document_id and review_case_is_open(c)
    and not (n.is_wanted and c.sha256 is not distinct from n.sha256)";

/// A case that nobody has taken is about the newest verdict.
const OPEN: &str = "
insert into review_case as c
    (case_id, tenant_id, document_id, sha256, result_key, confidence, reasons, due_at)
select case_id, tenant_id, document_id, sha256, result_key, confidence,
    string_to_array(reasons, ' '), now() + due_within_us * interval '1 microsecond'
from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::real[], $7::text[],
    $8::bigint[])
    as n (case_id, tenant_id, document_id, sha256, result_key, confidence, reasons, due_within_us)
on conflict (case_id) do update
set result_key = excluded.result_key, confidence = excluded.confidence,
    reasons = excluded.reasons, state = 'open', holder = null, lease_until = null,
    version = c.version + 1, changed_at = now()
where c.state = 'superseded' or review_case_is_open(c)";

const TELL: &str = "
insert into outbox (tenant_id, document_id, event)
select tenant_id, document_id, event::json
from unnest($1::text[], $2::text[], $3::text[]) with ordinality
    as n (tenant_id, document_id, event, place)
order by place";

/// The current result of a document, before the new one.
#[derive(Debug, Clone, Copy)]
struct Current {
    key: Sha256,
    verified_us: i64,
}

/// What is done with the rows that the shard takes.
#[derive(Debug, Default)]
struct Plan<'a> {
    /// To be inserted, and whether each becomes its document's current result.
    new: Vec<(&'a Row, bool)>,
    /// Results that are current no longer, each with the row that takes its place.
    superseded: Vec<(&'a Row, Sha256)>,
}

/// Writes rows of different documents, all or none, and says what became of each.
pub(crate) async fn write(
    pool: &PgPool,
    place: Place,
    rows: &[Row],
) -> Result<Vec<Written>, StoreError> {
    let failed = StoreError::at(place);
    let mut transaction = ownership::begin(pool).await.map_err(failed)?;
    let routes = rows.iter().map(|row| &row.route);
    let owned = ownership::owned(&mut transaction, routes).await.map_err(failed)?;
    let (mine, fenced): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| owned.allows(&row.route));
    // Most documents come for the first time: only for the others it is asked what is there.
    let first: Vec<(&Row, bool)> = mine.iter().map(|row| (*row, true)).collect();
    let fresh = insert(&mut transaction, place, (INSERT_FIRST, &first)).await?;
    let known: Vec<&Row> = mine.into_iter().filter(|row| !fresh.contains(&row.key)).collect();
    let plan = plan(&mut transaction, place, &known).await?;
    supersede(&mut transaction, place, &plan).await?;
    let again = insert(&mut transaction, place, (INSERT, &plan.new)).await?;
    if plan.superseded.iter().any(|(row, _)| !again.contains(&row.key)) {
        // The same result was stored between the two statements. The next try sees it.
        return Err(StoreError::Raced { place });
    }
    let fresh_rows = first.iter().filter(|(row, _)| fresh.contains(&row.key));
    let again_rows = plan.new.iter().filter(|(row, _)| again.contains(&row.key));
    let new: Vec<(&Row, bool)> = fresh_rows.chain(again_rows).copied().collect();
    let current: Vec<&Row> = new.iter().filter(|(_, is)| *is).map(|(row, _)| *row).collect();
    let with_past: Vec<&Row> = plan.superseded.iter().map(|(row, _)| *row).collect();
    withdraw_cases(&mut transaction, &with_past).await.map_err(failed)?;
    open_cases(&mut transaction, &current).await.map_err(failed)?;
    tell(&mut transaction, place, &new).await?;
    transaction.commit().await.map_err(failed)?;
    let fenced: HashSet<&DocumentRef> = fenced.iter().map(|row| &row.of).collect();
    let became = |row: &Row| match () {
        () if fenced.contains(&row.of) => Written::Fenced,
        () if fresh.contains(&row.key) || again.contains(&row.key) => Written::Stored,
        () => Written::AlreadyThere,
    };
    Ok(rows.iter().map(became).collect())
}

async fn plan<'a>(
    transaction: &mut PgConnection,
    place: Place,
    rows: &[&'a Row],
) -> Result<Plan<'a>, StoreError> {
    if rows.is_empty() {
        return Ok(Plan::default());
    }
    let before: Vec<(String, String, Vec<u8>, bool, i64)> = sqlx::query_as(BEFORE)
        .bind(tenants(rows))
        .bind(documents(rows))
        .bind(column(rows, |row| row.key.as_bytes().as_slice()))
        .fetch_all(transaction)
        .await
        .map_err(StoreError::at(place))?;
    let mut current = HashMap::new();
    let mut there = HashSet::new();
    for (tenant, document, key, is_current, verified_us) in before {
        let of = DocumentRef::read(place, tenant, document)?;
        let key = digest(place, &key)?;
        if is_current {
            current.insert(of.clone(), Current { key, verified_us });
        }
        there.insert((of, key));
    }
    let mut plan = Plan::default();
    for row in rows.iter().copied().filter(|row| !there.contains(&(row.of.clone(), row.key))) {
        match current.get(&row.of) {
            Some(old) if !is_later(row, *old) => plan.new.push((row, false)),
            Some(old) => {
                plan.superseded.push((row, old.key));
                plan.new.push((row, true));
            }
            None => plan.new.push((row, true)),
        }
    }
    Ok(plan)
}

/// Whether a result takes the place of another one: the later verdict does, and of two at the same
/// microsecond the one with the higher key.
fn is_later(row: &Row, old: Current) -> bool {
    (row.verified_at.as_microsecond(), row.key) > (old.verified_us, old.key)
}

/// Makes room for new current results.
async fn supersede(
    transaction: &mut PgConnection,
    place: Place,
    plan: &Plan<'_>,
) -> Result<(), StoreError> {
    if plan.superseded.is_empty() {
        return Ok(());
    }
    let rows: Vec<&Row> = plan.superseded.iter().map(|(row, _)| *row).collect();
    let keys = plan.superseded.iter().map(|(_, old)| old.as_bytes().as_slice());
    let supersede = sqlx::query(SUPERSEDE)
        .bind(tenants(&rows))
        .bind(documents(&rows))
        .bind(keys.collect::<Vec<_>>());
    supersede.execute(transaction).await.map(drop).map_err(StoreError::at(place))
}

/// Inserts results, each with whether it becomes its document's current one; gives the keys of
/// those that were not there.
async fn insert(
    transaction: &mut PgConnection,
    place: Place,
    (statement, new): (&'static str, &[(&Row, bool)]),
) -> Result<HashSet<Sha256>, StoreError> {
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<&Row> = new.iter().map(|(row, _)| *row).collect();
    let inserted: Vec<Vec<u8>> = sqlx::query_scalar(statement)
        .bind(tenants(&rows))
        .bind(documents(&rows))
        .bind(column(&rows, |row| row.key.as_bytes().as_slice()))
        .bind(new.iter().map(|(_, current)| *current).collect::<Vec<_>>())
        .bind(column(&rows, |row| i32::from(row.route.bucket.number())))
        .bind(column(&rows, |row| row.vendor.as_str()))
        .bind(column(&rows, |row| row.document_type.as_str()))
        .bind(column(&rows, sha256))
        .bind(column(&rows, |row| row.decision))
        .bind(column(&rows, |row| row.confidence))
        .bind(column(&rows, |row| row.reasons.as_str()))
        .bind(column(&rows, |row| row.request.as_str()))
        .bind(column(&rows, |row| row.verdict.as_str()))
        .bind(column(&rows, |row| row.verified_at.as_microsecond()))
        .fetch_all(transaction)
        .await
        .map_err(StoreError::at(place))?;
    inserted.iter().map(|key| digest(place, key)).collect()
}

/// Only documents that had a result before can have a case.
async fn withdraw_cases(transaction: &mut PgConnection, rows: &[&Row]) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let withdraw = sqlx::query(WITHDRAW)
        .bind(tenants(rows))
        .bind(documents(rows))
        .bind(column(rows, sha256))
        .bind(column(rows, |row| row.case.is_some()));
    withdraw.execute(transaction).await.map(drop)
}

async fn open_cases(transaction: &mut PgConnection, current: &[&Row]) -> sqlx::Result<()> {
    let wanted = current.iter().filter_map(|row| Some((*row, row.case.as_ref()?)));
    let (rows, cases): (Vec<&Row>, Vec<_>) = wanted.unzip();
    if rows.is_empty() {
        return Ok(());
    }
    let open = sqlx::query(OPEN)
        .bind(cases.iter().map(|case| case.id.as_str()).collect::<Vec<_>>())
        .bind(tenants(&rows))
        .bind(documents(&rows))
        .bind(column(&rows, sha256))
        .bind(column(&rows, |row| row.key.as_bytes().as_slice()))
        .bind(column(&rows, |row| row.confidence))
        .bind(cases.iter().map(|case| case.reasons.as_str()).collect::<Vec<_>>())
        .bind(cases.iter().map(|case| micros(case.due_within)).collect::<Vec<_>>());
    open.execute(transaction).await.map(drop)
}

async fn tell(
    transaction: &mut PgConnection,
    place: Place,
    new: &[(&Row, bool)],
) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let rows: Vec<&Row> = new.iter().map(|(row, _)| *row).collect();
    let events = new.iter().map(|(row, current)| row.event(*current));
    let tell = sqlx::query(TELL)
        .bind(tenants(&rows))
        .bind(documents(&rows))
        .bind(events.collect::<Result<Vec<_>, _>>()?);
    tell.execute(transaction).await.map(drop).map_err(StoreError::at(place))
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// One column of a statement's rows.
fn column<'a, T>(rows: &[&'a Row], value: impl Fn(&'a Row) -> T) -> Vec<T> {
    rows.iter().copied().map(value).collect()
}

fn tenants<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
    column(rows, |row| row.of.tenant.as_str())
}

fn documents<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
    column(rows, |row| row.of.document.as_str())
}

fn sha256(row: &Row) -> Option<&[u8]> {
    row.sha256.as_ref().map(|digest| digest.as_bytes().as_slice())
}
