//! The settings of the review queue.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ivendor_store::reference::TenantKey;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// How reviews run, and how they are answered over HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Seconds that a lease lasts.
    pub lease_s: u32,
    /// Seconds within which an answer can be taken back.
    pub grace_s: u32,
    /// The share of cases that two people decide, 0–1, where a tenant has not set its own as
    /// `second_opinion_share`.
    pub second_opinion_share: f64,
    /// Seconds that somebody stays signed in to the page.
    pub session_s_max: u32,
    /// Tries to sign in that may fail, a minute and address.
    pub sign_ins_failed_max: u32,
    /// Tries to sign in that may fail, a minute, of all addresses together.
    pub sign_ins_failed_all_max: u32,
    /// Requests in hand at a time; more are told to come back.
    pub requests_max: usize,
    /// Seconds that a request may take.
    pub request_s_max: u32,
    /// Requests that one token may send at once, after a while without any.
    pub requests_of_one_at_once: u32,
    /// Requests that one token may send a minute in the long run.
    pub requests_of_one_per_minute: u32,
    /// Seconds that the headers of a request may take, and that a connection may rest.
    pub header_s_max: u32,
    /// Seconds that the body of a request may take.
    pub body_s_max: u32,
    /// Milliseconds for which it is remembered whose a token or a session is: so much later one
    /// that was revoked elsewhere is let in no more.
    pub tokens_kept_ms: u32,
    /// The file with the certificate and those above it, in PEM; HTTP without TLS where it is not
    /// given.
    pub tls_certificates: Option<PathBuf>,
    /// The file with the key of the certificate, in PEM.
    pub tls_key: Option<PathBuf>,
    /// Documents that are rendered for people at a time.
    pub renders_max: usize,
    /// Bytes of rendered pages that are kept for whoever asks again.
    pub pages_bytes_max: u64,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            lease_s: 300,
            grace_s: 60,
            second_opinion_share: 0.0,
            session_s_max: 43_200,
            sign_ins_failed_max: 10,
            sign_ins_failed_all_max: 300,
            requests_max: 5000,
            request_s_max: 30,
            requests_of_one_at_once: 1000,
            requests_of_one_per_minute: 6000,
            header_s_max: 30,
            body_s_max: 10,
            tokens_kept_ms: 1000,
            tls_certificates: None,
            tls_key: None,
            renders_max: 2,
            pages_bytes_max: 64 << 20,
        }
    }
}

impl ReviewSettings {
    /// How long a lease lasts.
    #[must_use]
    pub fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(self.lease_s.into())
    }

    /// How long an answer can be taken back.
    #[must_use]
    pub fn grace(&self) -> SignedDuration {
        SignedDuration::from_secs(self.grace_s.into())
    }

    /// How long the headers of a request may take.
    #[must_use]
    pub fn header_time(&self) -> Duration {
        Duration::from_secs(self.header_s_max.into())
    }

    /// How long the body of a request may take.
    #[must_use]
    pub fn body_time(&self) -> Duration {
        Duration::from_secs(self.body_s_max.into())
    }

    /// How long a request may take.
    #[must_use]
    pub fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_s_max.into())
    }

    /// The first value that cannot be, as its key and what is wrong.
    pub(crate) fn problem(&self) -> Option<(&'static str, String)> {
        let seconds = [
            ("review.lease_s", self.lease_s, 1),
            ("review.grace_s", self.grace_s, 0),
            ("review.session_s_max", self.session_s_max, 60),
            ("review.request_s_max", self.request_s_max, 1),
            ("review.header_s_max", self.header_s_max, 1),
            ("review.body_s_max", self.body_s_max, 1),
        ];
        if let Some((key, _, min)) = seconds.iter().find(|(_, s, min)| !(*min..=86_400).contains(s))
        {
            return Some((key, format!("must lie between {min} and 86400 seconds")));
        }
        let at_least_one = [
            ("review.sign_ins_failed_max", self.sign_ins_failed_max.into()),
            ("review.sign_ins_failed_all_max", self.sign_ins_failed_all_max.into()),
            ("review.requests_max", self.requests_max as u64),
            ("review.requests_of_one_at_once", self.requests_of_one_at_once.into()),
            ("review.requests_of_one_per_minute", self.requests_of_one_per_minute.into()),
            ("review.renders_max", self.renders_max as u64),
        ];
        if let Some((key, _)) = at_least_one.iter().find(|(_, number)| *number == 0) {
            return Some((key, "must be at least 1".to_owned()));
        }
        if self.tokens_kept_ms > 60_000 {
            return Some(("review.tokens_kept_ms", "must be at most 60000".to_owned()));
        }
        if self.tls_certificates.is_some() != self.tls_key.is_some() {
            return Some(("review.tls_key", "goes with review.tls_certificates".to_owned()));
        }
        if let Some(problem) = TenantKey::SecondOpinionShare.problem(self.second_opinion_share) {
            return Some(("review.second_opinion_share", problem));
        }
        None
    }
}
