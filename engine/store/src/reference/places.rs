//! Which shards there are, and which of them owns which bucket.

use std::collections::BTreeMap;

use ivendor_core::ids::TenantId;
use ivendor_core::sharding::map::{Holding, Owner, ShardMap};
use ivendor_core::sharding::{Bucket, Epoch, ShardId};
use sqlx::PgConnection;

use super::{Reference, failed, wrong_row};
use crate::error::StoreError;
use crate::settings::Address;

/// Whether a shard gets more buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardState {
    /// It does.
    Open,
    /// It keeps what it has.
    Closed,
}

/// A shard as the reference database knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shard {
    /// Its number, for good.
    pub id: ShardId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Its share of the buckets, beside the weights of the others.
    pub weight: f64,
    /// Whether it gets more.
    pub state: ShardState,
}

const SHARDS: &str = "
select shard_id, name, address, weight, state from shard order by shard_id";

const PUT_SHARD: &str = "
insert into shard (shard_id, name, address, weight, state) values ($1, $2, $3, $4, $5)
on conflict (shard_id) do update
set name = excluded.name, address = excluded.address, weight = excluded.weight,
    state = excluded.state";

const BUCKETS: &str = "select bucket, shard_id, epoch from bucket order by bucket";

const PINS: &str = "select tenant_id, shard_id, epoch from pinned_tenant";

const PUT_BUCKETS: &str = "
insert into bucket (bucket, shard_id, epoch)
select bucket, shard_id, $3 from unnest($1::integer[], $2::integer[]) as n (bucket, shard_id)
on conflict (bucket) do nothing";

const RAISE_BUCKET: &str = "
update bucket set epoch = $2, changed_at = now() where bucket = $1 and epoch < $2";

const RAISE_TENANT: &str = "
update pinned_tenant set epoch = $2, changed_at = now() where tenant_id = $1 and epoch < $2";

const PIN: &str = "
insert into pinned_tenant (tenant_id, shard_id, epoch) values ($1, $2, $3)";

impl Reference {
    /// Every shard, by its number.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails or holds what cannot be read.
    pub async fn shards(&self) -> Result<Vec<Shard>, StoreError> {
        let rows: Vec<(i32, String, String, f64, String)> =
            sqlx::query_as(SHARDS).fetch_all(self.pool()).await.map_err(failed)?;
        let shard = |(id, name, address, weight, state): (i32, String, String, f64, String)| {
            let state = if state == "open" { ShardState::Open } else { ShardState::Closed };
            Ok(Shard { id: shard_id(id)?, name, address: address.parse()?, weight, state })
        };
        rows.into_iter().map(shard).collect()
    }

    /// Adds a shard, or changes what is said of one. It gets no bucket by that.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails, or another shard has the name or the address.
    pub async fn put_shard(&self, shard: &Shard) -> Result<(), StoreError> {
        let state = match shard.state {
            ShardState::Open => "open",
            ShardState::Closed => "closed",
        };
        sqlx::query(PUT_SHARD)
            .bind(i32::from(shard.id.0))
            .bind(&shard.name)
            .bind(shard.address.to_string())
            .bind(shard.weight)
            .bind(state)
            .execute(self.pool())
            .await
            .map(drop)
            .map_err(failed)
    }

    /// Who owns which bucket.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails, or not every bucket has an owner.
    pub async fn map(&self) -> Result<ShardMap, StoreError> {
        let mut connection = self.pool().acquire().await.map_err(failed)?;
        read_map(&mut connection).await
    }
}

/// The map as `connection` sees it.
pub(crate) async fn read_map(connection: &mut PgConnection) -> Result<ShardMap, StoreError> {
    let rows: Vec<(i32, i32, i64)> =
        sqlx::query_as(BUCKETS).fetch_all(&mut *connection).await.map_err(failed)?;
    let buckets: Vec<Owner> =
        rows.into_iter().map(|(_, shard, epoch)| owner(shard, epoch)).collect::<Result<_, _>>()?;
    let rows: Vec<(String, i32, i64)> =
        sqlx::query_as(PINS).fetch_all(connection).await.map_err(failed)?;
    let pin = |(tenant, shard, epoch): (String, i32, i64)| {
        Ok((tenant.try_into().map_err(wrong_row)?, owner(shard, epoch)?))
    };
    let pins: BTreeMap<TenantId, Owner> =
        rows.into_iter().map(pin).collect::<Result<_, StoreError>>()?;
    ShardMap::new(buckets, pins).map_err(|error| StoreError::Usage(error.to_string()))
}

/// Gives each bucket without an owner to the shard in its place of `owners`; says how many.
pub(crate) async fn put_buckets(
    connection: &mut PgConnection,
    owners: &[ShardId],
) -> Result<u64, StoreError> {
    let done = sqlx::query(PUT_BUCKETS)
        .bind(Bucket::all().map(|bucket| i32::from(bucket.number())).collect::<Vec<_>>())
        .bind(owners.iter().map(|shard| i32::from(shard.0)).collect::<Vec<_>>())
        .bind(i64::from(Epoch::FIRST.0))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(done.rows_affected())
}

/// Raises the epoch of what is owned to at least `epoch`.
pub(crate) async fn raise(
    connection: &mut PgConnection,
    holding: &Holding,
    epoch: Epoch,
) -> Result<(), StoreError> {
    let query = match holding {
        Holding::Bucket(bucket) => sqlx::query(RAISE_BUCKET).bind(i32::from(bucket.number())),
        Holding::Tenant(tenant) => sqlx::query(RAISE_TENANT).bind(tenant.to_string()),
    };
    query.bind(i64::from(epoch.0)).execute(connection).await.map(drop).map_err(failed)
}

/// Notes that a tenant is pinned.
pub(crate) async fn pin(
    connection: &mut PgConnection,
    tenant: &TenantId,
    owner: Owner,
) -> Result<(), StoreError> {
    sqlx::query(PIN)
        .bind(tenant.as_str())
        .bind(i32::from(owner.shard.0))
        .bind(i64::from(owner.epoch.0))
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed)
}

fn shard_id(number: i32) -> Result<ShardId, StoreError> {
    u16::try_from(number).map(ShardId).map_err(wrong_row)
}

fn owner(shard: i32, epoch: i64) -> Result<Owner, StoreError> {
    let epoch = u32::try_from(epoch).map(Epoch).map_err(wrong_row)?;
    Ok(Owner { shard: shard_id(shard)?, epoch })
}
