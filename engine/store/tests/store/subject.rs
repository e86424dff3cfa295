//! The two stores that keep the same promises, and what a test does to them from outside.

use ivendor_core::ids::TenantId;
use ivendor_core::sharding::ShardId;
use ivendor_store::cluster::Cluster;
use ivendor_store::result::DocumentRef;
use ivendor_store::settings::Address;
use ivendor_store::shards::Shards;
use ivendor_store::store::Store;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::memory::MemoryStore;

use crate::shared;

/// A store of three shards, and the hand that a test has on it.
pub(crate) trait Subject: Sized {
    /// What is tested.
    type Store: Store;

    /// A fresh one.
    async fn new() -> Self;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// Puts the cases of a document into a state, as a person would.
    async fn set_case_state(&self, of: &DocumentRef, state: &str);

    /// Puts the cases of a document into somebody's hand whose lease has ended.
    async fn let_lapse(&self, of: &DocumentRef);

    /// Raises the epoch of a tenant on its shard, behind the store's back.
    async fn raise_epoch(&self, tenant: &TenantId);

    /// Lets the store read its map again.
    async fn refresh(&self);

    /// Takes a shard away.
    async fn take_away(&mut self, shard: ShardId);

    /// A tenant whose rows are on that shard.
    fn tenant_on(&self, shard: u16) -> TenantId {
        let tenants = (0..).map(|i| format!("tenant-{i}").parse::<TenantId>().unwrap());
        let mut there = tenants.filter(|t| self.store().route(t).shard == ShardId(shard));
        there.next().unwrap()
    }
}

/// The twin in memory.
pub(crate) struct Memory(MemoryStore);

impl Subject for Memory {
    type Store = MemoryStore;

    async fn new() -> Self {
        Self(MemoryStore::new(3).unwrap())
    }

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    async fn set_case_state(&self, of: &DocumentRef, state: &str) {
        self.0.set_case_state(of, state).unwrap();
    }

    async fn let_lapse(&self, of: &DocumentRef) {
        // It knows no leases: what has ended is as if it had never been.
        self.0.set_case_state(of, "open").unwrap();
    }

    async fn raise_epoch(&self, tenant: &TenantId) {
        self.0.raise_epoch(tenant).unwrap();
    }

    async fn refresh(&self) {
        self.0.refresh().unwrap();
    }

    async fn take_away(&mut self, shard: ShardId) {
        self.0.set_away(shard, true).unwrap();
    }
}

/// The real one.
pub(crate) struct Postgres {
    databases: Databases,
    cluster: Cluster,
}

impl Subject for Postgres {
    type Store = Shards;

    async fn new() -> Self {
        let (databases, cluster) = Databases::ready(shared()).await.unwrap();
        Self { databases, cluster }
    }

    fn store(&self) -> &Shards {
        &self.cluster.shards
    }

    async fn set_case_state(&self, of: &DocumentRef, state: &str) {
        let shard = self.store().route(&of.tenant).shard;
        sqlx::query("update review_case set state = $1 where tenant_id = $2 and document_id = $3")
            .bind(state)
            .bind(of.tenant.as_str())
            .bind(of.document.as_str())
            .execute(&self.store().pool(shard).unwrap())
            .await
            .unwrap();
    }

    async fn let_lapse(&self, of: &DocumentRef) {
        self.set_case_state(of, "claimed").await;
        let shard = self.store().route(&of.tenant).shard;
        sqlx::query(
            "update review_case set holder = 'ann', lease_until = now(), fence = fence + 1
            where tenant_id = $1 and document_id = $2",
        )
        .bind(of.tenant.as_str())
        .bind(of.document.as_str())
        .execute(&self.store().pool(shard).unwrap())
        .await
        .unwrap();
    }

    async fn raise_epoch(&self, tenant: &TenantId) {
        let route = self.store().route(tenant);
        sqlx::query("update owned_bucket set epoch = epoch + 1 where bucket = $1")
            .bind(i32::from(route.bucket.number()))
            .execute(&self.store().pool(route.shard).unwrap())
            .await
            .unwrap();
    }

    async fn refresh(&self) {
        self.cluster.sync().await.unwrap();
    }

    async fn take_away(&mut self, shard: ShardId) {
        // Nobody listens on the port of a listener that was closed.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let nowhere: Address = format!("127.0.0.1:{port}/nobody").parse().unwrap();
        let mut addresses = self.databases.shards.clone();
        addresses.iter_mut().filter(|(id, _)| *id == shard).for_each(|(_, a)| *a = nowhere.clone());
        let mut settings = self.databases.settings.clone();
        settings.retry_deadline_s = 0.5;
        settings.connect_s_max = 0.2;
        let map = self.cluster.reference.map().await.unwrap();
        self.cluster.shards =
            Shards::new(&settings, &addresses.into_iter().collect(), map).unwrap();
    }
}
