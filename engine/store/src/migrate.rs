//! Bringing the schemas of the databases up to what this program knows.
//!
//! The migrations lie in `migrations/`, are compiled in, and are applied in the order of their
//! numbers, each in a transaction, under an advisory lock. One that was applied is never edited.

use std::fmt;

use ivendor_core::sharding::ShardId;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType};
use sqlx::{ConnectOptions, Connection, PgConnection, SqlSafeStr};

use crate::error::{Place, StoreError};
use crate::settings::{Address, StoreSettings};

/// The table that remembers what was applied.
const TABLE: &str = "schema_migration";

/// Number, name and text of each migration.
type Embedded = (i64, &'static str, &'static str);

const REFERENCE: [Embedded; 2] = [
    (1, "reference", include_str!("../migrations/reference/0001_reference.sql")),
    (2, "session", include_str!("../migrations/reference/0002_session.sql")),
];

const SHARD: [Embedded; 5] = [
    (1, "shard", include_str!("../migrations/shard/0001_shard.sql")),
    (2, "review", include_str!("../migrations/shard/0002_review.sql")),
    (3, "audit_search", include_str!("../migrations/shard/0003_audit_search.sql")),
    (4, "review_orders", include_str!("../migrations/shard/0004_review_orders.sql")),
    (5, "json", include_str!("../migrations/shard/0005_json.sql")),
];

/// What was done to one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Which.
    pub place: Place,
    /// Number and name of each migration that was applied now.
    pub applied: Vec<(i64, String)>,
    /// The number of the newest migration, applied now or before.
    pub version: i64,
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, applied, version } = self;
        if applied.is_empty() {
            return write!(f, "{place}: schema {version}, nothing to do");
        }
        let names: Vec<String> = applied.iter().map(|(n, name)| format!("{n} {name}")).collect();
        write!(f, "{place}: schema {version}, applied {}", names.join(", "))
    }
}

/// Brings the reference database up.
///
/// # Errors
/// [`StoreError`] where it is away, newer than this program, or a migration fails.
pub async fn migrate_reference(
    settings: &StoreSettings,
    address: &Address,
) -> Result<Migrated, StoreError> {
    migrate(settings, address, Place::Reference).await
}

/// Brings a shard up.
///
/// # Errors
/// As [`migrate_reference`].
pub async fn migrate_shard(
    settings: &StoreSettings,
    address: &Address,
    shard: ShardId,
) -> Result<Migrated, StoreError> {
    migrate(settings, address, Place::Shard(shard)).await
}

async fn migrate(
    settings: &StoreSettings,
    address: &Address,
    place: Place,
) -> Result<Migrated, StoreError> {
    let embedded: &[Embedded] = match place {
        Place::Reference => &REFERENCE,
        Place::Shard(_) => &SHARD,
    };
    // A connection of its own, without the limits of the pools: a migration may take its time. The
    // lock goes with it, also where an error ends this.
    let options = settings.connection(address)?;
    let mut connection = options.connect().await.map_err(StoreError::at(place))?;
    let applied = bring_up(&mut connection, place, embedded).await;
    let closed = connection.close().await.map_err(StoreError::at(place));
    let migrated = applied?;
    closed?;
    Ok(migrated)
}

async fn bring_up(
    connection: &mut PgConnection,
    place: Place,
    embedded: &[Embedded],
) -> Result<Migrated, StoreError> {
    let failed = |source| StoreError::Migration { place, source };
    connection.lock().await.map_err(failed)?;
    connection.ensure_migrations_table(TABLE).await.map_err(failed)?;
    let before = connection.list_applied_migrations(TABLE).await.map_err(failed)?;
    let known = embedded.last().map_or(0, |(number, ..)| *number);
    if let Some(newer) = before.iter().map(|m| m.version).find(|version| *version > known) {
        return Err(StoreError::Newer { place, found: newer, known });
    }
    let mut applied = Vec::new();
    for (number, name, text) in embedded {
        let kind = MigrationType::Simple;
        let migration = Migration::new(*number, (*name).into(), kind, text.into_sql_str(), false);
        match before.iter().find(|m| m.version == *number) {
            Some(old) if old.checksum != migration.checksum => {
                return Err(failed(MigrateError::VersionMismatch(*number)));
            }
            Some(_) => {}
            None => {
                connection.apply(TABLE, &migration).await.map_err(failed)?;
                applied.push((*number, (*name).to_owned()));
            }
        }
    }
    connection.unlock().await.map_err(failed)?;
    Ok(Migrated { place, applied, version: known })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_from_one_without_gaps() {
        for list in [REFERENCE.as_slice(), &SHARD] {
            for (number, (given, name, text)) in (1..).zip(list) {
                assert_eq!(*given, number, "{name}");
                assert!(!text.is_empty(), "{name}");
            }
        }
    }
}
