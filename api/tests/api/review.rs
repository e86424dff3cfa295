//! What people do all day.

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Ask, Desk};

#[tokio::test]
async fn a_case_is_found_taken_decided_undone_and_decided_again() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Review, &["acme"])).await;
    let list = desk.ask(Ask::get("/v1/cases?state=open&type=receipt", &ann)).await;
    assert_eq!(list.body["cases"].as_array().unwrap().len(), 1);
    let claim = || (Method::POST, "/v1/cases/claim");
    let taken = desk.ask(Ask::send(claim(), &ann, &json!({"order": "doubt"}))).await;
    assert_eq!((taken.status, taken.tag.as_deref()), (StatusCode::OK, Some("\"2\"")));
    assert!(case.ends_with(taken.body["case_id"].as_str().unwrap()));
    let none = desk.ask(Ask::send(claim(), &ann, &json!({}))).await;
    assert_eq!(none.status, StatusCode::NO_CONTENT);
    let seen = desk.ask(Ask::get(case.as_str(), &ann)).await;
    assert_eq!(seen.body["request"]["claims"]["total"], "9.00");
    assert_eq!(seen.body["verdict"]["reasons"][0], "claim.total.mismatch");
    let fence = &taken.body["fence"];
    let lease = (Method::PUT, format!("{case}/lease"));
    let renewed = desk.ask(Ask::send(lease, &ann, &json!({"fence": fence}))).await;
    assert!(renewed.body["lease_until"].as_str() > taken.body["lease_until"].as_str());
    let answer = json!({"decision": "reject", "reasons": ["claim.total.mismatch"]});
    let body = json!({"fence": fence, "answer": answer, "note": "it says 8.00"});
    let decision = (Method::POST, format!("{case}/decision"));
    let tag = renewed.tag.unwrap();
    let mut decide = Ask::send(decision, &ann, &body);
    decide.headers =
        vec![("if-match".to_owned(), tag), ("idempotency-key".to_owned(), "k1".to_owned())];
    let decided = desk.ask(decide.clone()).await;
    assert_eq!((decided.status, &decided.body["state"]), (StatusCode::OK, &json!("decided")));
    let again = desk.ask(decide).await;
    assert_eq!((again.status, again.body), (StatusCode::OK, decided.body), "the first answer");
    let undo = Ask { method: Method::DELETE, ..Ask::get(format!("{case}/decision"), &ann) };
    let undone = desk.ask(undo).await;
    assert_eq!(undone.body["state"], "claimed");
    let body = json!({"fence": undone.body["fence"], "answer": {"decision": "approve"}});
    let decided =
        desk.ask(Ask::send((Method::POST, format!("{case}/decision")), &ann, &body)).await;
    assert_eq!(decided.body["outcome"], json!({"decision": "approve"}));
    let history = desk.ask(Ask::get("/v1/tenants/acme/documents/a/history", &ann)).await;
    assert_eq!(history.body[0]["is_current"], true);
    let boss = desk.token("dora", (Scope::Admin, &["acme"])).await;
    let audit = desk.ask(Ask::get("/v1/audit?tenant=acme&order=oldest", &boss)).await;
    let actions: Vec<&Value> =
        audit.body["records"].as_array().unwrap().iter().map(|record| &record["action"]).collect();
    assert_eq!(actions, ["review.answered", "review.undone", "review.answered"]);
    let whole = desk.ask(Ask::get("/v1/audit/verify?tenant=acme", &boss)).await;
    assert_eq!((&whole.body["is_whole"], &whole.body["records"]), (&json!(true), &json!(3)));
}

#[tokio::test]
async fn two_people_do_not_see_each_others_opinion() {
    let share = ReviewSettings { second_opinion_share: 1.0, ..ReviewSettings::default() };
    let desk = Desk::new(share).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let bob = desk.token("bob", (Scope::Review, &[])).await;
    let lease = || (Method::POST, format!("{case}/lease"));
    let decision = || (Method::POST, format!("{case}/decision"));
    let body = |fence: &Value| json!({"fence": fence, "answer": {"decision": "approve"}});
    let taken = desk.ask(Ask::send(lease(), &ann, &json!({}))).await;
    let first = desk.ask(Ask::send(decision(), &ann, &body(&taken.body["fence"]))).await;
    assert_eq!(first.body["state"], "open");
    let taken = desk.ask(Ask::send(lease(), &bob, &json!({}))).await;
    let opinions = async |token: &str| {
        let seen = desk.ask(Ask::get(case.as_str(), token)).await;
        seen.body["opinions"].as_array().unwrap().len()
    };
    assert_eq!((opinions(&ann).await, opinions(&bob).await), (1, 0));
    let second = desk.ask(Ask::send(decision(), &bob, &body(&taken.body["fence"]))).await;
    assert_eq!(second.body["state"], "decided");
    assert_eq!((opinions(&ann).await, opinions(&bob).await), (2, 2));
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let desk = Desk::new(ReviewSettings::default()).await;
    for number in 0..7 {
        desk.case(["acme", "globex", "initech"][number % 3], &format!("d{number}")).await;
    }
    let ann = desk.token("ann", (Scope::Read, &["acme", "globex"])).await;
    for sort in ["due", "doubt", "newest"] {
        let mut found = Vec::new();
        let mut path = format!("/v1/cases?sort={sort}&limit=2");
        loop {
            let page = desk.ask(Ask::get(path.as_str(), &ann)).await;
            for case in page.body["cases"].as_array().unwrap() {
                found.push(case["case_id"].as_str().unwrap().to_owned());
            }
            let Some(next) = page.body["next"].as_str() else { break };
            path = format!("/v1/cases?sort={sort}&limit=2&cursor={next}");
        }
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!((count, found.len()), (5, 5), "{sort}: those of the two tenants, once each");
    }
    let ready = desk.ask(Ask::get("/readyz", &ann)).await;
    assert_eq!(ready.body, json!({"ready": true, "not_ready": []}));
}
