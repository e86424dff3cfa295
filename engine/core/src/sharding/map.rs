//! Who owns which bucket now: what a program remembers of the reference database.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{BUCKETS, Bucket, Epoch, ShardId, bucket_of};
use crate::ids::TenantId;

/// What a shard owns: a bucket, or a tenant that was pinned to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holding {
    /// All tenants of a bucket that are not pinned.
    Bucket(Bucket),
    /// One tenant, wherever its bucket is.
    Tenant(TenantId),
}

/// An owner, and since which epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Which shard.
    pub shard: ShardId,
    /// Since when, counted in changes of hands.
    pub epoch: Epoch,
}

/// Where a tenant's rows are, and by which right: a shard refuses a route that has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The shard that holds them.
    pub shard: ShardId,
    /// The tenant's bucket, also where the tenant is pinned.
    pub bucket: Bucket,
    /// What the shard must own.
    pub holding: Holding,
    /// Since this epoch.
    pub epoch: Epoch,
}

/// Every bucket's owner, and the tenants that are pinned elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardMap {
    /// One for each bucket, in their order.
    buckets: Vec<Owner>,
    pins: BTreeMap<TenantId, Owner>,
}

/// A list of owners that is no map.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the map has {0} buckets; it must have {BUCKETS}: give the buckets out first")]
pub struct MapError(usize);

impl ShardMap {
    /// A map of all buckets, in their order, and of pinned tenants.
    ///
    /// # Errors
    /// [`MapError`] where there is not one owner for each bucket.
    pub fn new(buckets: Vec<Owner>, pins: BTreeMap<TenantId, Owner>) -> Result<Self, MapError> {
        if buckets.len() != usize::from(BUCKETS) {
            return Err(MapError(buckets.len()));
        }
        Ok(Self { buckets, pins })
    }

    /// The owner of a bucket's unpinned tenants.
    #[must_use]
    pub fn owner(&self, bucket: Bucket) -> Owner {
        self.buckets[bucket.index()]
    }

    /// Where a tenant is pinned to, if it is.
    #[must_use]
    pub fn pin(&self, tenant: &TenantId) -> Option<Owner> {
        self.pins.get(tenant).copied()
    }

    /// Where a tenant's rows are.
    #[must_use]
    pub fn route(&self, tenant: &TenantId) -> Route {
        let bucket = bucket_of(tenant);
        let (owner, holding) = match self.pin(tenant) {
            Some(owner) => (owner, Holding::Tenant(tenant.clone())),
            None => (self.owner(bucket), Holding::Bucket(bucket)),
        };
        Route { shard: owner.shard, bucket, holding, epoch: owner.epoch }
    }

    /// Everything that a shard owns, with the epochs.
    pub fn holdings(&self, shard: ShardId) -> impl Iterator<Item = (Holding, Epoch)> {
        let buckets = Bucket::all().map(|bucket| (Holding::Bucket(bucket), self.owner(bucket)));
        let pins = self.pins.iter().map(|(t, owner)| (Holding::Tenant(t.clone()), *owner));
        buckets
            .chain(pins)
            .filter(move |(_, owner)| owner.shard == shard)
            .map(|(holding, owner)| (holding, owner.epoch))
    }

    /// The shards that own anything.
    #[must_use]
    pub fn shards(&self) -> BTreeSet<ShardId> {
        self.buckets.iter().chain(self.pins.values()).map(|owner| owner.shard).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    fn map() -> ShardMap {
        let owner = |bucket: Bucket| Owner {
            shard: ShardId(bucket.number() % 2),
            epoch: Epoch(u32::from(bucket.number()) + 1),
        };
        let pinned = Owner { shard: ShardId(7), epoch: Epoch(3) };
        let pins = BTreeMap::from([(tenant("large"), pinned)]);
        ShardMap::new(Bucket::all().map(owner).collect(), pins).unwrap()
    }

    #[test]
    fn a_tenant_is_where_its_bucket_is_unless_it_is_pinned() {
        let route = map().route(&tenant("acme"));
        assert_eq!((route.shard, route.epoch), (ShardId(1), Epoch(2274)));
        assert_eq!(route.holding, Holding::Bucket(route.bucket));
        let route = map().route(&tenant("large"));
        assert_eq!((route.shard, route.epoch), (ShardId(7), Epoch(3)));
        assert_eq!(route.bucket, bucket_of(&tenant("large")));
        assert_eq!(route.holding, Holding::Tenant(tenant("large")));
    }

    #[test]
    fn the_holdings_of_all_shards_are_the_whole_map() {
        let map = map();
        let shards = map.shards();
        assert_eq!(shards.len(), 3);
        let held: usize = shards.iter().map(|shard| map.holdings(*shard).count()).sum();
        assert_eq!(held, usize::from(BUCKETS) + 1);
        let pinned: Vec<_> = map.holdings(ShardId(7)).collect();
        assert_eq!(pinned, [(Holding::Tenant(tenant("large")), Epoch(3))]);
    }

    #[test]
    fn a_map_with_a_hole_is_refused() {
        let few = vec![Owner { shard: ShardId(0), epoch: Epoch::FIRST }; 4095];
        assert_eq!(ShardMap::new(few, BTreeMap::new()), Err(MapError(4095)));
    }
}
