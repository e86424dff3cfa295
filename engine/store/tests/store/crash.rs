//! Databases that are killed while results are written: nothing is lost, and nothing is there
//! twice.

use std::collections::BTreeSet;

use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Decision;
use ivendor_store::store::Store;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::stack::Stack;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::watch;

use crate::given::{Given, results};

/// Batches of the stream, and results in each.
const BATCHES: usize = 40;
const RESULTS: usize = 50;

/// After these batches something is killed.
const KILLS: [usize; 6] = [3, 8, 14, 19, 25, 32];

fn given(number: usize) -> Given {
    let tenant = format!("tenant-{}", number % 11).parse().unwrap();
    // Every fifth document is verified again by other models.
    let (document, models) = match number % 5 {
        4 => (number - 1, "second"),
        _ => (number, "first"),
    };
    let tenant = if models == "second" {
        format!("tenant-{}", (number - 1) % 11).parse().unwrap()
    } else {
        tenant
    };
    let decision = if number % 3 == 0 { Decision::Accept } else { Decision::Review };
    Given {
        models,
        decision,
        at_s: i64::try_from(number).unwrap(),
        ..Given::accept(&tenant, &format!("d{document}"))
    }
}

fn murder(process: u32) {
    kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL).unwrap();
}

/// Kills the whole cluster of shard 0 and starts it again, or one of its backends, which makes the
/// cluster end all others and recover.
async fn strike(stack: &Stack, databases: &Databases, whole: bool) {
    if whole {
        let status = stack.status().unwrap();
        let shard = status.iter().find(|service| service.name == "shard-0").unwrap();
        murder(shard.process.unwrap());
        stack.restart().unwrap();
        return;
    }
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let password = std::fs::read_to_string(stack.folder().join("password")).unwrap();
    let options: sqlx::postgres::PgConnectOptions =
        format!("postgres://ivendor@{}", databases.shards[0].1).parse().unwrap();
    let pool = pool.connect_with(options.password(password.trim())).await;
    // It may be down from the strike before; then there is nobody to kill.
    let Ok(pool) = pool else { return };
    let backend: Result<Option<i32>, _> = sqlx::query_scalar(
        "select pid from pg_stat_activity where datname = current_database()
             and pid <> pg_backend_pid() limit 1",
    )
    .fetch_optional(&pool)
    .await;
    if let Ok(Some(backend)) = backend {
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
    let stack = Stack::start(2).unwrap();
    let (databases, cluster) = Databases::ready(&stack).await.unwrap();
    let (done, mut watched) = watch::channel(0);
    let striker = async {
        for (i, after) in KILLS.into_iter().enumerate() {
            watched.wait_for(|done| *done >= after).await.unwrap();
            strike(&stack, &databases, i % 2 == 0).await;
        }
    };
    futures_util::future::join(stream(&cluster.shards, &done), striker).await;
    // What was written once more after an answer that was lost is there already.
    let all: Vec<Given> = (0..BATCHES * RESULTS).map(given).collect();
    let again = cluster.shards.write(&results(&all)).await;
    assert!(again.iter().all(|o| matches!(o, ivendor_store::result::Outcome::AlreadyThere)));
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
