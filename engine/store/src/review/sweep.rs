//! What nobody will ask for again is removed.

use ivendor_core::sharding::ShardId;
use jiff::SignedDuration;

use crate::error::{Place, StoreError};
use crate::shards::Shards;

/// Rows that one statement removes, so that it stays within its time.
const ROWS_MAX: i64 = 10_000;

const SWEEP_ANSWERS: &str = "
delete from idempotent_answer where (actor, key) in (
    select actor, key from idempotent_answer
    where answered_at < now() - $1 * interval '1 microsecond'
    order by answered_at limit $2
)";

impl Shards {
    /// Removes the answers of a shard that were given longer ago than this, and says how many.
    /// Whoever sends such a request again then does it anew.
    ///
    /// # Errors
    /// [`StoreError`] where the shard fails; what was removed before stays so.
    pub async fn sweep_answers(
        &self,
        shard: ShardId,
        older_than: SignedDuration,
    ) -> Result<u64, StoreError> {
        let age_us = i64::try_from(older_than.as_micros()).unwrap_or(i64::MAX);
        let mut swept = 0;
        loop {
            let sweep = sqlx::query(SWEEP_ANSWERS).bind(age_us).bind(ROWS_MAX);
            let done = sweep.execute(&self.pool(shard)?).await;
            let count = done.map_err(StoreError::at(Place::Shard(shard)))?.rows_affected();
            swept += count;
            if count < ROWS_MAX.unsigned_abs() {
                return Ok(swept);
            }
        }
    }
}
