//! Cases that are taken, answered, taken back and found, on real shards.

use std::collections::{BTreeMap, BTreeSet};

use ivendor_core::ids::TenantId;
use ivendor_core::reason::Reason;
use ivendor_core::review::answer::Answer;
use ivendor_core::review::case::{Refusal, Reviewer};
use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Decision;
use ivendor_store::cluster::Cluster;
use ivendor_store::result::case_id;
use ivendor_store::review::{
    Change, Filter, NewComment, NextCase, Order, Record, Request, ReviewError, Sort, State,
};
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use jiff::SignedDuration;
use serde_json::Value;

use crate::given::{Given, results, words};
use crate::shared;

pub(crate) const LONG: SignedDuration = SignedDuration::from_mins(5);

fn beside(body: &str) -> NewComment<'_> {
    NewComment { author: "ann", body, key: None }
}

pub(crate) fn reviewer(name: &str) -> Reviewer<'_> {
    Reviewer { name, is_senior: name == "dora" }
}

pub(crate) fn request(name: &str) -> Request<'_> {
    Request {
        reviewer: reviewer(name),
        version: None,
        key: None,
        lease: LONG,
        grace: SignedDuration::from_secs(30),
        second_opinion_share: 0.0,
        traceparent: None,
    }
}

pub(crate) fn next(name: &str) -> NextCase<'_> {
    let (reviewer, order) = (reviewer(name), Order::Due);
    NextCase { reviewer, tenants: None, order, lease: LONG, traceparent: None }
}

pub(crate) fn approve(fence: u64) -> Change {
    Change::Decide { fence, answer: Answer::Approve {}, note: "as claimed".to_owned() }
}

fn reject(fence: u64) -> Change {
    let reasons = vec![Reason::claim_mismatch("total")];
    Change::Decide { fence, answer: Answer::Reject { reasons }, note: String::new() }
}

pub(crate) fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

/// A store with open cases, one for each pair of tenant and document.
pub(crate) async fn with_cases(documents: &[(&str, &str)]) -> (Databases, Cluster, Vec<String>) {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let given: Vec<Given> =
        documents.iter().map(|(owner, name)| Given::review(&tenant(owner), name)).collect();
    let written = cluster.shards.write(&results(&given)).await;
    assert!(words(&written).iter().all(|word| *word == "stored"));
    let sha256 = given[0].result().verdict.sha256;
    let ids = given.iter().map(|given| case_id(&given.of(), sha256)).collect();
    (databases, cluster, ids)
}

pub(crate) async fn change(
    cluster: &Cluster,
    (owner, case): (&str, &str),
    (change, request): (Change, Request<'_>),
) -> Result<Record, ReviewError> {
    let changed = cluster.shards.change((&tenant(owner), case), &change, request).await;
    changed.map(|changed| changed.record)
}

async fn events(cluster: &Cluster, owner: &str) -> Vec<Value> {
    let shard = cluster.shards.route(&tenant(owner)).shard;
    let taken = cluster.shards.take(shard, 1000).await.unwrap().unwrap();
    taken.events().iter().map(|event| serde_json::from_str(&event.json).unwrap()).collect()
}

#[tokio::test]
async fn a_decision_leaves_its_answer_its_audit_entry_and_its_event_together() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let of = ("acme", ids[0].as_str());
    let claimed = cluster.shards.claim_next(next("ann")).await.unwrap().unwrap();
    assert_eq!((claimed.record.case_id.as_str(), claimed.away), (of.1, vec![]));
    assert_eq!(claimed.record.document_type.as_deref(), Some("receipt"));
    assert_eq!(claimed.record.vendor_id.as_deref(), Some("v-17"));
    let fence = claimed.record.fence;
    let decided = change(&cluster, of, (reject(fence), request("ann"))).await.unwrap();
    assert_eq!((decided.state, decided.holder), (State::Decided, None));
    let (record, said, _) = cluster.shards.case(&tenant("acme"), of.1).await.unwrap();
    assert_eq!(record.outcome, Some(said[0].answer.clone()));
    assert_eq!((said[0].reviewer.as_str(), said.len()), ("ann", 1));
    assert_eq!(record.decided_at, Some(said[0].at));
    let events = events(&cluster, "acme").await;
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let wanted =
        ["ivendor.verification.completed", "ivendor.review.claimed", "ivendor.review.decided"];
    assert_eq!(kinds, wanted);
    assert_eq!(events[2]["data"]["outcome"]["reasons"][0], "claim.total.mismatch");
    let audit = cluster.shards.audit(&tenant("acme"), 0, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].entry.action, "review.answered");
    assert_eq!(audit[0].entry.resource, format!("case/{}", of.1));
    assert!(cluster.shards.verify_audit(&tenant("acme")).await.unwrap().is_ok());
    let undone = change(&cluster, of, (Change::Undo, request("ann"))).await.unwrap();
    assert_eq!((undone.state, undone.outcome), (State::Claimed, None));
    assert_eq!(undone.fence, fence + 1);
    let (_, said, _) = cluster.shards.case(&tenant("acme"), of.1).await.unwrap();
    assert_eq!(said, [], "what was taken back does not stand");
}

