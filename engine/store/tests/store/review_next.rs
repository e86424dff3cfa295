//! Who gets which case next, and what a later verdict does to those whom it passes by.

use ivendor_core::ids::TenantId;
use ivendor_core::review::case::Refusal;
use ivendor_core::verdict::Decision;
use ivendor_store::review::{Change, NextCase, Order, ReviewError, State};
use ivendor_store::store::Store as _;
use jiff::SignedDuration;

use crate::given::{Given, results};
use crate::review::{approve, change, next, request, tenant, with_cases};

#[tokio::test]
async fn whoever_lost_a_case_to_a_later_verdict_decides_nothing() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let of = ("acme", ids[0].as_str());
    let dying = NextCase { lease: SignedDuration::ZERO, ..next("ann") };
    let dead = cluster.shards.claim_next(dying).await.unwrap().unwrap().record;
    let later = Given::review(&tenant("acme"), "a").again(Decision::Review);
    cluster.shards.write(&results(std::slice::from_ref(&later))).await;
    let (seen, _, _) = cluster.shards.case(&tenant("acme"), of.1).await.unwrap();
    assert_eq!((seen.state, seen.result_key), (State::Open, later.key().digest()));
    let late = change(&cluster, of, (approve(dead.fence), request("ann"))).await;
    assert!(matches!(late, Err(ReviewError::Refused(Refusal::LeaseLost))));
}

#[tokio::test]
async fn cases_are_taken_in_their_order_whoever_may_take_them() {
    let documents = [("acme", "a"), ("acme", "b"), ("globex", "c"), ("globex", "d")];
    let (_databases, cluster, ids) = with_cases(&documents).await;
    // Due in the order d, c, b, a; doubtful in the order b, d, a, c. The case b is escalated, and
    // whoever had d has died.
    let set = [(0, 4, 0.8), (1, 3, 0.5), (2, 2, 0.9), (3, 1, 0.6)];
    for (case, hours, confidence) in set {
        let state = ["open", "escalated", "open", "claimed"][case];
        let owner = tenant(documents[case].0);
        let pool = cluster.shards.pool(cluster.shards.route(&owner).shard).unwrap();
        sqlx::query(
            "update review_case set due_at = now() + $2 * interval '1 hour', confidence = $3,
                state = $4, is_escalated = $4 = 'escalated', holder = 'eve', lease_until = now()
            where case_id = $1",
        )
        .bind(&ids[case])
        .bind(hours)
        .bind(confidence)
        .bind(state)
        .execute(&pool)
        .await
        .unwrap();
    }
    let all = [tenant("acme"), tenant("globex"), tenant("initech")];
    type Case<'a> = (&'a str, Order, Option<&'a [TenantId]>, &'a [usize]);
    let cases: [Case<'_>; 6] = [
        ("ann", Order::Due, None, &[3, 2, 0]),
        ("ann", Order::Doubt, None, &[3, 0, 2]),
        ("dora", Order::Due, None, &[3, 2, 1, 0]),
        ("dora", Order::Doubt, Some(&all), &[1, 3, 0, 2]),
        ("ann", Order::Due, Some(&all[..1]), &[0]),
        ("dora", Order::Due, Some(&all[1..]), &[3, 2]),
    ];
    for (name, order, tenants, expected) in cases {
        let wanted = NextCase { order, tenants, ..next(name) };
        let mut taken = Vec::new();
        while let Some(claimed) = cluster.shards.claim_next(wanted).await.unwrap() {
            taken.push(claimed.record);
        }
        let found: Vec<&String> = taken.iter().map(|record| &record.case_id).collect();
        let expected: Vec<&String> = expected.iter().map(|case| &ids[*case]).collect();
        assert_eq!(found, expected, "{name}, {order:?}, {tenants:?}");
        for record in &taken {
            let of = (record.tenant_id.as_str(), record.case_id.as_str());
            let release = Change::Release { fence: record.fence };
            change(&cluster, of, (release, request(name))).await.unwrap();
        }
    }
}
