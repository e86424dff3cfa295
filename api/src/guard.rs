//! What stands before every route: an identifier for the request, a bound on how many are in hand
//! and for how long, and headers that keep out of caches what says nothing of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;

use crate::meters::{self, InHand, Refused};
use crate::problem::Problem;

/// The header with the identifier of a request, theirs or ours.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of an identifier that a client chooses.
const REQUEST_ID_LEN_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// The identifier of the request that is being answered.
#[must_use]
pub fn request_id() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// The bounds.
#[derive(Debug, Clone)]
pub struct Guard {
    places: Arc<Semaphore>,
    time_max: Duration,
}

impl Guard {
    /// At most so many requests at a time, each for so long.
    #[must_use]
    pub fn new(requests_max: usize, time_max: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(requests_max)), time_max }
    }

    async fn answer(&self, request: Request, next: Next) -> Response {
        let Ok(_place) = self.places.try_acquire() else {
            meters::refused(Refused::Busy);
            return Problem::busy("too many requests are in hand; send it again in a second")
                .into_response();
        };
        let answer = tokio::time::timeout(self.time_max, next.run(request)).await;
        answer.unwrap_or_else(|_| {
            let detail = format!("no answer within {} s", self.time_max.as_secs());
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "timed_out", detail).into_response()
        })
    }
}

/// Answers a request within the bounds.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let id = chosen(&request).unwrap_or_else(fresh);
    let (began, in_hand) = (Instant::now(), InHand::new());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = CURRENT.scope(id.clone(), guard.answer(request, next)).await;
    drop(in_hand);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    meters::answered((&method, route), response.status(), began.elapsed());
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    let no_sniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, no_sniff);
    response
}

/// The identifier that the client chose, where it is one.
fn chosen(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_fine = (1..=REQUEST_ID_LEN_MAX).contains(&id.len()) && id.chars().all(allowed);
    is_fine.then(|| id.to_owned())
}

fn fresh() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let started = jiff::Timestamp::now().as_microsecond();
    format!("{started:x}-{:x}", NEXT.fetch_add(1, Ordering::Relaxed))
}