#[tokio::test]
async fn a_request_that_is_repeated_gets_its_first_answer_and_does_nothing_twice() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a"), ("acme", "b")]).await;
    let of = ("acme", ids[0].as_str());
    let keyed = |key| Request { key: Some(key), ..request("ann") };
    let claimed = change(&cluster, of, (Change::Claim, keyed("k1"))).await.unwrap();
    let again = change(&cluster, of, (Change::Claim, keyed("k1"))).await.unwrap();
    assert_eq!(claimed, again);
    let decided = change(&cluster, of, (approve(1), keyed("k2"))).await.unwrap();
    let shards = &cluster.shards;
    let acme = tenant("acme");
    let repeats = (0..8).map(|_| async {
        let change = approve(1);
        shards.change((&acme, of.1), &change, keyed("k2")).await.unwrap()
    });
    for repeat in futures_util::future::join_all(repeats).await {
        assert!(repeat.is_repeated);
        assert_eq!(repeat.record, decided);
    }
    let reused = change(&cluster, of, (reject(1), keyed("k2"))).await;
    assert!(matches!(reused, Err(ReviewError::KeyReused)));
    let other = ("acme", ids[1].as_str());
    let reused = change(&cluster, other, (approve(1), keyed("k2"))).await;
    assert!(matches!(reused, Err(ReviewError::KeyReused)), "another case is another request");
    let bob = Request { key: Some("k2"), ..request("bob") };
    let others = change(&cluster, other, (Change::Claim, bob)).await.unwrap();
    assert_eq!(others.holder.as_deref(), Some("bob"), "keys are each person's own");
    assert_eq!(cluster.shards.audit(&acme, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_those_who_send_the_same_decision_at_once_one_decides() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let of = ("acme", ids[0].as_str());
    change(&cluster, of, (Change::Claim, request("ann"))).await.unwrap();
    let keyed = Request { key: Some("k"), ..request("ann") };
    let at_once = (0..8).map(|_| change(&cluster, of, (approve(1), keyed)));
    let answers = futures_util::future::join_all(at_once).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    let acme = tenant("acme");
    assert_eq!(cluster.shards.audit(&acme, 0, 10).await.unwrap().len(), 1);
    assert_eq!(events(&cluster, "acme").await.len(), 3);
}

#[tokio::test]
async fn whoever_may_not_change_a_case_is_told_why() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let of = ("acme", ids[0].as_str());
    let change = |name, what, version| {
        let request = Request { version, ..request(name) };
        change(&cluster, of, (what, request))
    };
    let claimed = change("ann", Change::Claim, Some(1)).await.unwrap();
    assert_eq!(claimed.version, 2);
    let taken = change("bob", Change::Claim, None).await;
    assert!(matches!(taken, Err(ReviewError::Refused(Refusal::Taken))));
    let stale = change("ann", approve(1), Some(1)).await;
    assert!(matches!(stale, Err(ReviewError::Version { expected: 1, found: 2 })));
    let lost = change("ann", approve(7), None).await;
    assert!(matches!(lost, Err(ReviewError::Refused(Refusal::LeaseLost))));
    let renewed = change("ann", Change::Renew { fence: 1 }, None).await.unwrap();
    assert!(renewed.lease_until > claimed.lease_until);
    let long = "a".repeat(5000);
    let note = Change::Decide { fence: 1, answer: Answer::Approve {}, note: long };
    assert!(matches!(change("ann", note, None).await, Err(ReviewError::Note)));
    let empty = Change::Decide {
        fence: 1,
        answer: Answer::Reject { reasons: vec![] },
        note: String::new(),
    };
    assert!(matches!(change("ann", empty, None).await, Err(ReviewError::Answer(_))));
    let released = change("ann", Change::Release { fence: 1 }, None).await.unwrap();
    assert_eq!((released.state, released.holder), (State::Open, None));
    let acme = tenant("acme");
    let audit = cluster.shards.audit(&acme, 0, 10).await.unwrap();
    assert_eq!(audit, [], "what was refused leaves nothing");
}

