//! How the queue stands, as it is told.

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Ask, Desk};

async fn told(desk: &Desk, path: &str, token: &str) -> Value {
    let answer = desk.ask(Ask::get(path, token)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body
}

async fn decide(desk: &Desk, (case, token): (&str, &str), answer: Value) {
    let lease = (Method::POST, format!("{case}/lease"));
    let held = desk.ask(Ask::send(lease, token, &json!({}))).await;
    let body = json!({"fence": held.body["fence"], "answer": answer});
    let done = desk.ask(Ask::send((Method::POST, format!("{case}/decision")), token, &body)).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
}

#[tokio::test]
async fn the_queue_is_counted_over_all_shards_and_for_ones_own_tenants_alone() {
    let desk = Desk::new(ReviewSettings::default()).await;
    // Tenants enough that each shard has some.
    let mut cases = Vec::new();
    for number in 0..12 {
        cases.push(desk.case(&format!("tenant-{number}"), "a").await);
    }
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let eve = desk.token("eve", (Scope::Review, &["tenant-0", "tenant-1", "tenant-2"])).await;
    decide(&desk, (&cases[0], &ann), json!({"decision": "approve"})).await;
    let reasons = json!(["document.forged"]);
    decide(&desk, (&cases[1], &ann), json!({"decision": "reject", "reasons": reasons})).await;
    let lease = (Method::POST, format!("{}/lease", cases[2]));
    assert_eq!(desk.ask(Ask::send(lease, &ann, &json!({}))).await.status, StatusCode::OK);

    let all = told(&desk, "/v1/statistics", &ann).await;
    let waiting = json!({"open": 9, "claimed": 1, "escalated": 0, "overdue": 0});
    assert_eq!(all["waiting"], waiting);
    assert_eq!(all["by_reason"], json!([{"reason": "claim.total.mismatch", "cases": 10}]));
    assert_eq!(all["by_type"], json!([{"type": "receipt", "cases": 10}]));
    let answers = json!([{"decision": "approve", "cases": 1}, {"decision": "reject", "cases": 1}]);
    assert_eq!(all["answers"], answers);
    let hours: u64 =
        all["decided_by_hour"].as_array().unwrap().iter().filter_map(|h| h["cases"].as_u64()).sum();
    assert_eq!(hours, 2);
    assert_eq!(all["agreement"], json!({"pairs": 0, "agreed": 0}));
    let age = |name: &str| all["age_s"][name].as_f64().unwrap();
    assert!(age("p50") > 0.0 && age("p50") <= age("p99") && age("p99") <= age("max"));

    let own = told(&desk, "/v1/statistics", &eve).await;
    let waiting = json!({"open": 0, "claimed": 1, "escalated": 0, "overdue": 0});
    assert_eq!((&own["waiting"], &own["answers"]), (&waiting, &answers));
    let one = told(&desk, "/v1/statistics?tenant=tenant-0", &eve).await;
    assert_eq!(one["answers"], json!([{"decision": "approve", "cases": 1}]));
    let other = desk.ask(Ask::get("/v1/statistics?tenant=tenant-3", &eve)).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    // What was asked a moment ago is told again.
    assert_eq!(told(&desk, "/v1/statistics", &ann).await, all);
}
