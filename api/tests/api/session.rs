//! People who sign in at the page, and whoever would like to act in their name.

use ivendor_api::access::hash;
use ivendor_core::ids::Sha256;
use ivendor_settings::ReviewSettings;
use ivendor_store::reference::{NewSession, Scope};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Answer, Ask, Desk};
use crate::refusals::code;

/// A browser that has signed in: its cookie, and what its page knows.
struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    fn ask(&self, method: Method, path: &str, csrf: Option<&str>) -> Ask<'_> {
        let mut headers = vec![("cookie".to_owned(), self.cookie.clone())];
        headers.extend(csrf.map(|csrf| ("x-csrf-token".to_owned(), csrf.to_owned())));
        Ask { method, path: path.to_owned(), token: None, headers, body: Some("{}".to_owned()) }
    }
}

async fn sign_in(desk: &Desk, token: &str) -> Answer {
    let body = Some(json!({"token": token}).to_string());
    let path = "/v1/session".to_owned();
    desk.ask(Ask { method: Method::POST, path, token: None, headers: vec![], body }).await
}

async fn signed_in(desk: &Desk, token: &str) -> Browser {
    let answer = sign_in(desk, token).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let cookie = answer.cookie.unwrap().split(';').next().unwrap().to_owned();
    Browser { cookie, csrf: answer.body["csrf"].as_str().unwrap().to_owned() }
}

#[tokio::test]
async fn a_session_begins_with_a_token_and_its_cookie_stays_with_the_browser() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let ann = desk.token("ann", (Scope::Review, &["acme"])).await;
    let answer = sign_in(&desk, &ann).await;
    let cookie = answer.cookie.unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict");
    let (name, id) = pair.split_once('=').unwrap();
    assert_eq!((name, id.len()), ("__Host-ivendor_session", 68));
    let expected = json!({
        "reviewer": "ann", "scopes": ["review"], "tenants": ["acme"], "lease_s": 300,
        "grace_s": 60, "csrf": answer.body["csrf"], "expires_at": answer.body["expires_at"],
    });
    assert_eq!(answer.body, expected);
    // Of what the browser has, the database has the hash alone.
    assert!(desk.reference.session(hash(id)).await.unwrap().is_some());
    let browser = Browser { cookie: pair.to_owned(), csrf: String::new() };
    let seen = desk.ask(browser.ask(Method::GET, "/v1/session", None)).await;
    assert_eq!((seen.status, seen.body), (StatusCode::OK, answer.body));
    let boss = desk.token("dora", (Scope::Admin, &[])).await;
    assert_eq!(sign_in(&desk, &boss).await.body["tenants"], Value::Null);
}

