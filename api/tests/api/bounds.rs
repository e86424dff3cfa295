//! What nobody may take too much of: requests, time, and what is remembered of a token.

use std::time::Duration;

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::desk::{Ask, Desk};
use crate::refusals::code;

/// Past it a test has failed: what is waited for ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes these bytes and no more, and gives everything that comes until the server hangs up.
async fn hanging(desk: &Desk, bytes: &str) -> String {
    let address = desk.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    // A connection that is reset has ended too.
    assert!(ended.is_ok(), "the server waits for ever after {bytes:.40}");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn whoever_asks_too_often_must_wait_and_locks_out_no_other() {
    let few = ReviewSettings {
        requests_of_one_at_once: 3,
        requests_of_one_per_minute: 6,
        ..ReviewSettings::default()
    };
    let desk = Desk::new(few).await;
    let ann = desk.token("ann", (Scope::Read, &[])).await;
    let bob = desk.token("bob", (Scope::Read, &[])).await;
    for _ in 0..3 {
        assert_eq!(desk.ask(Ask::get("/v1/cases", &ann)).await.status, StatusCode::OK);
    }
    let answer = desk.ask(Ask::get("/v1/statistics", &ann)).await;
    assert_eq!(
        (answer.status, code(&answer)),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
    );
    let wait: u64 = answer.retry_after.unwrap().parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait} s");
    assert_eq!(desk.ask(Ask::get("/v1/cases", &bob)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_counts_with_its_token() {
    let few = ReviewSettings {
        requests_of_one_at_once: 2,
        requests_of_one_per_minute: 1,
        ..ReviewSettings::default()
    };
    let desk = Desk::new(few).await;
    let ann = desk.token("ann", (Scope::Read, &[])).await;
    let sign_in = (Method::POST, "/v1/session");
    let mut asked = Ask::send(sign_in, "", &json!({"token": ann}));
    asked.token = None;
    let cookie = desk.ask(asked).await.cookie.unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let by_cookie = || Ask {
        token: None,
        headers: vec![("cookie".to_owned(), cookie.clone())],
        ..Ask::get("/v1/cases", "")
    };
    assert_eq!(desk.ask(by_cookie()).await.status, StatusCode::OK);
    assert_eq!(desk.ask(Ask::get("/v1/cases", &ann)).await.status, StatusCode::OK);
    assert_eq!(desk.ask(by_cookie()).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn headers_and_bodies_that_do_not_come_are_not_waited_for() {
    let short = ReviewSettings { header_s_max: 1, body_s_max: 1, ..ReviewSettings::default() };
    let desk = Desk::new(short).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    for (name, bytes) in [
        ("nothing", ""),
        ("half a line", "GET /v1/ca"),
        ("half of the headers", "GET /v1/cases HTTP/1.1\r\nhost: a\r\nx-a: "),
    ] {
        let answer = hanging(&desk, bytes).await;
        assert!(!answer.contains("200 OK"), "{name}: {answer}");
    }
    let head = format!(
        "POST /v1/cases/claim HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {ann}\r\n\
         content-type: application/json\r\n"
    );
    for (name, body) in [
        ("half of a body", "content-length: 100\r\n\r\n{\"order\":"),
        ("a chunk that ends nowhere", "transfer-encoding: chunked\r\n\r\n5\r\n{\"ord"),
    ] {
        let answer = hanging(&desk, &format!("{head}{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{name}: {answer}");
        assert!(answer.contains("urn:ivendor:problem:body_slow"), "{name}: {answer}");
    }
    let huge = format!("{head}content-length: 300000\r\n\r\n{}", "x".repeat(300_000));
    let answer = hanging(&desk, &huge).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let long = format!("GET /v1/cases HTTP/1.1\r\nhost: a\r\nx-a: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = hanging(&desk, &long).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn with_nothing_remembered_a_revoked_token_is_out_at_the_next_request() {
    let desk = Desk::new(ReviewSettings { tokens_kept_ms: 0, ..ReviewSettings::default() }).await;
    let ann = desk.token("ann", (Scope::Read, &[])).await;
    assert_eq!(desk.ask(Ask::get("/v1/cases", &ann)).await.status, StatusCode::OK);
    desk.revoke(&ann).await;
    assert_eq!(desk.ask(Ask::get("/v1/cases", &ann)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_that_was_revoked_elsewhere_is_out_when_its_time_is_over() {
    let desk = Desk::new(ReviewSettings { tokens_kept_ms: 200, ..ReviewSettings::default() }).await;
    let ann = desk.token("ann", (Scope::Read, &[])).await;
    assert_eq!(desk.ask(Ask::get("/v1/cases", &ann)).await.status, StatusCode::OK);
    desk.revoke(&ann).await;
    let revoked = tokio::time::Instant::now();
    while desk.ask(Ask::get("/v1/cases", &ann)).await.status == StatusCode::OK {
        assert!(revoked.elapsed() < PATIENCE, "it is let in for ever");
    }
}

#[tokio::test]
async fn what_was_answered_and_refused_is_counted_by_route() {
    let desk = Desk::new(ReviewSettings::default()).await;
    desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Read, &[])).await;
    desk.ask(Ask::get("/v1/tenants/acme/cases/none", &ann)).await;
    let scraped = reqwest::get(format!("{}/metrics", desk.base)).await.unwrap();
    assert_eq!(scraped.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = scraped.text().await.unwrap();
    let route = "method=\"GET\",route=\"/v1/tenants/{tenant}/cases/{case}\"";
    for part in [
        format!("ivendor_requests_total{{{route},status=\"404\"}} "),
        format!("ivendor_request_seconds_bucket{{{route},le=\"0.001\"}} "),
        "# HELP ivendor_requests_total ".to_owned(),
        "ivendor_requests_in_hand ".to_owned(),
        "ivendor_cases{state=\"open\"} ".to_owned(),
        "ivendor_pool_connections{shard=\"reference\",state=\"idle\"} ".to_owned(),
        "ivendor_pool_connections{shard=\"1\",state=\"busy\"} ".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert!(!text.contains("cases/none"), "no address of a case becomes a label: {text}");
}
