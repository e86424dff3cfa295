//! What only a real database can show: limits on its connections, races, and values that it
//! refuses.

use std::collections::BTreeMap;

use ivendor_core::audit::{AuditEntry, Deed};
use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Decision;
use ivendor_store::error::{Kind, StoreError};
use ivendor_store::settings::{Secret, Tls};
use ivendor_store::shards::Shards;
use ivendor_store::store::Store;
use ivendor_store::testing::databases::Databases;
use jiff::Timestamp;
use serde_json::Map;
use sqlx::PgPool;

use crate::given::{Given, results, words};
use crate::shared;
use crate::subject::{Postgres, Subject};

async fn show(pool: &PgPool, name: &'static str) -> String {
    sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn connections_are_limited_from_the_start() {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let pool = cluster.shards.pool(ShardId(0)).unwrap();
    assert_eq!(show(&pool, "statement_timeout").await, "10s");
    assert_eq!(show(&pool, "lock_timeout").await, "5s");
    assert_eq!(show(&pool, "idle_in_transaction_session_timeout").await, "1min");
    assert_eq!(pool.options().get_max_connections(), databases.settings.connections_max);
    cluster.shards.ping(ShardId(0)).await.unwrap();
    let missing = cluster.shards.ping(ShardId(9)).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no shard 9");
}

#[tokio::test]
async fn a_new_map_keeps_the_connections_and_must_name_every_shard() {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let shards = &cluster.shards;
    let before = shards.pool(ShardId(0)).unwrap();
    cluster.refresh().await.unwrap();
    let after = shards.pool(ShardId(0)).unwrap();
    // Which of a pool's connections answers is chance, so the pools themselves are compared.
    assert!(std::ptr::eq(before.options(), after.options()), "it is the same pool");
    let map = cluster.reference.map().await.unwrap();
    let mut addresses: BTreeMap<_, _> = databases.shards.iter().cloned().collect();
    addresses.remove(&ShardId(2));
    let refused = shards.refresh(&addresses, map).unwrap_err().to_string();
    assert_eq!(refused, "the map names shard 2, which has no address");
    assert!(shards.pool(ShardId(2)).is_ok(), "the map before it stays");
}

#[tokio::test]
async fn the_decisions_of_a_shard_are_those_of_the_current_verdicts() {
    let (_databases, cluster) = Databases::ready(shared()).await.unwrap();
    let tenant = "acme".parse().unwrap();
    let shard = cluster.shards.route(&tenant).shard;
    assert_eq!(cluster.shards.decisions(shard).await.unwrap(), BTreeMap::new());
    let first = Given::accept(&tenant, "a");
    let given = [first.clone(), Given::accept(&tenant, "b"), Given::review(&tenant, "c")];
    cluster.shards.write(&results(&given)).await;
    cluster.shards.write(&results(&[first.again(Decision::Reject)])).await;
    let wanted = [(Decision::Accept, 1), (Decision::Review, 1), (Decision::Reject, 1)];
    assert_eq!(cluster.shards.decisions(shard).await.unwrap(), BTreeMap::from(wanted));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_worth_another_try() {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let mut settings = databases.settings.clone();
    settings.lock_s_max = 0.05;
    settings.retry_deadline_s = 0.3;
    let map = cluster.reference.map().await.unwrap();
    let addresses: BTreeMap<_, _> = databases.shards.iter().cloned().collect();
    let hasty = Shards::new(&settings, &addresses, map).unwrap();
    let given = Given::accept(&"acme".parse().unwrap(), "d");
    let shard = hasty.route(&given.tenant).shard;
    // As a migration or an operator might.
    let mut other = cluster.shards.pool(shard).unwrap().begin().await.unwrap();
    sqlx::query("lock table verification in access exclusive mode")
        .execute(&mut *other)
        .await
        .unwrap();
    assert_eq!(words(&hasty.write(&results(std::slice::from_ref(&given))).await), ["later"]);
    other.rollback().await.unwrap();
    assert_eq!(words(&hasty.write(&results(&[given])).await), ["stored"]);
}

#[tokio::test]
async fn a_value_that_the_database_refuses_fails_alone() {
    let subject = Postgres::new().await;
    let tenant = subject.tenant_on(0);
    let mut batch: Vec<_> =
        (0..9).map(|i| Given::review(&tenant, &format!("d{i}")).result()).collect();
    batch[4].verdict.document_type = "re\0ceipt".to_owned();
    let outcomes = words(&subject.store().write(&batch).await);
    let expected: Vec<_> = (0..9).map(|i| if i == 4 { "never" } else { "stored" }).collect();
    assert_eq!(outcomes, expected);
    assert_eq!(subject.store().lag(ShardId(0)).await.unwrap().events, 8);
}

#[tokio::test]
async fn writers_of_the_same_documents_leave_each_result_once() {
    let subject = Postgres::new().await;
    let tenant = subject.tenant_on(0);
    let versions = ["a", "b", "c", "d"];
    let documents: Vec<String> = (0..25).map(|i| format!("d{i}")).collect();
    // Four writers, each with every result, and each in another order.
    let writer = |turn: usize| {
        let mut batch = Vec::new();
        for i in 0..versions.len() {
            let version = (i + turn) % versions.len();
            batch.extend(documents.iter().map(|document| Given {
                models: versions[version],
                at_s: i64::try_from(version).unwrap(),
                ..Given::review(&tenant, document)
            }));
        }
        let subject = &subject;
        async move { words(&subject.store().write(&results(&batch)).await) }
    };
    let outcomes: Vec<_> = futures_util::future::join_all((0..4).map(writer)).await.concat();
    let all = documents.len() * versions.len();
    assert_eq!(outcomes.iter().filter(|word| **word == "stored").count(), all);
    assert_eq!(outcomes.iter().filter(|word| **word == "there").count(), 3 * all);
    for document in &documents {
        let of = Given::review(&tenant, document).of();
        let history = subject.store().history(&of).await.unwrap();
        assert_eq!(
            history.iter().map(|r| r.is_current).collect::<Vec<_>>(),
            [false, false, false, true]
        );
        let cases = subject.store().cases(&of).await.unwrap();
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].key, history[3].key);
    }
    assert_eq!(subject.store().lag(ShardId(0)).await.unwrap().events, all as u64);
}

