//! Whoever may not, and whatever is no request.

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Answer, Ask, Desk};

const FREE: &str = "/v1/tenants/acme/cases";

/// Every route that is about one tenant, as a request for this tenant.
fn routes(tenant: &str, case: &str) -> Vec<(Method, String, Option<Value>)> {
    let answer = json!({"fence": 1, "answer": {"decision": "approve"}});
    let case = format!("/v1/tenants/{tenant}/cases/{case}");
    vec![
        (Method::GET, format!("/v1/cases?tenant={tenant}"), None),
        (Method::POST, "/v1/cases/claim".to_owned(), Some(json!({"tenant": tenant}))),
        (Method::GET, case.clone(), None),
        (Method::GET, format!("{case}/pages"), None),
        (Method::GET, format!("{case}/pages/1"), None),
        (Method::POST, format!("{case}/comments"), Some(json!({"body": "hm"}))),
        (Method::POST, format!("{case}/lease"), Some(json!({}))),
        (Method::PUT, format!("{case}/lease"), Some(json!({"fence": 1}))),
        (Method::DELETE, format!("{case}/lease?fence=1"), None),
        (Method::POST, format!("{case}/decision"), Some(answer)),
        (Method::DELETE, format!("{case}/decision"), None),
        (Method::GET, format!("/v1/tenants/{tenant}/documents/a/history"), None),
        (Method::GET, format!("/v1/statistics?tenant={tenant}"), None),
        (Method::GET, format!("/v1/audit?tenant={tenant}"), None),
        (Method::GET, format!("/v1/audit/verify?tenant={tenant}"), None),
    ]
}

async fn ask(desk: &Desk, token: Option<&str>, route: (Method, String, Option<Value>)) -> Answer {
    let (method, path, body) = route;
    let body = body.map(|body| body.to_string());
    desk.ask(Ask { method, path, token, headers: vec![], body }).await
}

/// The last part of a problem's type.
pub(crate) fn code(answer: &Answer) -> &str {
    assert_eq!(answer.kind, "application/problem+json", "{answer:?}");
    assert!(answer.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    assert!(answer.body["request_id"].as_str().is_some_and(|id| !id.is_empty()));
    answer.body["type"].as_str().unwrap().rsplit(':').next().unwrap()
}

#[tokio::test]
async fn no_route_shows_or_changes_what_is_another_tenants() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let id = case.rsplit('/').next().unwrap();
    let other = desk.token("eve", (Scope::Admin, &["globex"])).await;
    for route in routes("acme", id) {
        let answer = ask(&desk, Some(&other), route.clone()).await;
        assert_eq!(
            (answer.status, code(&answer)),
            (StatusCode::NOT_FOUND, "not_found"),
            "{route:?}"
        );
    }
    // The other tenant's case under the name of the own one.
    for route in routes("globex", id) {
        let path = route.1.clone();
        let answer = ask(&desk, Some(&other), route).await;
        let is_about_it = path.contains(id) || path.contains("history");
        assert!(!is_about_it || answer.status == StatusCode::NOT_FOUND, "{path}: {answer:?}");
        assert!(!answer.body.to_string().contains("acme"), "{path}: {answer:?}");
    }
    let own = desk.token("ann", (Scope::Admin, &["acme"])).await;
    let seen = desk.ask(Ask::get(case, &own)).await;
    assert_eq!((&seen.body["state"], &seen.body["version"]), (&json!("open"), &json!(1)));
}

#[tokio::test]
async fn no_route_answers_without_a_token_that_is_let_in() {
    let desk = Desk::new(ReviewSettings { tokens_kept_ms: 0, ..ReviewSettings::default() }).await;
    let case = desk.case("acme", "a").await;
    let id = case.rsplit('/').next().unwrap();
    let revoked = desk.token("ann", (Scope::Admin, &[])).await;
    assert_eq!(desk.ask(Ask::get(case.as_str(), &revoked)).await.status, StatusCode::OK);
    desk.revoke(&revoked).await;
    let tokens = [None, Some(""), Some("ivr_"), Some("' or 1=1 --"), Some(revoked.as_str())];
    for token in tokens {
        for route in routes("acme", id) {
            let answer = ask(&desk, token, route.clone()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token:?} {route:?}");
            assert_eq!(code(&answer), "token_missing");
        }
    }
}

#[tokio::test]
async fn a_token_does_only_what_its_scope_allows() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let id = case.rsplit('/').next().unwrap();
    let reader = desk.token("rex", (Scope::Read, &[])).await;
    let reviewer = desk.token("ann", (Scope::Review, &[])).await;
    for route in routes("acme", id) {
        let is_audit = route.1.starts_with("/v1/audit");
        let is_look = route.0 == Method::GET;
        let answer = ask(&desk, Some(&reader), route.clone()).await;
        let is_refused = answer.status == StatusCode::FORBIDDEN;
        assert_eq!(is_refused, is_audit || !is_look, "{route:?}: {answer:?}");
        if is_audit {
            let answer = ask(&desk, Some(&reviewer), route).await;
            assert_eq!(code(&answer), "scope_missing");
        }
    }
}