#[tokio::test]
async fn a_case_of_another_tenant_is_not_there() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a"), ("globex", "a")]).await;
    let of = ("globex", ids[0].as_str());
    for what in [Change::Claim, approve(0), Change::Undo, Change::Release { fence: 0 }] {
        let refused = change(&cluster, of, (what, request("ann"))).await;
        assert!(matches!(refused, Err(ReviewError::NotFound)));
    }
    let globex = tenant("globex");
    assert!(matches!(cluster.shards.case(&globex, of.1).await, Err(ReviewError::NotFound)));
    let comment = cluster.shards.comment((&globex, of.1), beside("hm")).await;
    assert!(matches!(comment, Err(ReviewError::NotFound)));
    let only = [globex];
    let wanted = NextCase { tenants: Some(&only), ..next("ann") };
    let claimed = cluster.shards.claim_next(wanted).await.unwrap().unwrap();
    assert_eq!(claimed.record.case_id, ids[1]);
    assert_eq!(cluster.shards.claim_next(wanted).await.unwrap(), None);
}

#[tokio::test]
async fn a_lease_that_ended_returns_the_case_by_itself() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let of = ("acme", ids[0].as_str());
    let dying = NextCase { lease: SignedDuration::ZERO, ..next("ann") };
    let dead = cluster.shards.claim_next(dying).await.unwrap().unwrap().record;
    let (seen, _, _) = cluster.shards.case(&tenant("acme"), of.1).await.unwrap();
    assert_eq!((seen.state, seen.holder), (State::Open, None));
    let taken = cluster.shards.claim_next(next("bob")).await.unwrap().unwrap().record;
    assert_eq!(taken.fence, dead.fence + 1);
    let late = change(&cluster, of, (approve(dead.fence), request("ann"))).await;
    assert!(matches!(late, Err(ReviewError::Refused(Refusal::LeaseLost))));
    change(&cluster, of, (approve(taken.fence), request("bob"))).await.unwrap();
}

#[tokio::test]
async fn two_people_who_disagree_leave_it_to_somebody_senior() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let of = ("acme", ids[0].as_str());
    let two = |name| Request { second_opinion_share: 1.0, ..request(name) };
    change(&cluster, of, (Change::Claim, two("ann"))).await.unwrap();
    let first = change(&cluster, of, (approve(1), two("ann"))).await.unwrap();
    assert_eq!((first.state, first.opinions_needed), (State::Open, 2));
    assert_eq!(cluster.shards.claim_next(next("ann")).await.unwrap(), None, "not the same person");
    let second = cluster.shards.claim_next(next("bob")).await.unwrap().unwrap().record;
    let apart = change(&cluster, of, (reject(second.fence), two("bob"))).await.unwrap();
    assert_eq!(apart.state, State::Escalated);
    assert_eq!(cluster.shards.claim_next(next("cid")).await.unwrap(), None, "nobody senior");
    let third = cluster.shards.claim_next(next("dora")).await.unwrap().unwrap().record;
    let end = change(&cluster, of, (reject(third.fence), two("dora"))).await.unwrap();
    assert_eq!(end.state, State::Decided);
    let (_, said, _) = cluster.shards.case(&tenant("acme"), of.1).await.unwrap();
    let people: Vec<&str> = said.iter().map(|said| said.reviewer.as_str()).collect();
    assert_eq!(people, ["ann", "bob", "dora"]);
}

#[tokio::test]
async fn a_case_in_a_persons_hand_is_left_alone_by_later_verdicts() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a"), ("acme", "b")]).await;
    let of = ("acme", ids[0].as_str());
    change(&cluster, of, (Change::Claim, request("ann"))).await.unwrap();
    let acme = tenant("acme");
    let later: Vec<Given> =
        ["a", "b"].iter().map(|name| Given::review(&acme, name).again(Decision::Accept)).collect();
    cluster.shards.write(&results(&later)).await;
    let state = |case: String| {
        let (cluster, acme) = (&cluster, acme.clone());
        async move { cluster.shards.case(&acme, &case).await.unwrap().0.state }
    };
    assert_eq!(state(ids[0].clone()).await, State::Claimed);
    assert_eq!(state(ids[1].clone()).await, State::Superseded);
    let none = cluster.shards.claim_next(next("bob")).await.unwrap();
    assert_eq!(none, None, "what is superseded waits for nobody");
}

