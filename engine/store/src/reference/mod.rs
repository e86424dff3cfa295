//! The reference database: what is true for the whole deployment.

use std::collections::BTreeMap;

use ivendor_core::sharding::ShardId;
use sqlx::PgPool;

use crate::error::{Place, StoreError};
use crate::settings::StoreSettings;

mod access;
pub(crate) mod places;
mod policies;
mod sessions;
mod tenant_keys;
mod tenants;

pub use access::{NewToken, Scope, Token};
pub use places::{Shard, ShardState};
pub use sessions::{NewSession, Session};
pub use tenant_keys::TenantKey;

pub(crate) const PLACE: Place = Place::Reference;

/// Connections to the reference database.
#[derive(Debug, Clone)]
pub struct Reference {
    pool: PgPool,
}

impl Reference {
    /// The reference database that the settings name. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where the settings name none, or cannot be.
    pub fn new(settings: &StoreSettings) -> Result<Self, StoreError> {
        let address = settings.reference.as_ref().ok_or_else(|| {
            let problem = "store.reference must name the reference database: host:port/database";
            StoreError::Usage(problem.to_owned())
        })?;
        Ok(Self { pool: settings.pool(address)? })
    }

    /// Asks whether it is there.
    ///
    /// # Errors
    /// [`StoreError`] where it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await.map(drop).map_err(failed)
    }

    /// Connections to it: all of them, and those that rest.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// The address of each shard.
pub(crate) fn addresses(shards: &[Shard]) -> BTreeMap<ShardId, crate::settings::Address> {
    shards.iter().map(|shard| (shard.id, shard.address.clone())).collect()
}

fn failed(source: sqlx::Error) -> StoreError {
    StoreError::Database { place: PLACE, source }
}

fn wrong_row(error: impl std::fmt::Display) -> StoreError {
    StoreError::Row { place: PLACE, problem: error.to_string() }
}
