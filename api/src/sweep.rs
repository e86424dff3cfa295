//! What has ended is removed from time to time: sessions, and answers to repeated requests.

use std::time::Duration;

use ivendor_store::cluster::Cluster;
use jiff::SignedDuration;

/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(600);
/// For so long a repeated request gets its first answer.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Removes what has ended, now. A database that is away keeps its rows until the next time.
pub async fn sweep(cluster: &Cluster) {
    match cluster.reference.sweep_sessions().await {
        Ok(sessions) => tracing::debug!(sessions, "ended sessions were removed"),
        Err(error) => tracing::warn!(%error, "ended sessions stay"),
    }
    for shard in cluster.shards.ids() {
        match cluster.shards.sweep_answers(shard, ANSWERS_KEPT).await {
            Ok(answers) => tracing::debug!(%shard, answers, "old answers were removed"),
            Err(error) => tracing::warn!(%shard, %error, "old answers stay"),
        }
    }
}

/// Sweeps until it is dropped.
pub(crate) async fn for_ever(cluster: &Cluster) {
    let mut clock = tokio::time::interval(EVERY);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        sweep(cluster).await;
    }
}