#[tokio::test]
async fn comments_stand_beside_the_case_in_their_order() {
    let (_databases, cluster, ids) = with_cases(&[("acme", "a")]).await;
    let acme = tenant("acme");
    let case = (&acme, ids[0].as_str());
    let script = "<script>alert('x')</script>'; drop table review_case; --";
    for body in ["first", script] {
        cluster.shards.comment(case, beside(body)).await.unwrap();
    }
    let long = "a".repeat(5000);
    for body in ["", "a\0b", long.as_str()] {
        let refused = cluster.shards.comment(case, beside(body)).await;
        assert!(matches!(refused, Err(ReviewError::Note)));
    }
    let (_, _, comments) = cluster.shards.case(&acme, case.1).await.unwrap();
    let bodies: Vec<&str> = comments.iter().map(|comment| comment.body.as_str()).collect();
    assert_eq!(bodies, ["first", script]);
}

#[tokio::test]
async fn a_list_gives_every_case_once_in_its_order_over_all_shards() {
    let names: Vec<(String, String)> =
        (0..60).map(|n| (format!("tenant-{}", n % 9), format!("d{n}"))).collect();
    let documents: Vec<(&str, &str)> =
        names.iter().map(|(owner, name)| (owner.as_str(), name.as_str())).collect();
    let (_databases, cluster, ids) = with_cases(&documents).await;
    let of_shards: BTreeSet<ShardId> =
        documents.iter().map(|(owner, _)| cluster.shards.route(&tenant(owner)).shard).collect();
    assert_eq!(of_shards.len(), 3, "the tenants are on all shards");
    for sort in [Sort::Due, Sort::Doubt, Sort::Newest] {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let from = (sort, after.as_ref());
            let page = cluster.shards.list(&Filter::default(), from, 7).await.unwrap();
            assert!(page.records.len() <= 7);
            found.extend(page.records.into_iter().map(|record| record.case_id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let distinct: BTreeSet<&String> = found.iter().collect();
        assert_eq!((found.len(), distinct.len()), (60, 60), "{sort:?}");
        assert_eq!(distinct, ids.iter().collect(), "{sort:?}");
    }
}

#[tokio::test]
async fn filters_find_what_they_name_and_take_no_orders() {
    let (_databases, cluster, ids) =
        with_cases(&[("acme", "a"), ("acme", "b"), ("globex", "c")]).await;
    change(&cluster, ("acme", &ids[0]), (Change::Claim, request("ann"))).await.unwrap();
    let sql = "x' or 1=1; drop table review_case; --".to_owned();
    let now = jiff::Timestamp::now();
    let day = SignedDuration::from_hours(24);
    let default = Filter::default;
    let a = ids[0].as_str();
    let all: [&str; 3] = [a, &ids[1], &ids[2]];
    let cases: [(&str, Filter, &[&str]); 16] = [
        ("all", default(), &all),
        ("a tenant", Filter { tenants: Some(vec![tenant("globex")]), ..default() }, &all[2..]),
        ("no tenant", Filter { tenants: Some(vec![]), ..default() }, &[]),
        ("claimed", Filter { states: vec![State::Claimed], ..default() }, &all[..1]),
        ("open", Filter { states: vec![State::Open], ..default() }, &all[1..]),
        ("decided", Filter { states: vec![State::Decided], ..default() }, &[]),
        ("two states", Filter { states: vec![State::Open, State::Claimed], ..default() }, &all),
        ("a type", Filter { document_type: Some("receipt".into()), ..default() }, &all),
        ("another type", Filter { document_type: Some("passport".into()), ..default() }, &[]),
        ("sql as type", Filter { document_type: Some(sql.clone()), ..default() }, &[]),
        ("a reason", Filter { reason: Some("claim.total.mismatch".into()), ..default() }, &all),
        ("sql as reason", Filter { reason: Some(sql.clone()), ..default() }, &[]),
        ("an assignee", Filter { assignee: Some("ann".into()), ..default() }, &all[..1]),
        ("sql as assignee", Filter { assignee: Some(sql), ..default() }, &[]),
        ("too sure", Filter { confidence_min: Some(0.5), ..default() }, &[]),
        (
            "within a day",
            Filter { opened_from: Some(now - day), opened_before: Some(now + day), ..default() },
            &all,
        ),
    ];
    for (name, filter, expected) in cases {
        let page = cluster.shards.list(&filter, (Sort::Due, None), 50).await.unwrap();
        let found: BTreeMap<&str, &Record> =
            page.records.iter().map(|record| (record.case_id.as_str(), record)).collect();
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), expected, "{name}");
    }
}