#[tokio::test]
async fn garbage_is_told_what_it_is() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Admin, &[])).await;
    let long = "a".repeat(300_000);
    let long_text = "a".repeat(300);
    let huge = json!({"fence": 1, "answer": {"decision": "approve"}, "note": long}).to_string();
    let decision = format!("{case}/decision");
    let paths = [
        ("an unknown address", "/v1/nothing".to_owned(), 404),
        ("a way out", format!("{FREE}/..%2f..%2fetc%2fpasswd"), 404),
        ("a tenant that cannot be", "/v1/tenants/a%00b/cases/x".to_owned(), 404),
        ("an unknown key", "/v1/cases?stat=open".to_owned(), 400),
        ("an unknown state", "/v1/cases?state=open,lost".to_owned(), 400),
        ("sql as a state", "/v1/cases?state=open'--".to_owned(), 400),
        ("sql as a sort", "/v1/cases?sort=due;drop".to_owned(), 400),
        ("no number", "/v1/cases?confidence_min=high".to_owned(), 400),
        ("no moment", "/v1/cases?opened_from=today".to_owned(), 400),
        ("a cursor of ours that is not", "/v1/cases?cursor=zz".to_owned(), 400),
        ("a short cursor", "/v1/cases?cursor=12".to_owned(), 400),
        ("a cursor past all time", format!("/v1/cases?cursor={}", "7f".repeat(20)), 400),
        ("a cursor of letters", "/v1/cases?cursor=%C3%A4%C3%A4%C3%A4".to_owned(), 400),
        ("a long filter", format!("/v1/cases?reason={long_text}"), 400),
        ("a zero in a filter", "/v1/cases?reason=a%00b".to_owned(), 400),
        ("a wrong method", format!("{decision}?x"), 405),
    ];
    for (name, path, status) in paths {
        let answer = desk.ask(Ask::get(path, &ann)).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        code(&answer);
    }
    let bodies = [
        ("no JSON", "{", 400),
        ("nothing", "", 400),
        ("another shape", "[]", 422),
        ("no answer", r#"{"fence":1}"#, 422),
        ("an unknown answer", r#"{"fence":1,"answer":{"decision":"maybe"}}"#, 422),
        ("an unknown key", r#"{"fence":1,"answer":{"decision":"approve"},"x":1}"#, 422),
        ("a fence below zero", r#"{"fence":-1,"answer":{"decision":"approve"}}"#, 422),
        ("no lease", r#"{"fence":1,"answer":{"decision":"approve"}}"#, 409),
        ("no reason", r#"{"fence":1,"answer":{"decision":"reject","reasons":[]}}"#, 422),
        ("too much", huge.as_str(), 413),
    ];
    for (name, body, status) in bodies {
        let post = (Method::POST, decision.as_str());
        let mut asked = Ask::send(post, &ann, &Value::Null);
        asked.body = Some(body.to_owned());
        let answer = desk.ask(asked).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        code(&answer);
    }
    let headers = [
        ("a tag that is none", ("if-match", "3"), 400),
        ("another version", ("if-match", "\"9\""), 412),
        ("an empty key", ("idempotency-key", ""), 400),
        ("a long key", ("idempotency-key", long_text.as_str()), 400),
    ];
    for (name, header, status) in headers {
        let lease = (Method::POST, format!("{case}/lease"));
        let mut asked = Ask::send(lease, &ann, &json!({}));
        asked.headers = vec![(header.0.to_owned(), header.1.to_owned())];
        let answer = desk.ask(asked).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_lost_lease_and_a_taken_case_are_conflicts() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let bob = desk.token("bob", (Scope::Review, &[])).await;
    let lease = || (Method::POST, format!("{case}/lease"));
    let taken = desk.ask(Ask::send(lease(), &ann, &json!({}))).await;
    assert_eq!(taken.status, StatusCode::OK);
    let others = desk.ask(Ask::send(lease(), &bob, &json!({}))).await;
    assert_eq!((others.status, code(&others)), (StatusCode::CONFLICT, "case_taken"));
    let body = json!({"fence": 9, "answer": {"decision": "approve"}});
    let lost = desk.ask(Ask::send((Method::POST, format!("{case}/decision")), &ann, &body)).await;
    assert_eq!((lost.status, code(&lost)), (StatusCode::CONFLICT, "lease_lost"));
}

#[tokio::test]
async fn whoever_comes_while_all_places_are_taken_is_told_to_come_back() {
    let none = ReviewSettings { requests_max: 0, ..ReviewSettings::default() };
    let desk = Desk::new(none).await;
    let answer = desk.ask(Ask::get("/livez", "")).await;
    assert_eq!((answer.status, code(&answer)), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
}