#[tokio::test]
async fn whoever_signs_out_is_out() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let (browser, other) = (signed_in(&desk, &ann).await, signed_in(&desk, &ann).await);
    let out = browser.ask(Method::DELETE, "/v1/session", Some(&browser.csrf));
    let answer = desk.ask(out).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let cookie = answer.cookie.unwrap();
    assert!(cookie.starts_with("__Host-ivendor_session=; ") && cookie.ends_with("Max-Age=0"));
    let after = desk.ask(browser.ask(Method::GET, "/v1/cases", None)).await;
    assert_eq!((after.status, code(&after)), (StatusCode::UNAUTHORIZED, "token_missing"));
    let elsewhere = desk.ask(other.ask(Method::GET, "/v1/cases", None)).await;
    assert_eq!(elsewhere.status, StatusCode::OK, "the other browser stays signed in");
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_its_token() {
    let short = ReviewSettings { session_s_max: 0, ..ReviewSettings::default() };
    let desk = Desk::new(short).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    assert_eq!(sign_in(&desk, &ann).await.status, StatusCode::UNAUTHORIZED, "ended at once");
    let desk = Desk::new(ReviewSettings { tokens_kept_ms: 0, ..ReviewSettings::default() }).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let id = format!("ivs_{}", Sha256::of(b"an ended one"));
    let csrf = "word".to_owned();
    let length = SignedDuration::from_secs(-1);
    let ended = NewSession { hash: hash(&id), token: hash(&ann), csrf, length };
    assert_eq!(desk.reference.start_session(&ended).await.unwrap(), None);
    let cookie = format!("__Host-ivendor_session={id}");
    let expired = Browser { cookie, csrf: "word".to_owned() };
    let browser = signed_in(&desk, &ann).await;
    let asked = async |browser: &Browser| {
        desk.ask(browser.ask(Method::GET, "/v1/cases", None)).await.status
    };
    assert_eq!(asked(&expired).await, StatusCode::UNAUTHORIZED);
    assert_eq!(asked(&browser).await, StatusCode::OK);
    assert_eq!(desk.reference.sweep_sessions().await.unwrap(), 1, "the ended one");
    desk.revoke(&ann).await;
    assert_eq!(asked(&browser).await, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.reference.sweep_sessions().await.unwrap(), 1, "that of the revoked token");
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let (browser, other) = (signed_in(&desk, &ann).await, signed_in(&desk, &ann).await);
    let lease = format!("{case}/lease");
    let words = [None, Some(""), Some("0"), Some(other.csrf.as_str())];
    for (method, path) in [
        (Method::POST, lease.as_str()),
        (Method::PUT, lease.as_str()),
        (Method::DELETE, "/v1/session"),
        (Method::POST, "/v1/cases/claim"),
    ] {
        for word in words {
            let answer = desk.ask(browser.ask(method.clone(), path, word)).await;
            let found = (answer.status, code(&answer));
            assert_eq!(found, (StatusCode::FORBIDDEN, "csrf"), "{method} {path} {word:?}");
        }
    }
    let seen = desk.ask(browser.ask(Method::GET, &case, None)).await;
    assert_eq!(seen.body["version"], 1);
    let taken = desk.ask(browser.ask(Method::POST, &lease, Some(&browser.csrf))).await;
    assert_eq!((taken.status, &taken.body["holder"]), (StatusCode::OK, &json!("ann")));
}

#[tokio::test]
async fn of_a_token_and_a_cookie_the_token_counts() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let bob = desk.token("bob", (Scope::Review, &[])).await;
    let browser = signed_in(&desk, &ann).await;
    let lease = format!("{case}/lease");
    let both = Ask { token: Some(&bob), ..browser.ask(Method::POST, &lease, None) };
    assert_eq!(desk.ask(both).await.body["holder"], "bob");
    let wrong = Ask { token: Some("ivr_wrong"), ..browser.ask(Method::GET, &case, None) };
    assert_eq!(desk.ask(wrong).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_of_garbage_lets_nobody_in() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let hash = Sha256::of(b"guessed").to_string();
    let long = "x".repeat(5000);
    for id in ["", "ivs_", "'; drop table session --", "%00", &long, &format!("ivs_{hash}")] {
        let cookie = format!("__Host-ivendor_session={id}");
        let browser = Browser { cookie, csrf: String::new() };
        for path in ["/v1/cases", "/v1/session"] {
            let answer = desk.ask(browser.ask(Method::GET, path, None)).await;
            assert_eq!((answer.status, code(&answer)), (StatusCode::UNAUTHORIZED, "token_missing"));
        }
    }
}

#[tokio::test]
async fn whoever_fails_to_sign_in_too_often_must_wait() {
    let few = ReviewSettings { sign_ins_failed_max: 3, ..ReviewSettings::default() };
    let desk = Desk::new(few).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    for _ in 0..9 {
        assert_eq!(sign_in(&desk, &ann).await.status, StatusCode::OK, "success does not count");
    }
    for wrong in ["", "ivr_wrong", "' or 1=1 --"] {
        assert_eq!(sign_in(&desk, wrong).await.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let answer = sign_in(&desk, &ann).await;
    let found = (answer.status, code(&answer));
    assert_eq!(found, (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    let wait: u64 = answer.retry_after.unwrap().parse().unwrap();
    assert!((1..=21).contains(&wait), "{wait} s");
}
