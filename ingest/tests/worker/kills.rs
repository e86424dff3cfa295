//! Everything is killed at some moment, and nothing is lost or done twice.

use std::collections::BTreeSet;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::running::{Running, until};
use crate::site::{Site, document};

const DOCUMENTS: usize = 2000;
const KILLS: usize = 20;

fn documents() -> BTreeSet<(String, String)> {
    (0..DOCUMENTS).map(document).collect()
}

/// Kills a service of the stack.
pub(crate) fn murder(site: &Site, name: &str) {
    let status = site.stack.status().unwrap();
    let service = status.iter().find(|service| service.name == name).unwrap();
    kill(Pid::from_raw(service.process.unwrap().cast_signed()), Signal::SIGKILL).unwrap();
}

/// Kills a service of the stack and starts it again.
fn strike(site: &Site, name: &str) {
    murder(site, name);
    site.stack.restart().unwrap();
}

#[test]
fn a_worker_killed_at_any_moment_loses_nothing_and_does_nothing_twice() {
    let site = Site::new(2);
    site.send_documents(0..DOCUMENTS);
    let mut random = fastrand::Rng::with_seed(7);
    let mut worker = Running::start(site.worker("one"));
    for _ in 0..KILLS {
        // Some while after the next verdicts came, so that any stage may be at work.
        let before = site.stored();
        let more = random.usize(1..DOCUMENTS / KILLS);
        until("more verdicts", || {
            let stored = site.stored();
            (stored >= (before + more).min(DOCUMENTS)).then_some(())
        });
        std::thread::park_timeout(std::time::Duration::from_millis(random.u64(0..50)));
        worker.murder();
        worker = Running::start(site.worker("one"));
    }
    site.wait_committed();
    worker.end();
    site.check(&documents());
}

#[test]
fn a_broker_and_a_shard_that_are_killed_lose_nothing() {
    let site = Site::new(2);
    site.send_documents(0..DOCUMENTS);
    let worker = Running::start(site.worker("one"));
    for (at, service) in [(200, "broker"), (600, "shard-1"), (1000, "broker"), (1400, "shard-0")] {
        until("more verdicts", || (site.stored() >= at).then_some(()));
        strike(&site, service);
    }
    site.wait_committed();
    worker.end();
    site.check(&documents());
}
