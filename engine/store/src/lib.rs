//! Where verdicts live: a reference database for the deployment, and shards for the tenants' rows.
//!
//! [`store::Store`] is what others ask of it; [`shards::Shards`] answers with PostgreSQL, and an
//! in-memory twin behind the feature `testing` answers the same in tests. A tenant's shard is found
//! by arithmetic and a map ([`ivendor_core::sharding`]); [`cluster::Cluster`] keeps the map, and
//! the shards themselves refuse whoever comes with an old one.
//!
//! This room knows nothing of where requests come from and how a verdict is found.

pub mod audit;
pub mod audit_search;
pub mod cluster;
pub mod error;
pub mod event;
mod fleet;
pub mod migrate;
pub mod outbox;
pub mod reference;
pub mod result;
mod retry;
pub mod review;
mod row;
pub mod settings;
pub mod shards;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
