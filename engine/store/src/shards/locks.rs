//! The advisory locks that transactions take. Each ends with its transaction.
//!
//! They cost a shard no write, unlike locks on the rows of what it owns would for every batch.

use sqlx::PgConnection;

/// The first number of all locks of this program; the second one says which.
const FAMILY: i32 = 0x49_56_00_01;

/// What the shard owns: shared by those who write under it, alone for those who change it.
pub(crate) const OWNERSHIP: i32 = 1;
/// The first events of the outbox.
pub(crate) const OUTBOX: i32 = 2;
/// The map of buckets in the reference database.
pub(crate) const PLACEMENT: i32 = 3;

/// The first number of the locks on the chains of audit logs, with a hash of the tenant as second:
/// see `audit_end` in the shards' migrations.
pub(crate) const AUDIT_FAMILY: i32 = 0x49_56_00_02;

/// Statements that begin a transaction as soon as nobody has the lock alone.
pub(crate) fn begin_shared(which: i32) -> String {
    format!("begin; select pg_advisory_xact_lock_shared({FAMILY}, {which})")
}

/// Waits until nobody else has the lock.
pub(crate) async fn alone(connection: &mut PgConnection, which: i32) -> sqlx::Result<()> {
    let lock = sqlx::query("select pg_advisory_xact_lock($1, $2)");
    lock.bind(FAMILY).bind(which).execute(connection).await.map(drop)
}

/// Takes the lock where nobody has it, and says whether it did.
pub(crate) async fn try_alone(connection: &mut PgConnection, which: i32) -> sqlx::Result<bool> {
    let lock = sqlx::query_scalar("select pg_try_advisory_xact_lock($1, $2)");
    lock.bind(FAMILY).bind(which).fetch_one(connection).await
}
