//! What people did, found again.

use std::collections::BTreeSet;

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Ask, Desk};
use crate::refusals::code;

/// Somebody takes a case and decides it.
async fn decide(desk: &Desk, case: &str, token: &str) {
    let lease = (Method::POST, format!("{case}/lease"));
    let taken = desk.ask(Ask::send(lease, token, &json!({}))).await;
    let body = json!({"fence": taken.body["fence"], "answer": {"decision": "approve"}});
    let done = desk.ask(Ask::send((Method::POST, format!("{case}/decision")), token, &body)).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
}

/// Every record of a search, over its pages, as actor and resource.
async fn found(desk: &Desk, query: &str, token: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut path = format!("/v1/audit?limit=2{query}");
    loop {
        let page = desk.ask(Ask::get(path.as_str(), token)).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        let records = page.body["records"].as_array().unwrap();
        assert!(records.len() <= 2);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        found.extend(records.iter().map(|one| (text(&one["actor"]), text(&one["resource"]))));
        let Some(next) = page.body["next"].as_str() else { return found };
        path = format!("/v1/audit?limit=2{query}&cursor={next}");
    }
}

#[tokio::test]
async fn the_logs_of_all_shards_are_searched_by_actor_resource_action_and_time() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let bob = desk.token("bob", (Scope::Review, &[])).await;
    let boss = desk.token("dora", (Scope::Admin, &[])).await;
    let mut cases = Vec::new();
    // Tenants enough that each shard has some.
    for number in 0..8 {
        let case = desk.case(&format!("tenant-{number}"), "a").await;
        decide(&desk, &case, if number % 2 == 0 { &ann } else { &bob }).await;
        cases.push(format!("case/{}", case.rsplit('/').next().unwrap()));
    }
    let newest = found(&desk, "", &boss).await;
    let resources: Vec<&String> = newest.iter().map(|(_, resource)| resource).collect();
    assert_eq!(resources, cases.iter().rev().collect::<Vec<_>>(), "each once, the newest first");
    let mut oldest = found(&desk, "&order=oldest", &boss).await;
    oldest.reverse();
    assert_eq!(oldest, newest);
    let of_ann = found(&desk, "&actor=ann", &boss).await;
    let actors: BTreeSet<&String> = of_ann.iter().map(|(actor, _)| actor).collect();
    assert_eq!((of_ann.len(), actors.len()), (4, 1));
    let one = found(&desk, &format!("&resource={}", cases[3]), &boss).await;
    assert_eq!(one, [("bob".to_owned(), cases[3].clone())]);
    let counts = [
        ("an action", "&action=review.answered", 8),
        ("another action", "&action=review.undone", 0),
        ("a tenant", "&tenant=tenant-2", 1),
        ("before all", "&before=2020-01-01T00:00:00Z", 0),
        ("after all", "&from=2100-01-01T00:00:00Z", 0),
        ("within", "&from=2020-01-01T00:00:00Z&before=2100-01-01T00:00:00Z", 8),
        ("all together", "&actor=bob&action=review.answered&tenant=tenant-3", 1),
        ("sql as an actor", "&actor=ann'%20or%201=1--", 0),
        ("sql as a resource", "&resource=';drop%20table%20audit_log--", 0),
        ("sql as an action", "&action=%25", 0),
    ];
    for (name, query, count) in counts {
        assert_eq!(found(&desk, query, &boss).await.len(), count, "{name}");
    }
}

#[tokio::test]
async fn of_other_tenants_nothing_is_found() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    for tenant in ["acme", "globex"] {
        let case = desk.case(tenant, "a").await;
        decide(&desk, &case, &ann).await;
    }
    let eve = desk.token("eve", (Scope::Admin, &["globex"])).await;
    assert_eq!(found(&desk, "", &eve).await.len(), 1);
    let all = desk.token("dora", (Scope::Admin, &[])).await;
    let page = desk.ask(Ask::get("/v1/audit?limit=1&order=oldest", &all)).await;
    let next = page.body["next"].as_str().unwrap();
    let by_cursor = desk.ask(Ask::get(format!("/v1/audit?order=oldest&cursor={next}"), &eve)).await;
    let tenants: Vec<&Value> =
        by_cursor.body["records"].as_array().unwrap().iter().map(|one| &one["tenant"]).collect();
    assert!(tenants.iter().all(|tenant| **tenant == "globex"), "{tenants:?}");
    for cursor in ["zz", "1", "1.2", "1.2.a/b", "-1.2.acme", "ffffffffffffffffff.1.acme"] {
        let answer = desk.ask(Ask::get(format!("/v1/audit?cursor={cursor}"), &all)).await;
        assert_eq!(
            (answer.status, code(&answer)),
            (StatusCode::BAD_REQUEST, "request_wrong"),
            "{cursor}"
        );
    }
}
