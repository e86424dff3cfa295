//! Databases that are killed while results are written: nothing is lost, and nothing is there
//! twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Decision;
use ivendor_store::result::Outcome;
use ivendor_store::shards::Shards;
use ivendor_store::store::Store;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::stack::Stack;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::given::{Given, results};

/// Batches of the stream, and results in each.
const BATCHES: usize = 40;
const RESULTS: usize = 50;

/// After these batches something is killed.
const KILLS: [usize; 6] = [3, 8, 14, 19, 25, 32];

/// A result of the stream. Every fifth is what other models say of the document before it.
fn given(number: usize) -> Given {
    let is_again = number % 5 == 4;
    let document = if is_again { number - 1 } else { number };
    let tenant = format!("tenant-{}", document % 11).parse().unwrap();
    let is_sure = number.is_multiple_of(3);
    Given {
        models: if is_again { "second" } else { "first" },
        decision: if is_sure { Decision::Accept } else { Decision::Review },
        at_s: i64::try_from(number).unwrap(),
        ..Given::accept(&tenant, &format!("d{document}"))
    }
}

fn murder(process: u32) {
    kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL).unwrap();
}

/// Kills the whole cluster of shard 0 and starts it again.
fn strike_cluster(stack: &Stack) {
    let status = stack.status().unwrap();
    let shard = status.iter().find(|service| service.name == "shard-0").unwrap();
    murder(shard.process.unwrap());
    stack.restart().unwrap();
}

/// Kills a backend of shard 0, if there is one: the cluster then ends all others and recovers.
async fn strike_backend(shards: &Shards) {
    let other = "select pid from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() limit 1";
    let pool = shards.pool(ShardId(0)).unwrap();
    let found: Result<Option<i32>, _> = sqlx::query_scalar(other).fetch_optional(&pool).await;
    // It may still be down from the strike before.
    if let Ok(Some(backend)) = found {
        murder(u32::try_from(backend).unwrap());
    }
}

/// Writes the stream from two tasks; each goes on with a batch until all of it is stored.
async fn stream(store: &impl Store, done: &watch::Sender<usize>) {
    let batch_of = |batch: usize| -> Vec<Given> {
        (batch * RESULTS..(batch + 1) * RESULTS).map(given).collect()
    };
    let worker = |first: usize| async move {
        for batch in (first..BATCHES).step_by(2) {
            let mut left = results(&batch_of(batch));
            while !left.is_empty() {
                let outcomes = store.write(&left).await;
                let mut outcomes = outcomes.iter();
                left.retain(|_| !outcomes.next().unwrap().is_stored());
                tokio::task::yield_now().await;
            }
            done.send_modify(|done| *done += 1);
        }
    };
    futures_util::future::join(worker(0), worker(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_databases_lose_nothing_and_keep_nothing_twice() {
    let stack = Arc::new(Stack::start(2).unwrap());
    let (_, cluster) = Databases::ready(&stack).await.unwrap();
    let (done, mut watched) = watch::channel(0);
    let striker = async {
        for (i, after) in KILLS.into_iter().enumerate() {
            watched.wait_for(|done| *done >= after).await.unwrap();
            if i.is_multiple_of(2) {
                // Beside the writers, who go on meanwhile.
                let stack = Arc::clone(&stack);
                spawn_blocking(move || strike_cluster(&stack)).await.unwrap();
            } else {
                strike_backend(&cluster.shards).await;
            }
        }
    };
    futures_util::future::join(stream(&cluster.shards, &done), striker).await;
    // What was written once more after an answer that was lost is there already.
    let all: Vec<Given> = (0..BATCHES * RESULTS).map(given).collect();
    let again = cluster.shards.write(&results(&all)).await;
    assert!(again.iter().all(|o| matches!(o, Outcome::AlreadyThere)));
    let mut ids = BTreeSet::new();
    let mut events = 0;
    for shard in [ShardId(0), ShardId(1)] {
        let taken = cluster.shards.take(shard, usize::MAX).await.unwrap().unwrap();
        events += taken.events().len();
        let json = taken.events().iter().map(|event| &event.json);
        ids.extend(json.map(|json| {
            let event: serde_json::Value = serde_json::from_str(json).unwrap();
            event["id"].as_str().unwrap().to_owned()
        }));
    }
    assert_eq!((ids.len(), events), (all.len(), all.len()));
    let documents: BTreeSet<_> = all.iter().map(Given::of).collect();
    for of in &documents {
        let wanted: Vec<&Given> = all.iter().filter(|given| given.of() == *of).collect();
        let history = cluster.shards.history(of).await.unwrap();
        assert_eq!(history.len(), wanted.len());
        assert_eq!(history.iter().filter(|result| result.is_current).count(), 1);
        let last = wanted.last().unwrap();
        let open = cluster.shards.cases(of).await.unwrap();
        let open = open.iter().filter(|case| case.state == "open").count();
        assert_eq!(open, usize::from(last.decision == Decision::Review), "{of:?}");
    }
}
