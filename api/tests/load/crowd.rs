//! Fifty people at five thousand cases.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::site::{Site, tenants};
use crate::work::{Person, Shared};

const CASES: usize = 5000;
const PEOPLE: usize = 50;

/// People at work on the cases of a site.
pub(crate) async fn crowd(
    site: &Site,
    (people, cases): (usize, usize),
    dies_every: usize,
) -> (Arc<Shared>, JoinSet<()>) {
    let shared = Arc::new(Shared {
        base: site.url(""),
        decided: watch::Sender::new(0),
        cases,
        left: AtomicUsize::new(0),
        dies_every,
    });
    let mut all = JoinSet::new();
    for number in 0..people {
        let token = site.token(&format!("person-{number}")).await;
        let (shared, client) = (Arc::clone(&shared), site.client.clone());
        all.spawn(Person { shared, client, token, number }.work());
    }
    (shared, all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_people_of_whom_some_die_decide_every_case_once_or_twice_where_asked() {
    let owners = tenants(40);
    let share = ["--lease-s", "3", "--second-opinion-share", "0.1"];
    let site = Site::new(CASES, &owners, &share).await;
    let (shared, people) = crowd(&site, (PEOPLE, CASES), 60).await;
    people.join_all().await;
    assert!(shared.left.load(Ordering::Relaxed) > CASES / 100, "some left with a case");
    site.assert_all_decided(CASES, 0.1, &owners).await;
}
