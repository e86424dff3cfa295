//! Messages that failed for good, on their way to the dead letters. A receipt is settled only when
//! the broker has its message there.

use std::sync::Arc;

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;

use super::meters;
use super::shared::{Failed, Shared, backoff};
use crate::kafka::dead_letter::{DeadLetter, DeadLetters, Origin};

/// Messages that are sent together.
const TOGETHER: usize = 200;
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Buries for ever.
pub(crate) async fn bury(
    mut failed: UnboundedReceiver<Failed>,
    shared: Arc<Shared>,
    topic: String,
    dead_letters: DeadLetters,
) {
    let mut together = Vec::with_capacity(TOGETHER);
    while failed.recv_many(&mut together, TOGETHER).await > 0 {
        let all = together.drain(..).map(|one| bury_one(one, &shared, &topic, &dead_letters));
        futures_util::future::join_all(all).await;
    }
}

async fn bury_one(failed: Failed, shared: &Shared, topic: &str, dead_letters: &DeadLetters) {
    let Failed { letter, code, error } = failed;
    let traceparent = letter.onward();
    let dead = DeadLetter {
        key: letter.key,
        payload: Some(letter.payload),
        origin: Origin {
            topic: topic.to_owned(),
            partition: letter.receipt.partition(),
            offset: letter.receipt.offset(),
        },
        code: code.to_owned(),
        error,
        attempts: letter.attempts + 1,
        failed_at: Timestamp::now(),
        traceparent,
    };
    let mut tries = 0;
    while shared.ledger.is_current(&letter.receipt) {
        match dead_letters.send(&dead).await {
            Ok(()) => {
                meters::dead_letter(code);
                shared.ledger.settle([letter.receipt]);
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "a dead letter could not be sent; trying again");
                tokio::time::sleep(backoff(tries, WAIT_MAX)).await;
                tries += 1;
            }
        }
    }
}
