//! The next case for somebody, wherever it is.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use ivendor_core::ids::TenantId;
use ivendor_core::review::case::Reviewer;
use ivendor_core::sharding::ShardId;
use ivendor_core::trace::TraceParent;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::error::ReviewError;
use super::event::{By, Happened, event};
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
            Self::Due => "c.due_at, c.case_id",
            Self::Doubt => "c.doubt desc, c.case_id",
        }
    }

    /// What comes first has the least.
    fn rank(self, peek: &Peek) -> f64 {
        match self {
            Self::Due => peek.due_us as f64,
            Self::Doubt => f64::from(-peek.doubt),
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
    /// The trace that it belongs to: its event names it.
    pub traceparent: Option<&'a TraceParent>,
}

/// A case that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The case, with its lease.
    pub record: Record,
    /// Shards that could not be asked: a case there may have been due before.
    pub away: Vec<ShardId>,
}

/// Where a case may be taken from. Each is found by an index of its own, so that cases that are in
/// somebody's hand or wait for somebody senior are never passed one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Those that wait.
    Open,
    /// Those that wait for somebody senior.
    Escalated,
    /// Those whose lease has ended.
    Lapsed,
}

impl Source {
    const ALL: [Self; 3] = [Self::Open, Self::Escalated, Self::Lapsed];

    /// Its rows, as far as they are for this reviewer.
    fn sql(self, is_senior: bool) -> &'static str {
        match (self, is_senior) {
            (Self::Open, _) => "c.state = 'open'",
            (Self::Escalated, true) => "c.state = 'escalated'",
            (Self::Escalated, false) => "false",
            (Self::Lapsed, true) => "c.state = 'claimed' and c.lease_until <= now()",
            (Self::Lapsed, false) => {
                "c.state = 'claimed' and c.lease_until <= now() and not c.is_escalated"
            }
        }
    }
}

/// That this person ($1) has given no opinion of the case. With `offset 0` it is asked case by
/// case: else the planner reads all that this person ever said, to find one case.
const NO_OPINION: &str = "not exists (
    select from review_decision d
    where d.case_id = c.case_id and d.undone_at is null and d.reviewer_id = $1
        and d.decision <> 'escalate'
    offset 0
)";

/// The first free case of a source.
#[derive(Debug, Clone, PartialEq)]
struct Peek {
    source: Source,
    /// Whose it is, where only the cases of some tenants are wanted.
    tenant: Option<String>,
    due_us: i64,
    doubt: f32,
}

impl Shards {
    /// Takes the first case that is free. Cases that others are about to take are passed over, so
    /// that two people never wait for each other and never get the same one. Where several shards
    /// have one, the best of theirs comes first.
    ///
    /// # Errors
    /// [`ReviewError::Store`] where no shard could be asked.
    pub async fn claim_next(&self, wanted: NextCase<'_>) -> Result<Option<Claimed>, ReviewError> {
        let asked = self.by_shard(wanted.tenants).into_iter().map(|(shard, tenants)| async move {
            let of = tenants.as_deref();
            let peek = |pool| peek(pool, Place::Shard(shard), (wanted, of));
            (shard, self.soon(shard, peek).await)
        });
        let mut found = Vec::new();
        let mut away = Away::default();
        for (shard, peeks) in join_all(asked).await {
            let peeks = away.unless(shard, peeks).unwrap_or_default();
            found.extend(peeks.into_iter().map(|peek| (shard, peek)));
        }
        found.sort_by(|(_, one), (_, other)| {
            wanted.order.rank(one).total_cmp(&wanted.order.rank(other))
        });
        for (shard, peek) in &found {
            let take = |pool| self.take_first(pool, *shard, (wanted, peek));
            // None: others were faster.
            if let Some(record) = away.unless(*shard, self.on(*shard, take).await).flatten() {
                return Ok(Some(Claimed { record, away: away.shards }));
            }
        }
        away.last_error.map_or(Ok(None), |error| Err(error.into()))
    }

    /// The shards where these tenants are, with those of each.
    pub(crate) fn by_shard(
        &self,
        tenants: Option<&[TenantId]>,
    ) -> BTreeMap<ShardId, Option<Vec<String>>> {
        let Some(tenants) = tenants else {
            return self.ids().into_iter().map(|shard| (shard, None)).collect();
        };
        let mut by_shard: BTreeMap<ShardId, Option<Vec<String>>> = BTreeMap::new();
        for tenant in tenants {
            let there = by_shard.entry(self.route(tenant).shard).or_default();
            there.get_or_insert_default().push(tenant.to_string());
        }
        by_shard
    }

