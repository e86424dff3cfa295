//! Brings the databases up: the reference database, the shards that it names, and who owns what.

use ivendor_core::sharding::ShardId;
use ivendor_store::cluster;
use ivendor_store::migrate::migrate_reference;
use ivendor_store::reference::{Reference, Shard, ShardState};
use ivendor_store::settings::StoreSettings;
use tokio::runtime::Runtime;

use crate::error::RunError;

/// Adds or moves the shards that are named, migrates every database, and gives out the buckets that
/// nobody owns. Says what was done, a line each.
///
/// # Errors
/// [`RunError::Store`] of the first database that is away, newer than this program, or cannot be
/// migrated; it can be called again.
pub fn migrate(
    settings: &StoreSettings,
    shards: &[(u16, String)],
) -> Result<Vec<String>, RunError> {
    let runtime = Runtime::new().map_err(|error| RunError::Internal(error.to_string()))?;
    runtime.block_on(async {
        if let (Some(address), false) = (&settings.reference, shards.is_empty()) {
            // The shards are written down in it.
            migrate_reference(settings, address).await?;
        }
        let reference = Reference::new(settings)?;
        for (number, address) in shards {
            let shard = Shard {
                id: ShardId(*number),
                name: format!("shard-{number}"),
                address: address.parse()?,
                weight: 1.0,
                state: ShardState::Open,
            };
            reference.put_shard(&shard).await?;
        }
        let migrated = cluster::migrate(settings).await?;
        let mut lines: Vec<String> = migrated.iter().map(ToString::to_string).collect();
        let given = cluster::give_out(settings).await?;
        lines.push(format!("{given} buckets were given to shards"));
        Ok(lines)
    })
}
