//! Schemas that come up, stay, and are refused.

use ivendor_core::sharding::ShardId;
use ivendor_store::error::{Kind, Place, StoreError};
use ivendor_store::migrate::{migrate_reference, migrate_shard};
use ivendor_store::testing::databases::Databases;
use sqlx::Connection;

use crate::shared;

#[tokio::test]
async fn migrating_twice_does_nothing_the_second_time_and_says_so() {
    let Databases { settings, shards } = Databases::empty(shared()).await.unwrap();
    let address = settings.reference.clone().unwrap();
    let first = migrate_reference(&settings, &address).await.unwrap();
    assert_eq!(
        first.to_string(),
        "the reference database: schema 2, applied 1 reference, 2 session"
    );
    let second = migrate_reference(&settings, &address).await.unwrap();
    assert_eq!(second.to_string(), "the reference database: schema 2, nothing to do");
    let (id, address) = &shards[1];
    let shard = migrate_shard(&settings, address, *id).await.unwrap();
    let all = "1 shard, 2 review, 3 audit_search, 4 review_orders, 5 json";
    assert_eq!(shard.to_string(), format!("shard 1: schema 5, applied {all}"));
}

#[tokio::test]
async fn of_those_who_migrate_at_once_one_does_it() {
    let Databases { settings, shards } = Databases::empty(shared()).await.unwrap();
    let (id, address) = &shards[0];
    let four = (0..4).map(|_| migrate_shard(&settings, address, *id));
    let done = futures_util::future::join_all(four).await;
    let applied = done.into_iter().map(|migrated| migrated.unwrap().applied.len());
    assert_eq!(applied.sum::<usize>(), 5, "each migration once");
}

#[tokio::test]
async fn a_schema_that_is_newer_or_was_edited_is_refused() {
    let Databases { settings, shards } = Databases::empty(shared()).await.unwrap();
    let (id, address) = &shards[0];
    migrate_shard(&settings, address, *id).await.unwrap();
    let url = format!("postgres://ivendor@{address}");
    let password = std::fs::read_to_string(settings.password_file.as_ref().unwrap()).unwrap();
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let options = options.password(password.trim());
    let mut connection = sqlx::PgConnection::connect_with(&options).await.unwrap();
    let change = |sql: &'static str| sqlx::query(sql);
    change("update schema_migration set checksum = 'other'")
        .execute(&mut connection)
        .await
        .unwrap();
    let edited = migrate_shard(&settings, address, *id).await.unwrap_err();
    assert!(edited.to_string().contains("modified"), "{edited}");
    change("update schema_migration set version = 9 where version = 2")
        .execute(&mut connection)
        .await
        .unwrap();
    let newer = migrate_shard(&settings, address, *id).await.unwrap_err();
    let place = Place::Shard(ShardId(0));
    assert!(
        matches!(newer, StoreError::Newer { place: p, found: 9, known: 5 } if p == place),
        "{newer}"
    );
    assert_eq!(newer.kind(), Kind::Permanent);
    // The lock went with the connections that failed.
    change("delete from schema_migration").execute(&mut connection).await.unwrap();
    let broken = migrate_shard(&settings, address, *id).await.unwrap_err();
    assert!(broken.to_string().contains("already exists"), "{broken}");
}
