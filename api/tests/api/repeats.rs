//! Requests that are sent again, since their answer was lost: nothing is done twice.

use futures_util::future::join_all;
use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Ask, Desk};
use crate::refusals::code;

fn keyed<'a>(path: &str, (token, key): (&'a str, &str), body: &Value) -> Ask<'a> {
    let mut asked = Ask::send((Method::POST, path), token, body);
    asked.headers = vec![("idempotency-key".to_owned(), key.to_owned())];
    asked
}

const CLAIM: &str = "/v1/cases/claim";

#[tokio::test]
async fn a_claim_that_is_sent_again_takes_no_other_case() {
    let desk = Desk::new(ReviewSettings::default()).await;
    for number in 0..6 {
        desk.case(&format!("tenant-{number}"), "a").await;
    }
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let bob = desk.token("bob", (Scope::Review, &[])).await;
    let claim =
        async |token: &str, key: &str| desk.ask(keyed(CLAIM, (token, key), &json!({}))).await;
    let first = claim(&ann, "k1").await;
    assert_eq!(first.status, StatusCode::OK);
    for _ in 0..3 {
        let again = claim(&ann, "k1").await;
        assert_eq!((again.status, &again.tag), (StatusCode::OK, &first.tag));
        assert_eq!(again.body, first.body, "the first answer");
    }
    let other = claim(&ann, "k2").await;
    assert_ne!(other.body["case_id"], first.body["case_id"], "another key, another case");
    let of_bob = claim(&bob, "k1").await;
    assert_ne!(of_bob.body["case_id"], first.body["case_id"], "a key is of one person");
    let reused = desk.ask(keyed(CLAIM, (&ann, "k1"), &json!({"order": "doubt"}))).await;
    let found = (reused.status, code(&reused));
    assert_eq!(found, (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"));
}

#[tokio::test]
async fn of_those_who_send_one_claim_at_once_none_gets_another_case() {
    let desk = Desk::new(ReviewSettings::default()).await;
    for number in 0..6 {
        desk.case(&format!("tenant-{number}"), "a").await;
    }
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let many = (0..8).map(|_| desk.ask(keyed(CLAIM, (&ann, "k"), &json!({}))));
    let mut taken = Vec::new();
    for answer in join_all(many).await {
        if answer.status == StatusCode::CONFLICT {
            assert_eq!(code(&answer), "request_in_progress");
        } else {
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            taken.push(answer.body["case_id"].as_str().unwrap().to_owned());
        }
    }
    taken.dedup();
    assert_eq!(taken.len(), 1, "{taken:?}");
    let held = desk.ask(Ask::get("/v1/cases?state=claimed", &ann)).await;
    assert_eq!(held.body["cases"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn that_there_was_no_case_is_answered_again_too() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let claim = async |key: &str| desk.ask(keyed(CLAIM, (&ann, key), &json!({}))).await.status;
    assert_eq!(claim("k1").await, StatusCode::NO_CONTENT);
    desk.case("acme", "a").await;
    assert_eq!(claim("k1").await, StatusCode::NO_CONTENT, "the first answer");
    assert_eq!(claim("k2").await, StatusCode::OK);
}

#[tokio::test]
async fn a_comment_that_is_sent_again_stands_there_once() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let path = format!("{case}/comments");
    let say = async |key: &str, body: &str| {
        desk.ask(keyed(&path, (&ann, key), &json!({"body": body}))).await
    };
    for _ in 0..3 {
        assert_eq!(say("k1", "first").await.status, StatusCode::CREATED);
    }
    let at_once = join_all((0..4).map(|_| say("k2", "second"))).await;
    assert!(at_once.iter().all(|answer| answer.status == StatusCode::CREATED), "{at_once:?}");
    let reused = say("k1", "another").await;
    assert_eq!(code(&reused), "idempotency_key_reused");
    let seen = desk.ask(Ask::get(case.as_str(), &ann)).await;
    let bodies: Vec<&Value> =
        seen.body["comments"].as_array().unwrap().iter().map(|one| &one["body"]).collect();
    assert_eq!(bodies, ["first", "second"]);
}
