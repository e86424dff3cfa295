//! Somebody who takes case after case and decides it, until there is none left.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

/// What those at work share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) base: String,
    /// Cases that are decided. Whoever strikes waits for some number of them.
    pub(crate) decided: watch::Sender<usize>,
    pub(crate) cases: usize,
    /// Times that somebody left with a case.
    pub(crate) left: AtomicUsize,
    /// Of so many cases that somebody takes he leaves with one; none where it is 0.
    pub(crate) dies_every: usize,
}

/// An answer, whenever it came.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    body: Value,
}

/// The request with a body of JSON.
pub(crate) fn with_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// Somebody at work.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) shared: Arc<Shared>,
    pub(crate) client: Client,
    pub(crate) token: String,
    pub(crate) number: usize,
}

impl Person {
    /// Works until every case is decided.
    pub(crate) async fn work(self) {
        let Shared { decided, cases, dies_every, left, .. } = &*self.shared;
        let mut taken = self.number;
        while *decided.borrow() < *cases {
            let Some(held) = self.claim(taken).await else {
                tokio::task::yield_now().await;
                continue;
            };
            taken += 1;
            if *dies_every > 0 && taken.is_multiple_of(*dies_every) {
                left.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            self.decide(&held, taken).await;
        }
    }

    async fn claim(&self, taken: usize) -> Option<Value> {
        let order = if taken.is_multiple_of(2) { "due" } else { "doubt" };
        let claim = |client: &Client| {
            let url = format!("{}/v1/cases/claim", self.shared.base);
            with_json(client.request(Method::POST, url), &json!({"order": order}))
        };
        // A claim has no key: where its answer was lost, so is the case, until the lease ends.
        let answer = self.answered(&claim).await;
        match answer.status {
            StatusCode::OK => Some(answer.body),
            StatusCode::NO_CONTENT => None,
            _ => panic!("claim: {answer:?}"),
        }
    }

    async fn decide(&self, held: &Value, taken: usize) {
        let (tenant, case) = (held["tenant_id"].as_str(), held["case_id"].as_str());
        let path = format!("/v1/tenants/{}/cases/{}/decision", tenant.unwrap(), case.unwrap());
        let body = json!({"fence": held["fence"], "answer": {"decision": "approve"}});
        let key = format!("{}-{taken}", self.number);
        let decide = |client: &Client| {
            let url = format!("{}{path}", self.shared.base);
            let decide = client.request(Method::POST, url).header("idempotency-key", &key);
            with_json(decide, &body)
        };
        let answer = self.answered(&decide).await;
        match (answer.status, answer.body["type"].as_str()) {
            (StatusCode::OK, _) if answer.body["state"] == "decided" => {
                self.shared.decided.send_modify(|decided| *decided += 1);
                // Whoever asks once more is told the same, and nothing is done.
                let again = self.answered(&decide).await;
                assert_eq!((again.status, again.body), (StatusCode::OK, answer.body));
            }
            // Another opinion is wanted.
            (StatusCode::OK, _) => assert_eq!(answer.body["opinions_needed"], 2),
            // The machine was slow, or the program was dead for too long.
            (StatusCode::CONFLICT, Some("urn:ivendor:problem:lease_lost")) => {}
            _ => panic!("decide: {answer:?}"),
        }
    }

    /// Sends the same request until there is an answer: not that a database is away, nor nothing
    /// since the program is dead.
    async fn answered(&self, request: &impl Fn(&Client) -> RequestBuilder) -> Answer {
        loop {
            let sent = request(&self.client).bearer_auth(&self.token).send().await;
            let Ok(response) = sent else {
                tokio::task::yield_now().await;
                continue;
            };
            let status = response.status();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                assert!(response.headers().contains_key("retry-after"));
                continue;
            }
            let Ok(bytes) = response.bytes().await else { continue };
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            return Answer { status, body };
        }
    }
}
