//! What a shard owns, as the shard itself knows it.
//!
//! Whoever writes takes a shared lock and then reads what the shard owns, in the transaction of the
//! write; whoever changes it takes the lock alone. So no write is under way when the ownership
//! changes, and none that begins later can miss the change.

use std::collections::HashMap;

use ivendor_core::ids::TenantId;
use ivendor_core::sharding::map::{Holding, Route};
use ivendor_core::sharding::{Bucket, Epoch};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use super::locks;
use crate::error::{Place, StoreError};

const OWNED: &str = "
select bucket, null as tenant_id, epoch from owned_bucket where bucket = any($1)
union all
select null, tenant_id, epoch from owned_tenant where tenant_id = any($2)";

const ALL_OWNED: &str = "
select bucket, null as tenant_id, epoch from owned_bucket
union all
select null, tenant_id, epoch from owned_tenant";

const GRANT_BUCKETS: &str = "
insert into owned_bucket (bucket, epoch) select * from unnest($1::integer[], $2::bigint[])
on conflict (bucket) do update set epoch = excluded.epoch
where owned_bucket.epoch < excluded.epoch";

const GRANT_TENANTS: &str = "
insert into owned_tenant (tenant_id, epoch) select * from unnest($1::text[], $2::bigint[])
on conflict (tenant_id) do update set epoch = excluded.epoch
where owned_tenant.epoch < excluded.epoch";

const HAS_ROWS: &str = "
select exists (select from verification where tenant_id = $1)
    or exists (select from audit_log where tenant_id = $1)";

type OwnedRow = (Option<i32>, Option<String>, i64);

/// Buckets and pinned tenants with the epochs since which a shard owns them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Owned(pub(crate) HashMap<Holding, Epoch>);

impl Owned {
    /// Whether the shard owns what the route says, at that very epoch.
    pub(crate) fn allows(&self, route: &Route) -> bool {
        self.0.get(&route.holding) == Some(&route.epoch)
    }

    /// Rows that are no bucket or tenant are left out: what is not understood is not owned.
    fn read(rows: Vec<OwnedRow>) -> Self {
        let holding = |bucket: Option<i32>, tenant: Option<String>| match (bucket, tenant) {
            (Some(bucket), _) => {
                Some(Holding::Bucket(Bucket::try_from(u16::try_from(bucket).ok()?).ok()?))
            }
            (None, Some(tenant)) => Some(Holding::Tenant(tenant.try_into().ok()?)),
            (None, None) => None,
        };
        let owned = rows.into_iter().filter_map(|(bucket, tenant, epoch)| {
            Some((holding(bucket, tenant)?, Epoch(u32::try_from(epoch).ok()?)))
        });
        Self(owned.collect())
    }
}

/// Holdings as the columns of a statement.
#[derive(Default)]
struct Columns {
    buckets: Vec<i32>,
    bucket_epochs: Vec<i64>,
    tenants: Vec<String>,
    tenant_epochs: Vec<i64>,
}

impl Columns {
    fn of<'a>(holdings: impl IntoIterator<Item = (&'a Holding, Epoch)>) -> Self {
        let mut columns = Self::default();
        for (holding, epoch) in holdings {
            match holding {
                Holding::Bucket(bucket) => {
                    columns.buckets.push(bucket.number().into());
                    columns.bucket_epochs.push(epoch.0.into());
                }
                Holding::Tenant(tenant) => {
                    columns.tenants.push(tenant.to_string());
                    columns.tenant_epochs.push(epoch.0.into());
                }
            }
        }
        columns
    }
}

/// Begins a transaction that keeps the ownership as it is until it ends.
pub(crate) async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    // In one message: what follows sees what was owned when the lock was had.
    pool.begin_with(AssertSqlSafe(locks::begin_shared(locks::OWNERSHIP))).await
}

/// What of the ownership concerns `routes`, in a transaction that keeps it as it is.
pub(crate) async fn owned<'a>(
    transaction: &mut PgConnection,
    routes: impl IntoIterator<Item = &'a Route>,
) -> sqlx::Result<Owned> {
    let columns = Columns::of(routes.into_iter().map(|route| (&route.holding, route.epoch)));
    let rows = sqlx::query_as(OWNED)
        .bind(columns.buckets)
        .bind(columns.tenants)
        .fetch_all(transaction)
        .await?;
    Ok(Owned::read(rows))
}

/// Everything that the shard owns.
pub(crate) async fn all(pool: &PgPool, place: Place) -> Result<Owned, StoreError> {
    let rows = sqlx::query_as(ALL_OWNED).fetch_all(pool).await.map_err(StoreError::at(place))?;
    Ok(Owned::read(rows))
}

/// Takes away whatever is not in `holdings`.
pub(crate) async fn revoke_others(
    pool: &PgPool,
    place: Place,
    holdings: &[(Holding, Epoch)],
) -> Result<(), StoreError> {
    let failed = StoreError::at(place);
    let columns = Columns::of(holdings.iter().map(|(holding, epoch)| (holding, *epoch)));
    let mut transaction = pool.begin().await.map_err(failed)?;
    locks::alone(&mut transaction, locks::OWNERSHIP).await.map_err(failed)?;
    sqlx::query("delete from owned_bucket where bucket <> all($1)")
        .bind(columns.buckets)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    sqlx::query("delete from owned_tenant where tenant_id <> all($1)")
        .bind(columns.tenants)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// Gives the shard `holdings`, and raises the epochs of what it has already. No epoch ever falls.
pub(crate) async fn grant(
    pool: &PgPool,
    place: Place,
    holdings: &[(Holding, Epoch)],
) -> Result<(), StoreError> {
    let failed = StoreError::at(place);
    let columns = Columns::of(holdings.iter().map(|(holding, epoch)| (holding, *epoch)));
    let mut transaction = pool.begin().await.map_err(failed)?;
    locks::alone(&mut transaction, locks::OWNERSHIP).await.map_err(failed)?;
    sqlx::query(GRANT_BUCKETS)
        .bind(columns.buckets)
        .bind(columns.bucket_epochs)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    sqlx::query(GRANT_TENANTS)
        .bind(columns.tenants)
        .bind(columns.tenant_epochs)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// Raises the epoch of what the shard owns, so that whoever knows the old one is refused, but only
/// where `tenant` has no row here. Says whether it did.
pub(crate) async fn fence_without(
    pool: &PgPool,
    place: Place,
    (tenant, bucket, epoch): (&TenantId, Bucket, Epoch),
) -> Result<bool, StoreError> {
    let failed = StoreError::at(place);
    let mut transaction = pool.begin().await.map_err(failed)?;
    locks::alone(&mut transaction, locks::OWNERSHIP).await.map_err(failed)?;
    let has_rows: bool = sqlx::query_scalar(HAS_ROWS)
        .bind(tenant.as_str())
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
    if has_rows {
        return Ok(false);
    }
    sqlx::query("update owned_bucket set epoch = $2 where bucket = $1 and epoch < $2")
        .bind(i32::from(bucket.number()))
        .bind(i64::from(epoch.0))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}