#[tokio::test]
async fn those_who_append_at_once_make_one_chain_that_nobody_can_change() {
    let subject = Postgres::new().await;
    let tenant = subject.tenant_on(0);
    let append = |i: usize| {
        let resource = format!("case/{i}");
        let deed = Deed { actor: "ann", action: "review.decided", resource: &resource };
        let entry = AuditEntry::new(tenant.clone(), deed, Map::new(), Timestamp::now()).unwrap();
        subject.store().append_audit(entry)
    };
    let appended = futures_util::future::join_all((0..20).map(append)).await;
    assert!(appended.iter().all(Result::is_ok));
    assert_eq!(subject.store().verify_audit(&tenant).await.unwrap().unwrap().number, 20);
    let pool = subject.store().pool(ShardId(0)).unwrap();
    for change in
        ["update audit_log set actor = 'eve'", "delete from audit_log", "truncate audit_log"]
    {
        let refused = sqlx::query(change).execute(&pool).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    // Whoever gets around that is found by the digests.
    sqlx::query("alter table audit_log disable trigger all").execute(&pool).await.unwrap();
    sqlx::query("update audit_log set actor = 'eve' where number = 7")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(subject.store().verify_audit(&tenant).await.unwrap().unwrap_err().number, 7);
}

#[tokio::test]
async fn a_case_keeps_the_decisions_of_people() {
    let subject = Postgres::new().await;
    let given = Given::review(&subject.tenant_on(0), "d");
    subject.store().write(&results(std::slice::from_ref(&given))).await;
    let case = subject.store().cases(&given.of()).await.unwrap().remove(0);
    let pool = subject.store().pool(ShardId(0)).unwrap();
    let decide = "insert into review_decision
        (decision_id, case_id, tenant_id, reviewer_id, decision, reasons, detail)
        values ('1', $1, $2, 'ann', 'approve', '{}', '{}')";
    let decided = sqlx::query(decide).bind(&case.case_id).bind(given.tenant.as_str());
    decided.execute(&pool).await.unwrap();
    subject.set_case_state(&given.of(), "decided").await;
    let again = given.again(Decision::Review);
    assert_eq!(words(&subject.store().write(&results(&[again])).await), ["stored"]);
    assert_eq!(subject.store().cases(&given.of()).await.unwrap()[0].state, "decided");
    let orphan = sqlx::query(decide).bind("nothing").bind("acme").execute(&pool).await;
    assert!(orphan.is_err());
}

#[tokio::test]
async fn a_wrong_password_and_a_server_without_tls_fail_for_good() {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let addresses: BTreeMap<_, _> = databases.shards.iter().cloned().collect();
    let map = cluster.reference.map().await.unwrap();
    let given = Given::accept(&"acme".parse().unwrap(), "d");
    let mut password = databases.settings.clone();
    password.password = Some(Secret::from("wrong".to_owned()));
    let mut tls = databases.settings.clone();
    tls.tls = Tls::Require;
    for (name, settings) in [("password", password), ("TLS", tls)] {
        let shards = Shards::new(&settings, &addresses, map.clone()).unwrap();
        let error: StoreError = shards.history(&given.of()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Permanent, "{name}: {error}");
        assert!(!error.to_string().contains("wrong"), "{name}: {error}");
        assert_eq!(words(&shards.write(&results(std::slice::from_ref(&given))).await), ["never"]);
    }
}
