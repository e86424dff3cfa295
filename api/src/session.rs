//! Who has signed in at the page: a cookie that scripts cannot read, and a word beside it without
//! which nothing is changed, since a browser sends the cookie whoever made it ask.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use ivendor_store::reference::Session;
use subtle::ConstantTimeEq as _;

use crate::access::hash;
use crate::limiter::{Limiter, Rate};
use crate::problem::Problem;
use crate::serve::App;

/// The cookie. Browsers take one of this name only from this very host, for all of it, encrypted.
pub const COOKIE: &str = "__Host-ivendor_session";
/// The header with the word that a page must know to change anything.
pub const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
/// What every session begins with.
pub(crate) const PREFIX: &str = "ivs_";
/// Bytes of a session's identifier, with its beginning.
const LEN: usize = 68;
/// Addresses that are remembered at a time.
const ADDRESSES_MAX: usize = 10_000;

/// The session of a request's cookie, with its word where something is to be changed.
#[derive(Debug)]
pub struct SignedIn(pub Session);

impl SignedIn {
    /// The session of the cookie.
    pub(crate) async fn read(parts: &Parts, app: &App) -> Result<Self, Problem> {
        let sent = cookie(&parts.headers).ok_or_else(unknown)?;
        let hash = hash(sent);
        let found = app.sessions.get(&hash, app.cluster.reference.session(hash)).await?;
        let session = found.ok_or_else(unknown)?;
        app.rates.take(session.token_hash)?;
        if !is_safe(&parts.method) && !knows(&parts.headers, &session.csrf) {
            let detail = "send the session's csrf as X-CSRF-Token; GET /v1/session tells it";
            return Err(Problem::new(StatusCode::FORBIDDEN, "csrf", detail));
        }
        Ok(Self(session))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::read(parts, app).await
    }
}

/// Nobody whom we know.
pub(crate) fn unknown() -> Problem {
    let detail = "sign in, or send Authorization: Bearer with a token that is valid now";
    Problem::new(StatusCode::UNAUTHORIZED, "token_missing", detail)
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the request has the session's word. It takes the same time whatever was sent.
fn knows(headers: &HeaderMap, csrf: &str) -> bool {
    let sent = headers.get(CSRF).map_or(&b""[..], axum::http::HeaderValue::as_bytes);
    bool::from(sent.ct_eq(csrf.as_bytes()))
}

/// The session that the cookies name, as it was sent.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    let mut ours = pairs.filter(|(name, _)| name.trim() == COOKIE).map(|(_, value)| value.trim());
    ours.find(|value| value.len() == LEN && value.starts_with(PREFIX))
}

/// How often signing in may fail.
#[derive(Debug)]
pub struct SignIns {
    by_address: Limiter<Option<IpAddr>>,
    in_all: Limiter<()>,
}

impl SignIns {
    /// So often a minute from one address, and from all.
    #[must_use]
    pub fn new((by_address, in_all): (u32, u32)) -> Self {
        let rate = |per_minute| Rate { at_once: per_minute, per_minute };
        Self {
            by_address: Limiter::new(rate(by_address), ADDRESSES_MAX),
            in_all: Limiter::new(rate(in_all), 1),
        }
    }

    /// Before a try: whether it may be.
    ///
    /// # Errors
    /// How long to wait.
    pub fn begin(&self, from: Option<IpAddr>) -> Result<(), Duration> {
        let from = neighbourhood(from);
        self.by_address.take(from)?;
        self.in_all.take(()).inspect_err(|_| self.by_address.give_back(&from))
    }

    /// After one that succeeded: it does not count.
    pub fn succeeded(&self, from: Option<IpAddr>) {
        self.by_address.give_back(&neighbourhood(from));
        self.in_all.give_back(&());
    }
}

/// Whoever has one address of the newer kind has all that share its first half.
fn neighbourhood(from: Option<IpAddr>) -> Option<IpAddr> {
    from.map(|address| match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        four => four,
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn of_all_cookies_only_ours_counts() {
        let id = format!("{PREFIX}{}", "a".repeat(64));
        let long = format!("{COOKIE}={id}a");
        let ours = format!("{COOKIE}={id}");
        let among = format!("a=b; {ours} ;c");
        let other = format!("x{COOKIE}={id}");
        let cases = [
            ("ours", vec![ours.as_str()], true),
            ("among others", vec![among.as_str()], true),
            ("in the second header", vec!["a=b", ours.as_str()], true),
            ("another name", vec![other.as_str()], false),
            ("too long", vec![long.as_str()], false),
            ("no value", vec!["__Host-ivendor_session"], false),
            ("garbage", vec![";;==;=", "\u{1}"], false),
            ("none", vec![], false),
        ];
        for (name, values, is_found) in cases {
            let mut headers = HeaderMap::new();
            for value in values.iter().filter_map(|value| HeaderValue::from_str(value).ok()) {
                headers.append(header::COOKIE, value);
            }
            assert_eq!(cookie(&headers), is_found.then_some(id.as_str()), "{name}");
        }
    }

    #[test]
    fn one_address_that_fails_too_often_locks_out_no_other() {
        let tries = SignIns::new((2, 5));
        let at = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for _ in 0..2 {
            tries.begin(at("2001:db8::1")).unwrap();
        }
        tries.begin(at("2001:db8::2")).unwrap_err();
        for _ in 0..9 {
            tries.begin(at("192.0.2.1")).unwrap();
            tries.succeeded(at("192.0.2.1"));
        }
        tries.begin(at("192.0.2.1")).unwrap();
        tries.begin(at("::ffff:192.0.2.1")).unwrap();
        tries.begin(at("192.0.2.1")).unwrap_err();
        tries.begin(at("192.0.2.2")).unwrap();
        tries.begin(at("192.0.2.3")).unwrap_err();
    }
}
