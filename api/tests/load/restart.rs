//! The program itself is killed, again and again.

use crate::crowd::crowd;
use crate::site::{Site, tenants};

const CASES: usize = 800;
const PEOPLE: usize = 20;
/// After so many decided cases the program is killed.
const KILLS: [usize; 3] = [100, 300, 500];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_program_loses_no_decision_and_makes_none_twice() {
    let owners = tenants(9);
    let share = ["--lease-s", "2", "--second-opinion-share", "0.1"];
    let mut site = Site::new(CASES, &owners, &share).await;
    let (shared, people) = crowd(&site, (PEOPLE, CASES), 0).await;
    let mut decided = shared.decided.subscribe();
    for after in KILLS {
        decided.wait_for(|decided| *decided >= after).await.unwrap();
        site.kill();
        site.start();
    }
    people.join_all().await;
    site.assert_all_decided(CASES, 0.1, &owners).await;
}
