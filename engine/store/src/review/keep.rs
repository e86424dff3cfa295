//! What a change leaves in the tables, inside its transaction.

use ivendor_core::ids::Sha256;
use sqlx::PgConnection;

use super::error::ReviewError;
use super::record::{Record, Said};
use crate::error::{Place, StoreError};

const FIND_ANSWER: &str = "
select request_sha256, answer::text from idempotent_answer where actor = $1 and key = $2";

const KEEP_ANSWER: &str = "
insert into idempotent_answer (actor, key, request_sha256, answer)
values ($1, $2, $3, $4::json)";

const UPDATE: &str = "
update review_case set state = $2, is_escalated = $3, version = $4, fence = $5, holder = $6,
    lease_until = timestamptz 'epoch' + $7 * interval '1 microsecond', opinions_needed = $8,
    outcome = $9::jsonb, decided_at = timestamptz 'epoch' + $10 * interval '1 microsecond',
    changed_at = now()
where case_id = $1";

const SAY: &str = "
insert into review_decision (decision_id, case_id, tenant_id, reviewer_id, decision, reasons,
    detail, note, when_escalated, decided_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9,
    timestamptz 'epoch' + $10 * interval '1 microsecond')";

const UNSAY: &str = "
update review_decision set undone_at = now()
where number = (select max(number) from review_decision where case_id = $1 and undone_at is null)";

const TELL: &str = "insert into outbox (tenant_id, document_id, event) values ($1, $2, $3::json)";

/// Whose request it is, under which key, and the digest of what it asks.
pub(super) type Key<'a> = (&'a str, &'a str, Sha256);

/// The answer that the same request got before.
pub(super) async fn answered(
    connection: &mut PgConnection,
    place: Place,
    (actor, key, asked): Key<'_>,
) -> Result<Option<String>, ReviewError> {
    let found: Option<(Vec<u8>, String)> = sqlx::query_as(FIND_ANSWER)
        .bind(actor)
        .bind(key)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::at(place))?;
    match found {
        None => Ok(None),
        Some((digest, answer)) if digest == asked.as_bytes() => Ok(Some(answer)),
        Some(_) => Err(ReviewError::KeyReused),
    }
}

/// Keeps the answer for whoever asks again. Two who ask at once: the second one finds a unique row
/// there already, which is a conflict, and reads the first one's answer at the next try.
pub(super) async fn keep_answer(
    connection: &mut PgConnection,
    place: Place,
    ((actor, key, asked), answer): (Key<'_>, &str),
) -> Result<(), StoreError> {
    let keep = sqlx::query(KEEP_ANSWER).bind(actor).bind(key);
    let keep = keep.bind(asked.as_bytes().as_slice()).bind(answer);
    keep.execute(connection).await.map(drop).map_err(StoreError::at(place))
}

/// Writes what the case is now.
pub(super) async fn update(
    connection: &mut PgConnection,
    place: Place,
    record: &Record,
) -> Result<(), StoreError> {
    let us = |moment: Option<jiff::Timestamp>| moment.map(jiff::Timestamp::as_microsecond);
    let outcome = record.outcome.as_ref().map(serde_json::to_string).transpose();
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    sqlx::query(UPDATE)
        .bind(&record.case_id)
        .bind(record.state.name())
        .bind(record.is_escalated)
        .bind(record.version.cast_signed())
        .bind(record.fence.cast_signed())
        .bind(&record.holder)
        .bind(us(record.lease_until))
        .bind(i16::from(record.opinions_needed))
        .bind(outcome.map_err(wrong)?)
        .bind(us(record.decided_at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::at(place))
}

/// Adds an answer.
pub(super) async fn say(
    connection: &mut PgConnection,
    place: Place,
    (record, said): (&Record, &Said),
) -> Result<(), StoreError> {
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let identifier = format!("{}\n{}\n", record.case_id, record.version);
    let reasons = said.answer.reasons().iter().map(|reason| reason.as_str().to_owned());
    sqlx::query(SAY)
        .bind(Sha256::of(identifier.as_bytes()).to_string())
        .bind(&record.case_id)
        .bind(record.tenant_id.as_str())
        .bind(&said.reviewer)
        .bind(said.answer.name())
        .bind(reasons.collect::<Vec<_>>())
        .bind(serde_json::to_string(&said.answer).map_err(wrong)?)
        .bind(&said.note)
        .bind(said.when_escalated)
        .bind(said.at.as_microsecond())
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::at(place))
}

/// Takes the last answer back. It stays in the table, marked.
pub(super) async fn unsay(
    connection: &mut PgConnection,
    place: Place,
    case_id: &str,
) -> Result<(), StoreError> {
    let unsay = sqlx::query(UNSAY).bind(case_id).execute(connection).await;
    unsay.map(drop).map_err(StoreError::at(place))
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
