//! Many people at the same cases, some of whom never come back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ivendor_core::ids::TenantId;
use ivendor_core::review::answer::Answer;
use ivendor_core::review::is_drawn_for_two;
use ivendor_store::cluster::Cluster;
use ivendor_store::review::{Change, Filter, NextCase, Request, ReviewError, Sort, State};
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use jiff::SignedDuration;

use crate::given::{Given, results};
use crate::review::{next, request};
use crate::shared;

const CASES: usize = 1500;
const PEOPLE: usize = 50;
const SHARE: f64 = 0.1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_whom_some_die_decides_every_case_once_or_twice_where_asked() {
    let (_databases, cluster) = Databases::ready(shared()).await.unwrap();
    let tenants: Vec<TenantId> = (0..11).map(|n| format!("t{n}").parse().unwrap()).collect();
    let given: Vec<Given> =
        (0..CASES).map(|n| Given::review(&tenants[n % tenants.len()], &format!("d{n}"))).collect();
    cluster.shards.write(&results(&given)).await;
    let cluster = Arc::new(cluster);
    let open = Arc::new(AtomicUsize::new(CASES));
    let people = (0..PEOPLE).map(|number| {
        let (cluster, open) = (Arc::clone(&cluster), Arc::clone(&open));
        tokio::spawn(async move {
            let name = format!("person-{number}");
            let mut taken = 0;
            while open.load(Ordering::Acquire) > 0 {
                taken += 1;
                // Every seventh time this person walks away with the case.
                let dies = (taken + number) % 7 == 0;
                let short = SignedDuration::from_millis(50);
                let lease = if dies { short } else { SignedDuration::from_mins(5) };
                let wanted = NextCase { lease, ..next(&name) };
                let Some(claimed) = cluster.shards.claim_next(wanted).await.unwrap() else {
                    tokio::task::yield_now().await;
                    continue;
                };
                if dies {
                    continue;
                }
                let record = claimed.record;
                let note = String::new();
                let answer = Answer::Approve {};
                let decide = Change::Decide { fence: record.fence, answer, note };
                let request = Request { second_opinion_share: SHARE, ..request(&name) };
                let of = (&record.tenant_id, record.case_id.as_str());
                match cluster.shards.change(of, &decide, request).await {
                    Ok(changed) if changed.record.state == State::Decided => {
                        open.fetch_sub(1, Ordering::AcqRel);
                    }
                    Ok(_) => {}
                    Err(ReviewError::Refused(refusal)) => panic!("{name}: {refusal}"),
                    Err(error) => panic!("{name}: {error}"),
                }
            }
        })
    });
    for person in people.collect::<Vec<_>>() {
        person.await.unwrap();
    }
    let opinions = opinions(&cluster).await;
    assert_eq!(opinions.len(), CASES);
    for (case, count) in &opinions {
        let wanted = if is_drawn_for_two(case, SHARE) { 2 } else { 1 };
        assert_eq!(*count, wanted, "opinions of {case}");
    }
    let waiting =
        Filter { states: vec![State::Open, State::Claimed, State::Escalated], ..Filter::default() };
    let page = cluster.shards.list(&waiting, (Sort::Due, None), 10).await.unwrap();
    assert_eq!(page.records, [], "no case is stuck");
    for tenant in &tenants {
        assert!(cluster.shards.verify_audit(tenant).await.unwrap().is_ok());
    }
}

/// How many opinions each case has.
async fn opinions(cluster: &Cluster) -> BTreeMap<String, i64> {
    let mut opinions: BTreeMap<String, i64> = BTreeMap::new();
    for shard in cluster.shards.ids() {
        let pool = cluster.shards.pool(shard).unwrap();
        let counted: Vec<(String, i64, i64)> = sqlx::query_as(
            "select case_id, count(*), count(distinct reviewer_id) from review_decision group by 1",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        for (case, count, people) in counted {
            assert_eq!(count, people, "nobody answered twice");
            opinions.insert(case, count);
        }
    }
    opinions
}
