//! What every store promises of events and audit logs.

use ivendor_core::audit::{AuditEntry, ChainEnd, Deed};
use ivendor_core::ids::TenantId;
use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Decision;
use ivendor_store::event::completed_id;
use ivendor_store::outbox::{Event, Lag};
use ivendor_store::store::Store;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::contract::promises;
use crate::given::{Given, results};
use crate::subject::Subject;

promises! {
    a_verdict_leaves_an_event_with_a_stable_identifier,
    events_leave_in_order_and_only_one_takes_them_at_a_time,
    what_is_not_done_is_taken_again,
    the_lag_counts_what_waits,
    an_audit_log_is_one_chain_a_tenant,
    a_stale_epoch_appends_nothing_to_an_audit_log,
}

fn json(event: &Event) -> Value {
    serde_json::from_str(&event.json).unwrap()
}

async fn a_verdict_leaves_an_event_with_a_stable_identifier<S: Subject>(subject: S) {
    let first = Given::review(&subject.tenant_on(0), "d");
    let second = first.again(Decision::Accept);
    subject.store().write(&results(&[second.clone(), first.clone()])).await;
    let taken = subject.store().take(ShardId(0), 10).await.unwrap().unwrap();
    let events: Vec<Value> = taken.events().iter().map(json).collect();
    // The second verdict was stored first and is the later one.
    for (event, (given, current)) in events.iter().zip([(&second, true), (&first, false)]) {
        assert_eq!(event["id"], completed_id(given.key().digest()).as_str());
        assert_eq!(event["type"], "ivendor.verification.completed");
        assert_eq!(event["subject"], format!("{}/d", given.tenant).as_str());
        assert_eq!(event["current"], current);
        let verdict: ivendor_core::verdict::Verdict =
            serde_json::from_value(event["data"].clone()).unwrap();
        assert_eq!(verdict, given.result().verdict);
    }
    assert_eq!(events.len(), 2);
}

async fn events_leave_in_order_and_only_one_takes_them_at_a_time<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(1);
    let given: Vec<Given> =
        (0..20).map(|i| Given::accept(&tenant, &format!("d{}", (i * 7) % 20))).collect();
    subject.store().write(&results(&given)).await;
    let taken = subject.store().take(ShardId(1), 15).await.unwrap().unwrap();
    let found: Vec<_> = taken.events().iter().map(|event| event.of.clone()).collect();
    assert_eq!(found, given[..15].iter().map(Given::of).collect::<Vec<_>>());
    assert!(taken.events().windows(2).all(|pair| pair[0].number < pair[1].number));
    assert!(subject.store().take(ShardId(1), 15).await.unwrap().is_none());
    // Another shard's are free, and there are none.
    let other = subject.store().take(ShardId(0), 15).await.unwrap().unwrap();
    assert!(other.events().is_empty());
    let numbers: Vec<i64> = taken.events().iter().map(|event| event.number).collect();
    taken.done(&numbers).await.unwrap();
    let rest = subject.store().take(ShardId(1), 15).await.unwrap().unwrap();
    let found: Vec<_> = rest.events().iter().map(|event| event.of.clone()).collect();
    assert_eq!(found, given[15..].iter().map(Given::of).collect::<Vec<_>>());
}

async fn what_is_not_done_is_taken_again<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(2);
    let given = ["a", "b", "c"].map(|document| Given::accept(&tenant, document));
    subject.store().write(&results(&given)).await;
    let taken = subject.store().take(ShardId(2), 10).await.unwrap().unwrap();
    let all = taken.events().to_vec();
    drop(taken);
    let again = take_when_free(&subject).await;
    assert_eq!(again.events(), all);
    again.done(&[all[1].number]).await.unwrap();
    let rest = subject.store().take(ShardId(2), 10).await.unwrap().unwrap();
    assert_eq!(rest.events(), [all[0].clone(), all[2].clone()]);
}

/// A connection that is dropped in a transaction ends it a moment later.
async fn take_when_free<S: Subject>(subject: &S) -> ivendor_store::outbox::Taken {
    loop {
        if let Some(taken) = subject.store().take(ShardId(2), 10).await.unwrap() {
            return taken;
        }
        tokio::task::yield_now().await;
    }
}

async fn the_lag_counts_what_waits<S: Subject>(subject: S) {
    assert_eq!(subject.store().lag(ShardId(0)).await.unwrap(), Lag::default());
    let tenant = subject.tenant_on(0);
    let given = ["a", "b"].map(|document| Given::accept(&tenant, document));
    subject.store().write(&results(&given)).await;
    let lag = subject.store().lag(ShardId(0)).await.unwrap();
    assert_eq!(lag.events, 2);
    assert!(lag.age_s > 0.0 && lag.age_s < 600.0, "{lag:?}");
}

fn entry(tenant: &TenantId, resource: &str) -> AuditEntry {
    let deed = Deed { actor: "ann", action: "review.decided", resource };
    let detail = Map::from_iter([("reason".to_owned(), "\u{1f600} \u{0} \"".into())]);
    AuditEntry::new(tenant.clone(), deed, detail, Timestamp::now()).unwrap()
}

async fn an_audit_log_is_one_chain_a_tenant<S: Subject>(subject: S) {
    let (one, two) = (subject.tenant_on(0), subject.tenant_on(1));
    let mut appended = Vec::new();
    for resource in ["a", "b", "c"] {
        appended.push(subject.store().append_audit(entry(&one, resource)).await.unwrap());
        subject.store().append_audit(entry(&two, resource)).await.unwrap();
    }
    let found = subject.store().audit(&one, 0, 10).await.unwrap();
    assert_eq!(found, appended);
    assert_eq!(found.iter().map(|record| record.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(subject.store().audit(&one, 1, 1).await.unwrap(), appended[1..2]);
    let end = subject.store().verify_audit(&one).await.unwrap().unwrap();
    assert_eq!(end, ChainEnd { number: 3, hash: appended[2].hash });
    let nobody = "nobody".parse().unwrap();
    let empty = subject.store().verify_audit(&nobody).await.unwrap().unwrap();
    assert_eq!(empty, ChainEnd::start());
}

async fn a_stale_epoch_appends_nothing_to_an_audit_log<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(0);
    subject.raise_epoch(&tenant).await;
    let refused = subject.store().append_audit(entry(&tenant, "a")).await.unwrap_err();
    assert_eq!(refused.kind(), ivendor_store::error::Kind::Fenced);
    assert!(subject.store().audit(&tenant, 0, 10).await.unwrap().is_empty());
}
