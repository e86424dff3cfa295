//! What people write beside a case.

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::limits::ReviewLimits;
use sqlx::PgPool;

use super::error::ReviewError;
use super::keep::Key;
use crate::error::{Place, StoreError};
use crate::shards::Shards;
use crate::store::Store as _;

const ADD: &str = "
insert into review_comment (case_id, tenant_id, author, body)
select case_id, tenant_id, $3, $4 from review_case where tenant_id = $1 and case_id = $2";

/// Two who ask at once: the second one finds a unique key there already, which is a conflict, and
/// reads the first one's at the next try.
const ADD_ONCE: &str = "
with known as (
    select request_sha256 from idempotent_answer where actor = $3 and key = $5
), added as (
    insert into review_comment (case_id, tenant_id, author, body)
    select case_id, tenant_id, $3, $4 from review_case
    where tenant_id = $1 and case_id = $2 and not exists (select from known)
    returning case_id
), kept as (
    insert into idempotent_answer (actor, key, request_sha256, answer)
    select $3, $5, $6, '{}'::json from added
)
select (select request_sha256 from known), exists (select from added)";

/// A comment that is to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewComment<'a> {
    /// Who writes it.
    pub author: &'a str,
    /// In his own words.
    pub body: &'a str,
    /// The same key with the same comment writes it once.
    pub key: Option<&'a str>,
}

impl Shards {
    /// Writes a comment beside a case.
    ///
    /// # Errors
    /// [`ReviewError::Note`] for one that cannot be; [`ReviewError::NotFound`];
    /// [`ReviewError::KeyReused`].
    pub async fn comment(
        &self,
        (tenant, case_id): (&TenantId, &str),
        comment: NewComment<'_>,
    ) -> Result<(), ReviewError> {
        let is_fine = (1..=ReviewLimits::NOTE_LEN_MAX).contains(&comment.body.len());
        if !is_fine || comment.body.contains('\0') {
            return Err(ReviewError::Note);
        }
        let shard = self.route(tenant).shard;
        let place = Place::Shard(shard);
        let of = (tenant.as_str(), case_id);
        let Some(key) = comment.key else {
            // Not tried again: a comment whose answer was lost would stand there twice.
            return add(self.pool(shard)?, place, (of, comment)).await;
        };
        let asked = format!("comment\n{tenant}\n{case_id}\n{}", comment.body);
        let key = (comment.author, key, Sha256::of(asked.as_bytes()));
        let once = |pool| async move {
            match add_once(pool, place, (of, comment, key)).await {
                Err(ReviewError::Store(error)) => Err(error),
                answered => Ok(answered),
            }
        };
        self.on(shard, once).await?
    }
}

type Of<'a> = (&'a str, &'a str);

async fn add(
    pool: PgPool,
    place: Place,
    (of, comment): (Of<'_>, NewComment<'_>),
) -> Result<(), ReviewError> {
    let mut connection = pool.acquire().await.map_err(StoreError::at(place))?;
    insert(&mut connection, place, (of, comment)).await
}

/// Writes the comment and its key together, or finds what was asked with the key before.
async fn add_once(
    pool: PgPool,
    place: Place,
    ((tenant, case_id), comment, (author, key, asked)): (Of<'_>, NewComment<'_>, Key<'_>),
) -> Result<(), ReviewError> {
    let (known, is_added): (Option<Vec<u8>>, bool) = sqlx::query_as(ADD_ONCE)
        .bind(tenant)
        .bind(case_id)
        .bind(author)
        .bind(comment.body)
        .bind(key)
        .bind(asked.as_bytes().as_slice())
        .fetch_one(&pool)
        .await
        .map_err(StoreError::at(place))?;
    match known {
        Some(known) if known == asked.as_bytes() => Ok(()),
        Some(_) => Err(ReviewError::KeyReused),
        None if is_added => Ok(()),
        None => Err(ReviewError::NotFound),
    }
}

async fn insert(
    connection: &mut sqlx::PgConnection,
    place: Place,
    ((tenant, case_id), comment): (Of<'_>, NewComment<'_>),
) -> Result<(), ReviewError> {
    let add = sqlx::query(ADD).bind(tenant).bind(case_id).bind(comment.author).bind(comment.body);
    let added = add.execute(connection).await.map_err(StoreError::at(place))?;
    if added.rows_affected() == 0 { Err(ReviewError::NotFound) } else { Ok(()) }
}
