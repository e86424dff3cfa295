//! The reference database: what is written is read again, and what cannot be is refused.

use std::collections::{BTreeMap, BTreeSet};

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::sharding::ShardId;
use ivendor_store::reference::{NewSession, NewToken, Reference, Scope, ShardState, Token};
use ivendor_store::testing::databases::Databases;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use crate::shared;

async fn reference() -> Reference {
    Databases::ready(shared()).await.unwrap().1.reference
}

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

#[tokio::test]
async fn tenants_and_what_they_set_are_kept() {
    let reference = reference().await;
    for (id, name) in [("acme", "Acme"), ("beta", "Beta"), ("acme", "Acme Ltd")] {
        reference.put_tenant(&tenant(id), name).await.unwrap();
    }
    let expected = [("acme", "Acme Ltd"), ("beta", "Beta")];
    let expected = expected.map(|(id, name)| (tenant(id), name.to_owned()));
    assert_eq!(reference.tenants().await.unwrap(), BTreeMap::from(expected));
    let acme = tenant("acme");
    for value in [json!(0.1), json!({"share": 0.05})] {
        reference.set(&acme, "review.second_opinion", &value).await.unwrap();
    }
    let settings = reference.settings(&acme).await.unwrap();
    assert_eq!(settings["review.second_opinion"], json!({"share": 0.05}));
    assert!(reference.settings(&tenant("beta")).await.unwrap().is_empty());
    // One that is set something is known from then on, and keeps the name that it has.
    for id in ["new", "acme"] {
        reference.set(&tenant(id), "a", &json!(1)).await.unwrap();
    }
    let names = reference.tenants().await.unwrap();
    assert_eq!([&names[&tenant("new")], &names[&acme]], ["new", "Acme Ltd"]);
}

#[tokio::test]
async fn the_policy_of_the_closest_scope_is_in_force() {
    let reference = reference().await;
    let acme = tenant("acme");
    assert!(reference.policy(&acme, "receipt").await.unwrap().is_none());
    let text = |name: &str| {
        format!("name = \"{name}\"\naccept_at = 0.9\nreject_below = 0.1\nmay_reject = false\n")
    };
    let scopes = [
        ("all", None, None),
        ("receipts", None, Some("receipt")),
        ("acme", Some(&acme), None),
        ("acme's receipts", Some(&acme), Some("receipt")),
    ];
    // Each is closer to Acme's receipts than those before it.
    for (name, of, document_type) in scopes {
        let digest = reference.put_policy(&text(name)).await.unwrap().reference().digest;
        reference.enforce(digest, of, document_type).await.unwrap();
        let found = reference.policy(&acme, "receipt").await.unwrap().unwrap();
        assert_eq!(found.reference().digest, digest, "{name}");
    }
    let found = |of: &'static str, document_type| {
        let reference = reference.clone();
        async move { reference.policy(&tenant(of), document_type).await.unwrap().unwrap().name }
    };
    assert_eq!(found("beta", "receipt").await, "receipts");
    assert_eq!(found("beta", "invoice").await, "all");
    assert_eq!(found("acme", "invoice").await, "acme");
    // One takes another's place, and what is no policy or was never kept takes none.
    let newer = reference.put_policy(&text("newer")).await.unwrap().reference().digest;
    reference.enforce(newer, None, None).await.unwrap();
    assert_eq!(found("beta", "invoice").await, "newer");
    assert!(reference.put_policy("name = 1").await.is_err());
    assert!(reference.enforce(Sha256::of(b"unknown"), None, None).await.is_err());
}

