//! Databases of its own for each test, on the clusters of a stack that many share.

use std::sync::atomic::{AtomicU32, Ordering};

use ivendor_core::sharding::ShardId;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::stack::Stack;
use crate::cluster::{Cluster, give_out, migrate};
use crate::error::{Place, StoreError};
use crate::migrate::migrate_reference;
use crate::reference::{Reference, Shard, ShardState};
use crate::settings::{Address, StoreSettings};

/// Databases on every cluster of a stack, not migrated yet, and how to reach them.
#[derive(Debug, Clone)]
pub struct Databases {
    /// The reference database and everything that holds for all.
    pub settings: StoreSettings,
    /// Each shard's.
    pub shards: Vec<(ShardId, Address)>,
}

impl Databases {
    /// Makes empty databases under a name that nobody else has.
    ///
    /// # Errors
    /// [`StoreError`] where a cluster fails.
    pub async fn empty(stack: &Stack) -> Result<Self, StoreError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut settings = stack.settings();
        let mut shards = Vec::new();
        for (service, on) in stack.databases() {
            let server = on.to_string();
            let server = server.split('/').next().unwrap_or_default();
            let address: Address = format!("{server}/{name}").parse()?;
            create(&settings, &on, &name).await?;
            match service.strip_prefix("shard-").and_then(|number| number.parse().ok()) {
                Some(number) => shards.push((ShardId(number), address)),
                None => settings.reference = Some(address),
            }
        }
        Ok(Self { settings, shards })
    }

    /// The same, migrated, with every shard known and every bucket given out.
    ///
    /// # Errors
    /// [`StoreError`] where a database fails.
    pub async fn ready(stack: &Stack) -> Result<(Self, Cluster), StoreError> {
        let databases = Self::empty(stack).await?;
        let settings = &databases.settings;
        if let Some(address) = &settings.reference {
            migrate_reference(settings, address).await?;
        }
        let reference = Reference::new(settings)?;
        for (id, address) in &databases.shards {
            let (id, address) = (*id, address.clone());
            let state = ShardState::Open;
            let shard = Shard { id, name: format!("shard-{id}"), address, weight: 1.0, state };
            reference.put_shard(&shard).await?;
        }
        migrate(settings).await?;
        give_out(settings).await?;
        let cluster = Cluster::open(settings).await?;
        Ok((databases, cluster))
    }
}

async fn create(settings: &StoreSettings, on: &Address, name: &str) -> Result<(), StoreError> {
    let failed = StoreError::at(Place::Reference);
    let mut connection = settings.connection(on)?.connect().await.map_err(failed)?;
    let create = AssertSqlSafe(format!("create database {name}"));
    connection.execute(create).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}
