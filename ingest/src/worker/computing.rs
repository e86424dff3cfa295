//! The third stage: one plain thread that takes batches to the engine.

use std::sync::Arc;
use std::time::Instant;

use ivendor_store::store::Store as _;

use super::desk::Desk;
use super::journal::Journal;
use super::meters::{self, Stage};
use super::shared::{PerShard, Shared};
use super::task::{Judged, Ready};
use super::traces;
use super::verifier::{Verifier, verify_warily};

/// Verifies batches until the desk is closed.
pub(crate) fn compute(
    (verifier, journal): (&mut dyn Verifier, &mut Journal),
    desk: &Desk<Ready>,
    shared: &Arc<Shared>,
    next: &PerShard<Judged>,
) {
    while let Some((mut batch, waited)) = desk.take() {
        let came = batch.len();
        batch.retain(|ready| shared.ledger.is_current(&ready.letter.receipt));
        meters::fenced(came - batch.len());
        if batch.is_empty() {
            continue;
        }
        meters::batch(batch.len(), waited);
        let start = Instant::now();
        let mut letters = Vec::with_capacity(batch.len());
        let mut rooms = Vec::with_capacity(batch.len());
        let mut jobs = Vec::with_capacity(batch.len());
        for Ready { mut letter, job, room, .. } in batch {
            letter.receipt.journey.enter("verify");
            letters.push((letter, job.request.clone()));
            rooms.push(room);
            jobs.push(job);
        }
        let together = traces::together("verify batch", letters.iter().map(|(letter, _)| letter));
        let (verdicts, panics) = verify_warily(verifier, jobs, journal);
        drop((rooms, together));
        meters::panics(panics);
        meters::stage(Stage::Verify, start.elapsed());
        for ((letter, request), verdict) in letters.into_iter().zip(verdicts) {
            let shard = shared.cluster.shards.route(&request.tenant_id).shard;
            next.send(shard, Judged::new(traces::verified(letter, &verdict), request, verdict));
        }
    }
}
