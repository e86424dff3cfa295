//! Several workers share the queue, and a shard that is away holds only its own documents up.

use std::collections::BTreeSet;

use ivendor_core::sharding::ShardId;
use ivendor_store::store::Store as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::running::{Running, until};
use crate::site::{Site, document};

const DOCUMENTS: usize = 2000;

#[test]
fn workers_that_come_and_go_lose_nothing_and_do_nothing_twice() {
    let site = Site::new(2);
    site.send_documents(0..DOCUMENTS);
    let one = Running::start(site.worker("one"));
    until("the first verdicts", || (site.stored() >= 100).then_some(()));
    let two = Running::start(site.worker("two"));
    until("more verdicts", || (site.stored() >= 500).then_some(()));
    let three = Running::start(site.worker("three"));
    until("more verdicts", || (site.stored() >= 900).then_some(()));
    one.end();
    until("more verdicts", || (site.stored() >= 1200).then_some(()));
    two.murder();
    let one = Running::start(site.worker("one"));
    site.wait_committed();
    one.end();
    three.end();
    site.check(&(0..DOCUMENTS).map(document).collect());
}

#[test]
fn a_shard_that_is_away_holds_up_only_its_own_documents_and_catches_up() {
    let site = Site::new(2);
    let home = |number: usize| {
        let tenant = document(number).0.parse().unwrap();
        site.cluster().shards.route(&tenant).shard
    };
    let of_shard = |shard: u16| (0..DOCUMENTS).filter(|n| home(*n) == ShardId(shard)).count();
    let (away, there) = (of_shard(0), of_shard(1));
    assert!(away > 0 && there > 0, "the tenants are on both shards");
    let status = site.stack.status().unwrap();
    let shard = status.iter().find(|service| service.name == "shard-0").unwrap();
    let process = Pid::from_raw(shard.process.unwrap().cast_signed());
    let mut command = site.worker("one");
    // Stopped, not dead: connections stay open and nothing answers, the worst way to be away.
    kill(process, Signal::SIGSTOP).unwrap();
    command.env("IVENDOR_STORE_STATEMENT_S_MAX", "2");
    let worker = Running::start(command);
    site.send_documents(0..DOCUMENTS);
    let pool = site.cluster().shards.pool(ShardId(1)).unwrap();
    until("the documents of the other shard", || {
        let asked = sqlx::query_scalar("select count(*) from verification").fetch_one(&pool);
        let count: i64 = site.runtime.block_on(asked).unwrap();
        (usize::try_from(count).unwrap() == there).then_some(())
    });
    assert!(worker.memory() < 512 << 20, "memory is bounded: {}", worker.memory());
    kill(process, Signal::SIGCONT).unwrap();
    site.wait_committed();
    worker.end();
    site.check(&(0..DOCUMENTS).map(document).collect::<BTreeSet<_>>());
}

#[test]
fn a_worker_that_is_asked_to_end_finishes_what_it_has_begun_and_gives_the_rest_back() {
    let site = Site::new(1);
    let mut command = site.worker("one");
    command.env("FAKE_TAKES_US", "20000").env("IVENDOR_WORKER_GRACE_S_MAX", "1");
    let worker = Running::start(command);
    site.send_documents(0..1000);
    until("the first verdicts", || (site.stored() >= 20).then_some(()));
    worker.end();
    let stored = site.stored();
    assert!(stored < 1000, "there was not enough time for all");
    let committed: i64 = site.offsets().iter().map(|(committed, _)| committed).sum();
    assert!(committed <= i64::try_from(stored).unwrap(), "nothing is committed unstored");
    let worker = Running::start(site.worker("two"));
    site.wait_committed();
    worker.end();
    site.check(&(0..1000).map(document).collect());
}

#[test]
fn a_worker_whose_engine_hangs_ends_in_its_time_all_the_same_and_nothing_is_lost() {
    let site = Site::new(1);
    let mut command = site.worker("one");
    command.env("FAKE_TAKES_US", "3600000000").env("IVENDOR_WORKER_GRACE_S_MAX", "0");
    let worker = Running::start(command);
    site.send_documents(0..100);
    until("the engine to have a batch", || site.has_begun().then_some(()));
    assert_eq!(worker.exit(), Some(130), "it says that it was not done");
    let worker = Running::start(site.worker("two"));
    site.wait_committed();
    worker.end();
    site.check(&(0..100).map(document).collect());
}