#[tokio::test]
async fn a_token_is_let_in_until_it_ends_or_is_revoked() {
    let reference = reference().await;
    reference.put_reviewer("ann", "Ann").await.unwrap();
    reference.put_reviewer("ann", "Ann Lee").await.unwrap();
    let token = Token {
        reviewer: "ann".to_owned(),
        scopes: BTreeSet::from([Scope::Review, Scope::Read]),
        tenants: Some(BTreeSet::from([tenant("acme")])),
    };
    let everywhere = Token { tenants: None, ..token.clone() };
    let now = Timestamp::now();
    let cases = [
        ("without an end", token.clone(), None, Some(token.clone())),
        ("of all tenants", everywhere.clone(), Some(now + 1.hour()), Some(everywhere)),
        ("that ended", token.clone(), Some(now - 1.hour()), None),
    ];
    for (name, token, expires_at, expected) in cases {
        let new = NewToken { hash: Sha256::of(name.as_bytes()), token, expires_at };
        reference.add_token(&new).await.unwrap();
        assert_eq!(reference.token(new.hash).await.unwrap(), expected, "{name}");
        assert!(reference.add_token(&new).await.is_err(), "twice: {name}");
    }
    let hash = Sha256::of(b"without an end");
    assert!(reference.revoke_token(hash).await.unwrap());
    assert!(!reference.revoke_token(hash).await.unwrap());
    assert_eq!(reference.token(hash).await.unwrap(), None);
    assert_eq!(reference.token(Sha256::of(b"never seen")).await.unwrap(), None);
    let stranger = Token { reviewer: "nobody".to_owned(), ..token };
    let new = NewToken { hash: Sha256::of(b"x"), token: stranger, expires_at: None };
    assert!(reference.add_token(&new).await.is_err());
}

#[tokio::test]
async fn a_session_lasts_no_longer_than_its_token_and_the_oldest_make_room() {
    let reference = reference().await;
    reference.put_reviewer("ann", "Ann").await.unwrap();
    let scopes = BTreeSet::from([Scope::Review]);
    let token = Token { reviewer: "ann".to_owned(), scopes, tenants: None };
    let expires_at = Some(Timestamp::now() + 1.hour());
    let hash = Sha256::of(b"token");
    let new = NewToken { hash, token: token.clone(), expires_at };
    reference.add_token(&new).await.unwrap();
    let start = |number: u32, hours| {
        let length = SignedDuration::from_hours(hours);
        let csrf = format!("word {number}");
        let new = NewSession { hash: Sha256::of(&number.to_le_bytes()), token: hash, csrf, length };
        let reference = reference.clone();
        async move { reference.start_session(&new).await.unwrap() }
    };
    let first = start(0, 12).await.unwrap();
    assert_eq!((&first.token, first.csrf.as_str()), (&token, "word 0"));
    let ends_us = expires_at.map(Timestamp::as_microsecond);
    assert_eq!(Some(first.expires_at.as_microsecond()), ends_us, "with its token");
    assert!(start(1, 0).await.is_none(), "ended at once");
    for number in 2..34 {
        assert!(start(number, 12).await.is_some());
    }
    assert_eq!(reference.session(first.hash).await.unwrap(), None, "the oldest made room");
    let last = Sha256::of(&33_u32.to_le_bytes());
    assert!(reference.session(last).await.unwrap().is_some());
    assert!(reference.end_session(last).await.unwrap());
    assert!(!reference.end_session(last).await.unwrap());
    assert!(reference.revoke_token(hash).await.unwrap());
    assert_eq!(reference.session(Sha256::of(&32_u32.to_le_bytes())).await.unwrap(), None);
    assert_eq!(reference.sweep_sessions().await.unwrap(), 31);
    assert!(start(99, 12).await.is_none(), "a revoked token begins none");
}

#[tokio::test]
async fn shards_are_known_by_number_name_and_address() {
    let reference = reference().await;
    let mut shards = reference.shards().await.unwrap();
    assert_eq!(shards.iter().map(|s| s.id).collect::<Vec<_>>(), [0, 1, 2].map(ShardId));
    shards[1].state = ShardState::Closed;
    shards[1].weight = 2.5;
    reference.put_shard(&shards[1]).await.unwrap();
    assert_eq!(reference.shards().await.unwrap(), shards);
    let mut twin = shards[0].clone();
    twin.id = ShardId(9);
    assert!(reference.put_shard(&twin).await.is_err(), "two of one name");
    twin.name = "twin".to_owned();
    assert!(reference.put_shard(&twin).await.is_err(), "two at one address");
}
