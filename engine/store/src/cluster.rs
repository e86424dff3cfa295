//! The reference database and the shards together: who owns what is written down in the first and
//! known to the second, and here both are kept in step.
//!
//! The order of the steps keeps every tenant in one place. What a shard loses is taken from it
//! before another one gets it, so that a program that dies in between leaves tenants that nobody
//! may write for, and never ones that two shards write for. [`Cluster::sync`] mends that.

use ivendor_core::ids::TenantId;
use ivendor_core::sharding::map::{Holding, Owner, ShardMap};
use ivendor_core::sharding::placement::{Candidate, place};
use ivendor_core::sharding::{Epoch, ShardId, bucket_of};
use sqlx::PgConnection;

use crate::error::{Place, StoreError};
use crate::migrate::{Migrated, migrate_reference, migrate_shard};
use crate::reference::{PLACE, Reference, ShardState, addresses, places};
use crate::settings::StoreSettings;
use crate::shards::{Shards, locks, ownership};

/// The whole store.
#[derive(Debug)]
pub struct Cluster {
    /// What is true for the whole deployment.
    pub reference: Reference,
    /// The tenants' rows.
    pub shards: Shards,
}

/// Brings the reference database and every shard that it names up, and says what was done.
///
/// # Errors
/// [`StoreError`] of the first database that is away, newer than this program, or cannot be
/// migrated; those before it stay as they are then.
pub async fn migrate(settings: &StoreSettings) -> Result<Vec<Migrated>, StoreError> {
    let reference = Reference::new(settings)?;
    let mut done = Vec::new();
    if let Some(address) = &settings.reference {
        done.push(migrate_reference(settings, address).await?);
    }
    for shard in reference.shards().await? {
        done.push(migrate_shard(settings, &shard.address, shard.id).await?);
    }
    Ok(done)
}

/// Gives every bucket that has no owner to one of the open shards, by their weights, and tells the
/// shards. Says how many it gave. What has an owner keeps it.
///
/// # Errors
/// [`StoreError`] where there is no open shard, or a database fails.
pub async fn give_out(settings: &StoreSettings) -> Result<u64, StoreError> {
    let reference = Reference::new(settings)?;
    let shards = reference.shards().await?;
    let open = shards.iter().filter(|shard| shard.state == ShardState::Open);
    let candidates: Vec<Candidate> =
        open.map(|shard| Candidate { shard: shard.id, weight: shard.weight }).collect();
    let owners = place(&candidates).map_err(|error| StoreError::Usage(error.to_string()))?;
    let failed = StoreError::at(PLACE);
    let mut transaction = reference.pool().begin().await.map_err(failed)?;
    locks::alone(&mut transaction, locks::PLACEMENT).await.map_err(failed)?;
    let given = places::put_buckets(&mut transaction, &owners).await?;
    transaction.commit().await.map_err(failed)?;
    Cluster::open(settings).await?.sync().await?;
    Ok(given)
}

impl Cluster {
    /// Reads the map from the reference database. The shards need not be there.
    ///
    /// # Errors
    /// [`StoreError`] where the reference database fails, or the buckets were never given out.
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let reference = Reference::new(settings)?;
        let places = addresses(&reference.shards().await?);
        if let Some(problem) = settings.too_many_connections(places.len()) {
            tracing::warn!("{problem}");
        }
        let shards = Shards::new(settings, &places, reference.map().await?)?;
        Ok(Self { reference, shards })
    }

    /// Reads the map again. Whoever was fenced does so before the next try.
    ///
    /// # Errors
    /// As [`Cluster::open`].
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let places = addresses(&self.reference.shards().await?);
        self.shards.refresh(&places, self.reference.map().await?)
    }

    /// Tells every shard what it owns. An epoch that a shard knows and the reference database does
    /// not is taken over from it: somebody died between the two.
    ///
    /// # Errors
    /// [`StoreError`] where a database fails or is away: then no shard got anything.
    pub async fn sync(&self) -> Result<(), StoreError> {
        self.refresh().await?;
        let failed = StoreError::at(PLACE);
        let mut transaction = self.reference.pool().begin().await.map_err(failed)?;
        locks::alone(&mut transaction, locks::PLACEMENT).await.map_err(failed)?;
        let map = places::read_map(&mut transaction).await?;
        for shard in self.shards.ids() {
            self.take_over_epochs(&mut transaction, &map, shard).await?;
        }
        let map = places::read_map(&mut transaction).await?;
        for shard in self.shards.ids() {
            let holdings: Vec<_> = map.holdings(shard).collect();
            let pool = self.shards.pool(shard)?;
            ownership::revoke_others(&pool, Place::Shard(shard), &holdings).await?;
        }
        for shard in self.shards.ids() {
            let holdings: Vec<_> = map.holdings(shard).collect();
            let pool = self.shards.pool(shard)?;
            ownership::grant(&pool, Place::Shard(shard), &holdings).await?;
        }
        transaction.commit().await.map_err(failed)?;
        self.refresh().await
    }

    async fn take_over_epochs(
        &self,
        transaction: &mut PgConnection,
        map: &ShardMap,
        shard: ShardId,
    ) -> Result<(), StoreError> {
        let owned = ownership::all(&self.shards.pool(shard)?, Place::Shard(shard)).await?;
        for (holding, epoch) in map.holdings(shard) {
            if let Some(later) = owned.0.get(&holding).filter(|known| **known > epoch) {
                places::raise(transaction, &holding, *later).await?;
            }
        }
        Ok(())
    }

    /// Pins a tenant to a shard of its choice, whatever its bucket says. It must not have any row
    /// yet: rows are not moved.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where the tenant has rows, is pinned elsewhere, or the shard is not
    /// known; else where a database fails. Then it may be called again.
    pub async fn pin(&self, tenant: &TenantId, shard: ShardId) -> Result<(), StoreError> {
        // First whatever an earlier call left undone.
        self.sync().await?;
        self.shards.pool(shard)?;
        let failed = StoreError::at(PLACE);
        let mut transaction = self.reference.pool().begin().await.map_err(failed)?;
        locks::alone(&mut transaction, locks::PLACEMENT).await.map_err(failed)?;
        let map = places::read_map(&mut transaction).await?;
        match map.pin(tenant) {
            Some(owner) if owner.shard == shard => return Ok(()),
            Some(owner) => {
                let problem = format!("tenant {tenant} is pinned to shard {} already", owner.shard);
                return Err(StoreError::Usage(problem));
            }
            None => {}
        }
        let bucket = bucket_of(tenant);
        let owner = map.owner(bucket);
        let epoch = owner.epoch.next();
        let pool = self.shards.pool(owner.shard)?;
        let place = Place::Shard(owner.shard);
        if !ownership::fence_without(&pool, place, (tenant, bucket, epoch)).await? {
            let problem = format!(
                "tenant {tenant} has rows on shard {}; only one without any can be pinned",
                owner.shard
            );
            return Err(StoreError::Usage(problem));
        }
        places::raise(&mut transaction, &Holding::Bucket(bucket), epoch).await?;
        let pinned = Owner { shard, epoch: Epoch::FIRST };
        places::pin(&mut transaction, tenant, pinned).await?;
        transaction.commit().await.map_err(failed)?;
        self.sync().await
    }
}