    async fn take_first(
        &self,
        pool: PgPool,
        shard: ShardId,
        (wanted, peek): (NextCase<'_>, &Peek),
    ) -> Result<Option<Record>, StoreError> {
        let place = Place::Shard(shard);
        let failed = StoreError::at(place);
        let mut transaction = ownership::begin(&pool).await.map_err(failed)?;
        let taken = take(&mut transaction, place, (wanted, peek)).await?;
        let Some(record) = taken else { return Ok(None) };
        let route = self.route(&record.tenant_id);
        let owned = ownership::owned(&mut transaction, [&route]).await.map_err(failed)?;
        if route.shard != shard || !owned.allows(&route) {
            return Err(StoreError::Fenced { place });
        }
        let by = By::of(wanted.reviewer, wanted.traceparent);
        let event = event(&record, Happened::Claimed, (by, record.changed_at));
        let event = event.map_err(|error| StoreError::Row { place, problem: error.to_string() })?;
        keep::tell(&mut transaction, place, (&record, &event)).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(Some(record))
    }
}

/// The shards that could not be asked.
#[derive(Debug, Default)]
struct Away {
    shards: Vec<ShardId>,
    last_error: Option<StoreError>,
}

impl Away {
    /// What a shard answered; else it is away.
    fn unless<T>(&mut self, shard: ShardId, answer: Result<T, StoreError>) -> Option<T> {
        let error = match answer {
            Ok(answer) => return Some(answer),
            Err(error) => error,
        };
        tracing::warn!(%shard, %error, "its cases cannot be claimed");
        if !self.shards.contains(&shard) {
            self.shards.push(shard);
        }
        self.last_error = Some(error);
        None
    }
}

/// The first free case of each source on a shard, and of each tenant where only some are wanted.
async fn peek(
    pool: PgPool,
    place: Place,
    (wanted, tenants): (NextCase<'_>, Option<&[String]>),
) -> Result<Vec<Peek>, StoreError> {
    let order = wanted.order.sql();
    let parts = Source::ALL.into_iter().enumerate().map(|(number, source)| {
        let rows = source.sql(wanted.reviewer.is_senior);
        let first = |tenant: &str| {
            format!(
                "select c.due_at, c.doubt from review_case c
                where {tenant}{rows} and {NO_OPINION} order by {order} limit 1"
            )
        };
        match tenants {
            None => format!("(select {number}, null, f.* from ({}) f)", first("")),
            Some(_) => {
                let first = first("c.tenant_id = t.owner and ");
                format!("(select {number}, t.owner, f.* from t, lateral ({first}) f)")
            }
        }
    });
    let parts = parts.collect::<Vec<_>>().join(" union all ");
    let sql = format!(
        "with t as (select unnest($2::text[]) as owner)
        select number, owner, epoch_us(due_at), doubt
        from ({parts}) as found (number, owner, due_at, doubt)"
    );
    let rows: Vec<(i32, Option<String>, i64, f32)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(wanted.reviewer.name)
        .bind(tenants)
        .fetch_all(&pool)
        .await
        .map_err(StoreError::at(place))?;
    let peek = |(number, tenant, due_us, doubt): (i32, _, _, _)| {
        let source = usize::try_from(number).ok().and_then(|at| Source::ALL.get(at).copied());
        source.map(|source| Peek { source, tenant, due_us, doubt })
    };
    Ok(rows.into_iter().filter_map(peek).collect())
}

/// Takes the first case of where the peek saw one, if there still is one that nobody takes now.
async fn take(
    transaction: &mut PgConnection,
    place: Place,
    (wanted, peek): (NextCase<'_>, &Peek),
) -> Result<Option<Record>, StoreError> {
    let order = wanted.order.sql();
    let rows = peek.source.sql(wanted.reviewer.is_senior);
    let tenant = peek.tenant.as_ref().map_or("", |_| "c.tenant_id = $3 and ");
    let sql = format!(
        "with next as materialized (
            select c.case_id from review_case c
            where {tenant}{rows} and {NO_OPINION}
            order by {order} limit 1 for update of c skip locked
        )
        update review_case
        set state = 'claimed', holder = $1, fence = fence + 1, version = version + 1,
            lease_until = now() + $2 * interval '1 microsecond', changed_at = now()
        where case_id = (select case_id from next)
        returning {COLUMNS}"
    );
    let lease_us = i64::try_from(wanted.lease.as_micros()).unwrap_or(i64::MAX);
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(wanted.reviewer.name).bind(lease_us);
    if let Some(tenant) = &peek.tenant {
        query = query.bind(tenant);
    }
    let row = query.fetch_optional(transaction).await.map_err(StoreError::at(place))?;
    row.map(|row| Record::read(place, &row)).transpose()
}
