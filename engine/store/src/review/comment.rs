//! What people write beside a case.

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::limits::ReviewLimits;
use sqlx::PgPool;

use super::error::ReviewError;
use super::keep::{self, Key};
use crate::error::{Place, StoreError};
use crate::shards::Shards;
use crate::store::Store as _;

const ADD: &str = "
insert into review_comment (case_id, tenant_id, author, body)
select case_id, tenant_id, $3, $4 from review_case where tenant_id = $1 and case_id = $2";

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

async fn add_once(
    pool: PgPool,
    place: Place,
    (of, comment, key): (Of<'_>, NewComment<'_>, Key<'_>),
) -> Result<(), ReviewError> {
    let failed = StoreError::at(place);
    let mut transaction = pool.begin().await.map_err(failed)?;
    if keep::answered(&mut transaction, place, key).await?.is_some() {
        return Ok(());
    }
    insert(&mut transaction, place, (of, comment)).await?;
    keep::keep_answer(&mut transaction, place, (key, "{}")).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(())
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
