//! Who owns what: given out once, told to the shards, and mended after a crash between the two.

use ivendor_core::sharding::map::Holding;
use ivendor_core::sharding::{BUCKETS, Bucket, Epoch, ShardId};
use ivendor_store::cluster::{Cluster, give_out, migrate};
use ivendor_store::reference::ShardState;
use ivendor_store::store::Store;
use ivendor_store::testing::databases::Databases;

use crate::given::{Given, results, words};
use crate::shared;
use crate::subject::{Postgres, Subject};

async fn count(cluster: &Cluster, shard: ShardId) -> i64 {
    sqlx::query_scalar("select count(*) from owned_bucket")
        .fetch_one(&cluster.shards.pool(shard).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn each_bucket_is_owned_once_and_keeps_its_owner() {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let map = cluster.reference.map().await.unwrap();
    let mut owned = 0;
    for shard in cluster.shards.ids() {
        let here = count(&cluster, shard).await;
        assert!(here > 1000, "shard {shard} has {here}");
        owned += here;
    }
    assert_eq!(owned, i64::from(BUCKETS));
    // A shard that closes keeps what it has, and one that is asked again gets nothing new.
    let mut shards = cluster.reference.shards().await.unwrap();
    shards[0].state = ShardState::Closed;
    cluster.reference.put_shard(&shards[0]).await.unwrap();
    assert_eq!(give_out(&databases.settings).await.unwrap(), 0);
    assert_eq!(cluster.reference.map().await.unwrap(), map);
    let migrated = migrate(&databases.settings).await.unwrap();
    assert_eq!(migrated.len(), 4);
}

#[tokio::test]
async fn a_store_without_shards_or_a_map_says_what_to_do() {
    let databases = Databases::empty(shared()).await.unwrap();
    let migrated = migrate(&databases.settings).await.unwrap();
    assert_eq!(migrated.len(), 1, "the reference database names no shard yet");
    let none = give_out(&databases.settings).await.unwrap_err().to_string();
    assert!(none.contains("add one first"), "{none}");
    let no_map = Cluster::open(&databases.settings).await.unwrap_err().to_string();
    assert!(no_map.contains("give the buckets out first"), "{no_map}");
}

#[tokio::test]
async fn a_pinned_tenant_lives_on_its_shard_and_old_maps_are_refused() {
    let (databases, cluster) = Databases::ready(shared()).await.unwrap();
    let tenant = "large".parse().unwrap();
    let old = Cluster::open(&databases.settings).await.unwrap();
    let before = old.shards.route(&tenant);
    let target = cluster.shards.ids().into_iter().find(|id| *id != before.shard).unwrap();
    cluster.pin(&tenant, target).await.unwrap();
    cluster.pin(&tenant, target).await.unwrap();
    let route = cluster.shards.route(&tenant);
    assert_eq!((route.shard, &route.holding), (target, &Holding::Tenant(tenant.clone())));
    let given = Given::review(&tenant, "d");
    let batch = results(std::slice::from_ref(&given));
    assert_eq!(words(&old.shards.write(&batch).await), ["fenced"]);
    old.refresh().await.unwrap();
    assert_eq!(words(&old.shards.write(&batch).await), ["stored"]);
    assert_eq!(cluster.shards.history(&given.of()).await.unwrap().len(), 1);
    let rows: i64 = sqlx::query_scalar("select count(*) from verification")
        .fetch_one(&cluster.shards.pool(target).unwrap())
        .await
        .unwrap();
    assert_eq!(rows, 1);
    let elsewhere = cluster.pin(&tenant, before.shard).await.unwrap_err().to_string();
    assert!(elsewhere.contains("pinned to shard"), "{elsewhere}");
}

#[tokio::test]
async fn a_tenant_with_rows_is_not_pinned_and_nothing_changes() {
    let (_, cluster) = Databases::ready(shared()).await.unwrap();
    let given = Given::review(&"large".parse().unwrap(), "d");
    cluster.shards.write(&results(std::slice::from_ref(&given))).await;
    let before = cluster.shards.route(&given.tenant);
    let target = cluster.shards.ids().into_iter().find(|id| *id != before.shard).unwrap();
    let refused = cluster.pin(&given.tenant, target).await.unwrap_err().to_string();
    assert!(refused.contains("has rows on shard"), "{refused}");
    cluster.refresh().await.unwrap();
    assert_eq!(cluster.shards.route(&given.tenant), before);
    let missing = cluster.pin(&"other".parse().unwrap(), ShardId(99)).await.unwrap_err();
    assert!(missing.to_string().contains("there is no shard 99"));
}

#[tokio::test]
async fn what_a_crash_left_between_reference_and_shard_is_mended() {
    let subject = Postgres::new().await;
    let tenant = subject.tenant_on(0);
    let batch = results(&[Given::review(&tenant, "d")]);
    // The shard was fenced, and whoever did it died before it told the reference database.
    subject.raise_epoch(&tenant).await;
    assert_eq!(words(&subject.store().write(&batch).await), ["fenced"]);
    subject.refresh().await;
    assert_eq!(subject.store().route(&tenant).epoch, Epoch(2));
    assert_eq!(words(&subject.store().write(&batch).await), ["stored"]);
    // A shard that owns what the map gives to another loses it, and gets what it lacks.
    let pool = subject.store().pool(ShardId(1)).unwrap();
    let foreign = subject.store().route(&tenant).bucket.number();
    let sql =
        "update owned_bucket set bucket = $1 where bucket = (select min(bucket) from owned_bucket)";
    sqlx::query(sql).bind(i32::from(foreign)).execute(&pool).await.unwrap();
    subject.refresh().await;
    let owned: Vec<i32> =
        sqlx::query_scalar("select bucket from owned_bucket").fetch_all(&pool).await.unwrap();
    assert!(!owned.contains(&i32::from(foreign)));
    let mine = Bucket::all().filter(|bucket| owned.contains(&i32::from(bucket.number())));
    assert_eq!(mine.count(), owned.len());
    assert!(owned.len() > 1000);
}
