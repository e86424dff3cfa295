//! What a change leaves in the tables, inside its transaction.

use ivendor_core::ids::Sha256;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::record::{Record, Said};
use crate::error::{Place, StoreError};

/// Everything that a change leaves, but for its audit entry. What is null is left out.
const KEEP: &str = "
with changed as (
    update review_case set state = $2, is_escalated = $3, version = $4, fence = $5, holder = $6,
        lease_until = from_epoch_us($7), opinions_needed = $8, outcome = $9::jsonb,
        decided_at = from_epoch_us($10), changed_at = now()
    where case_id = $1
), unsaid as (
    update review_decision set undone_at = now()
    where $11 and number = (
        select max(number) from review_decision where case_id = $1 and undone_at is null
    )
), told as (
    insert into outbox (tenant_id, document_id, event) select $12, $13, $14::json
    where $14 is not null
), answered as (
    insert into idempotent_answer (actor, key, request_sha256, answer)
    select $15, $16, $17, $18::json where $15 is not null
)
insert into review_decision (tenant_id, case_id, decision_id, reviewer_id, decision, reasons,
    detail, note, when_escalated, decided_at)
select $12, $1, $19, $20, $21, $22, $23::jsonb, $24, $25, from_epoch_us($26)
where $19 is not null";

const TELL: &str = "insert into outbox (tenant_id, document_id, event) values ($1, $2, $3::json)";

/// Whose request it is, under which key, and the digest of what it asks.
pub(super) type Key<'a> = (&'a str, &'a str, Sha256);

/// What a change leaves besides the case itself.
#[derive(Debug, Default)]
pub(super) struct Left<'a> {
    /// An answer that was given.
    pub(super) said: Option<Said>,
    /// Whether the last answer was taken back. It stays in the table, marked.
    pub(super) is_unsaid: bool,
    /// An event for the outbox.
    pub(super) event: Option<String>,
    /// What whoever asks again is told. Two who ask at once: the second one finds a unique row
    /// there already, which is a conflict, and reads the first one's answer at the next try.
    pub(super) answer: Option<(Key<'a>, String)>,
}

/// Writes what the case is now, and what the change leaves, in one statement.
pub(super) async fn keep(
    connection: &mut PgConnection,
    place: Place,
    (record, left): (&Record, &Left<'_>),
) -> Result<(), StoreError> {
    let us = |moment: Option<Timestamp>| moment.map(Timestamp::as_microsecond);
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let json = |answer| serde_json::to_string(answer).map_err(wrong);
    let Left { said, is_unsaid, event, answer } = left;
    let said = said.as_ref();
    let key = answer.as_ref().map(|(key, _)| key);
    let identifier = format!("{}\n{}\n", record.case_id, record.version);
    let reasons = |said: &Said| -> Vec<String> {
        said.answer.reasons().iter().map(|reason| reason.as_str().to_owned()).collect()
    };
    sqlx::query(KEEP)
        .bind(&record.case_id)
        .bind(record.state.name())
        .bind(record.is_escalated)
        .bind(record.version.cast_signed())
        .bind(record.fence.cast_signed())
        .bind(&record.holder)
        .bind(us(record.lease_until))
        .bind(i16::from(record.opinions_needed))
        .bind(record.outcome.as_ref().map(json).transpose()?)
        .bind(us(record.decided_at))
        .bind(is_unsaid)
        .bind(record.tenant_id.as_str())
        .bind(record.document_id.as_str())
        .bind(event)
        .bind(key.map(|(actor, ..)| *actor))
        .bind(key.map(|(_, key, _)| *key))
        .bind(key.map(|(.., asked)| asked.as_bytes().as_slice()))
        .bind(answer.as_ref().map(|(_, answer)| answer))
        .bind(said.map(|_| Sha256::of(identifier.as_bytes()).to_string()))
        .bind(said.map(|said| &said.reviewer))
        .bind(said.map(|said| said.answer.name()))
        .bind(said.map(reasons))
        .bind(said.map(|said| json(&said.answer)).transpose()?)
        .bind(said.map(|said| &said.note))
        .bind(said.map(|said| said.when_escalated))
        .bind(said.map(|said| said.at.as_microsecond()))
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::at(place))
}

/// Puts an event into the outbox.
pub(super) async fn tell(
    connection: &mut PgConnection,
    place: Place,
    (record, event): (&Record, &str),
) -> Result<(), StoreError> {
    let tell = sqlx::query(TELL).bind(record.tenant_id.as_str()).bind(record.document_id.as_str());
    tell.bind(event).execute(connection).await.map(drop).map_err(StoreError::at(place))
}
