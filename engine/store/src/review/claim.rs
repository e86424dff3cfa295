//! The next case for somebody, wherever it is.

use futures_util::future::join_all;
use ivendor_core::ids::TenantId;
use ivendor_core::review::case::Reviewer;
use ivendor_core::sharding::ShardId;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::error::ReviewError;
use super::event::{Happened, event};
use super::keep;
use super::record::{COLUMNS, Record};
use crate::error::{Place, StoreError};
use crate::shards::{Shards, ownership};
use crate::store::Store as _;

/// Which case comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The one whose deadline is nearest or longest past.
    #[default]
    Due,
    /// The one of whose verdict the engine is least certain.
    Doubt,
}

impl Order {
    /// As the order of rows.
    fn sql(self) -> &'static str {
        match self {
            Self::Due => "due_at, case_id",
            Self::Doubt => "doubt desc, case_id",
        }
    }

    /// Whether one peek comes before another.
    fn rank(self, (due_us, doubt): (i64, f32)) -> f64 {
        match self {
            Self::Due => due_us as f64,
            Self::Doubt => f64::from(-doubt),
        }
    }
}

/// Who wants a case, and which.
#[derive(Debug, Clone, Copy)]
pub struct NextCase<'a> {
    /// Who.
    pub reviewer: Reviewer<'a>,
    /// Of which tenants; `None` for all.
    pub tenants: Option<&'a [TenantId]>,
    /// Which first.
    pub order: Order,
    /// For how long.
    pub lease: SignedDuration,
}

/// A case that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The case, with its lease.
    pub record: Record,
    /// Shards that could not be asked: a case there may have been due before.
    pub away: Vec<ShardId>,
}

/// What may be taken: it waits, or the lease of the one who has it has ended; it is not for
/// somebody more senior; and this person has given no opinion of it.
/// $1: tenants or null, $2: whether senior, $3: the reviewer.
const FREE: &str = "
from review_case c
where c.state in ('open', 'claimed', 'escalated')
    and (c.state <> 'claimed' or c.lease_until <= now())
    and ($1::text[] is null or c.tenant_id = any($1))
    and ($2 or not c.is_escalated)
    and not exists (
        select from review_decision d
        where d.case_id = c.case_id and d.undone_at is null and d.reviewer_id = $3
            and d.decision <> 'escalate'
    )";

impl Shards {
    /// Takes the first case that is free. Cases that others are about to take are passed over, so
    /// that two people never wait for each other and never get the same one. Where several shards
    /// have one, the best of theirs comes first.
    ///
    /// # Errors
    /// [`ReviewError::Store`] where no shard could be asked.
    pub async fn claim_next(&self, wanted: NextCase<'_>) -> Result<Option<Claimed>, ReviewError> {
        let peeks = self.shards_of(wanted.tenants).into_iter().map(|shard| async move {
            let peek = self.on(shard, |pool| peek(pool, Place::Shard(shard), wanted)).await;
            (shard, peek)
        });
        let mut found = Vec::new();
        let mut away = Vec::new();
        let mut last_error = None;
        for (shard, peek) in join_all(peeks).await {
            match peek {
                Ok(Some(first)) => found.push((wanted.order.rank(first), shard)),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%shard, %error, "its cases cannot be claimed");
                    away.push(shard);
                    last_error = Some(error);
                }
            }
        }
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (_, shard) in found {
            let take = |pool| self.take_first(pool, shard, wanted);
            match self.on(shard, take).await {
                Ok(Some(record)) => return Ok(Some(Claimed { record, away })),
                // Others were faster.
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%shard, %error, "its cases cannot be claimed");
                    away.push(shard);
                    last_error = Some(error);
                }
            }
        }
        last_error.map_or(Ok(None), |error| Err(error.into()))
    }

    /// The shards where these tenants are.
    pub(crate) fn shards_of(&self, tenants: Option<&[TenantId]>) -> Vec<ShardId> {
        let Some(tenants) = tenants else { return self.ids().into_iter().collect() };
        let mut shards: Vec<ShardId> = tenants.iter().map(|t| self.route(t).shard).collect();
        shards.sort_unstable();
        shards.dedup();
        shards
    }

    async fn take_first(
        &self,
        pool: PgPool,
        shard: ShardId,
        wanted: NextCase<'_>,
    ) -> Result<Option<Record>, StoreError> {
        let place = Place::Shard(shard);
        let failed = StoreError::at(place);
        let mut transaction = pool.begin().await.map_err(failed)?;
        let taken = take(&mut transaction, place, wanted).await?;
        let Some(record) = taken else { return Ok(None) };
        let route = self.route(&record.tenant_id);
        let owned = ownership::check(&mut transaction, [&route]).await.map_err(failed)?;
        if route.shard != shard || !owned.allows(&route) {
            return Err(StoreError::Fenced { place });
        }
        let now = (wanted.reviewer.name, record.changed_at);
        let event = event(&record, Happened::Claimed, now);
        keep::tell(&mut transaction, place, (&record, &event)).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(Some(record))
    }
}

fn names(tenants: Option<&[TenantId]>) -> Option<Vec<&str>> {
    tenants.map(|tenants| tenants.iter().map(TenantId::as_str).collect())
}

/// When the first free case of a shard is due, and how doubtful it is.
async fn peek(
    pool: PgPool,
    place: Place,
    wanted: NextCase<'_>,
) -> Result<Option<(i64, f32)>, StoreError> {
    let order = wanted.order.sql();
    let sql = format!("select epoch_us(c.due_at), c.doubt {FREE} order by {order} limit 1");
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(names(wanted.tenants))
        .bind(wanted.reviewer.is_senior)
        .bind(wanted.reviewer.name)
        .fetch_optional(&pool)
        .await
        .map_err(StoreError::at(place))
}

async fn take(
    transaction: &mut PgConnection,
    place: Place,
    wanted: NextCase<'_>,
) -> Result<Option<Record>, StoreError> {
    let failed = StoreError::at(place);
    let order = wanted.order.sql();
    let sql = format!(
        "with next as (
            select c.case_id {FREE} order by {order} limit 1 for update of c skip locked
        )
        update review_case c
        set state = 'claimed', holder = $3, fence = c.fence + 1, version = c.version + 1,
            lease_until = now() + $4 * interval '1 microsecond', changed_at = now()
        from next where c.case_id = next.case_id
        returning c.case_id"
    );
    let lease_us = i64::try_from(wanted.lease.as_micros()).unwrap_or(i64::MAX);
    let taken: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(names(wanted.tenants))
        .bind(wanted.reviewer.is_senior)
        .bind(wanted.reviewer.name)
        .bind(lease_us)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
    let Some(case_id) = taken else { return Ok(None) };
    let sql = format!("select {COLUMNS} from review_case_now where case_id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(case_id).fetch_one(transaction).await;
    Record::read(place, &row.map_err(failed)?).map(Some)
}
