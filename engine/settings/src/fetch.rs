//! The settings of what gets the bytes of documents for a service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The schemes of the buckets that can be read.
const SCHEMES: [&str; 3] = ["s3://", "gs://", "az://"];

/// Bytes of the longest name of a bucket or container that any of the services allows.
const BUCKET_LEN_MAX: usize = 222;

/// Where documents may come from, and how long that may take. Who the program is to a service
/// comes from the environment alone, in the variables that the service's own tools read:
/// `AWS_…`, `GOOGLE_…`, `AZURE_…`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchSettings {
    /// Folders whose files may be read. Relative paths of requests count from the first one.
    pub roots: Vec<PathBuf>,
    /// Buckets that may be read: `s3://name`, `gs://name`, or `az://name` for a container.
    pub buckets: Vec<String>,
    /// Seconds that one document may take, all tries together.
    pub timeout_s_max: f64,
    /// Tries for one document before the error is handed on.
    pub tries_max: u32,
    /// The address of a service that speaks S3 and is not that of AWS, e.g.
    /// `https://example.org:9000`.
    pub endpoint: Option<String>,
    /// The region of the S3 buckets; else that of `AWS_REGION`.
    pub region: Option<String>,
    /// Whether a service may be asked without encryption. Only for one on this machine.
    pub allow_http: bool,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            buckets: Vec::new(),
            timeout_s_max: 60.0,
            tries_max: 4,
            endpoint: None,
            region: None,
            allow_http: false,
        }
    }
}

impl FetchSettings {
    /// The first value that cannot be, as its key and what is wrong.
    #[must_use]
    pub fn problem(&self) -> Option<(&'static str, String)> {
        if !(0.01..=3600.0).contains(&self.timeout_s_max) {
            let problem = "must lie between 0.01 and 3600 seconds".to_owned();
            return Some(("fetch.timeout_s_max", problem));
        }
        if !(1..=100).contains(&self.tries_max) {
            return Some(("fetch.tries_max", "must lie between 1 and 100".to_owned()));
        }
        if let Some(bucket) = self.buckets.iter().find(|bucket| !is_bucket(bucket)) {
            let problem = format!("{bucket:?} is no bucket; write s3://name, gs://name, az://name");
            return Some(("fetch.buckets", problem));
        }
        let problem = self.endpoint.as_deref().and_then(|e| endpoint_problem(e, self.allow_http));
        problem.map(|problem| ("fetch.endpoint", problem.to_owned()))
    }
}

fn is_bucket(text: &str) -> bool {
    let name = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or_default();
    let known = |b: u8| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b'$')
    };
    (1..=BUCKET_LEN_MAX).contains(&name.len()) && name.bytes().all(known) && !name.contains("..")
}

/// What is wrong with an endpoint. It is not repeated, since it may hold a password.
fn endpoint_problem(endpoint: &str, allow_http: bool) -> Option<&'static str> {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#');
    match scheme {
        "https" | "http" if authority.contains('@') => Some(
            "holds a user or a password; put those into AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY in the environment",
        ),
        "https" | "http" if authority.is_empty() || rest.contains(odd) => {
            Some("is no address; write https://example.org:9000")
        }
        "http" if !allow_http => Some(
            "is not encrypted; write https://, or allow it for a service on this machine with \
             fetch.allow_http",
        ),
        "https" | "http" => None,
        _ => Some("must begin with https://"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut FetchSettings)) -> Option<(&'static str, String)> {
        let mut settings = FetchSettings::default();
        change(&mut settings);
        settings.problem()
    }

    #[test]
    fn values_that_cannot_be_are_told_with_their_key() {
        assert_eq!(FetchSettings::default().problem(), None);
        type Change = fn(&mut FetchSettings);
        let cases: [(&str, Change); 6] = [
            ("fetch.timeout_s_max", |s| s.timeout_s_max = 0.0),
            ("fetch.timeout_s_max", |s| s.timeout_s_max = 3601.0),
            ("fetch.timeout_s_max", |s| s.timeout_s_max = f64::NAN),
            ("fetch.tries_max", |s| s.tries_max = 0),
            ("fetch.tries_max", |s| s.tries_max = 101),
            ("fetch.endpoint", |s| s.endpoint = Some("storage.example".to_owned())),
        ];
        for (at, (key, change)) in cases.into_iter().enumerate() {
            assert_eq!(with(change).map(|problem| problem.0), Some(key), "case {at}");
        }
    }

    #[test]
    fn a_bucket_is_a_scheme_and_a_name() {
        let cases = [
            ("s3://documents", true),
            ("gs://documents.example.com", true),
            ("az://$root", true),
            ("documents", false),
            ("s3:documents", false),
            ("s3://", false),
            ("s3://documents/", false),
            ("s3://documents/folder", false),
            ("s3://Documents", false),
            ("s3://user:word@documents", false),
            ("s3://..", false),
            ("http://example.org", false),
            ("S3://documents", false),
            ("", false),
        ];
        for (text, good) in cases {
            let problem = with(|s| s.buckets = vec!["s3://first".to_owned(), text.to_owned()]);
            assert_eq!(problem.is_none(), good, "{text}: {problem:?}");
        }
        assert!(!is_bucket(&format!("s3://{}", "a".repeat(BUCKET_LEN_MAX + 1))));
    }

    #[test]
    fn an_endpoint_is_encrypted_and_holds_no_password() {
        let cases = [
            ("https", "example.org:9000", false, None),
            ("https", "example.org/base", false, None),
            ("http", "127.0.0.1:8333", true, None),
            ("http", "127.0.0.1:8333", false, Some("fetch.allow_http")),
            ("https", "user:hidden@example.org", false, Some("AWS_ACCESS_KEY_ID")),
            ("https", "", false, Some("no address")),
            ("https", "example.org/a b", false, Some("no address")),
            ("https", "example.org?b", false, Some("no address")),
            ("ftp", "example.org", true, Some("https://")),
            ("", "", true, Some("https://")),
        ];
        assert!(endpoint_problem("example.org", true).is_some());
        for (scheme, rest, allow_http, expected) in cases {
            let endpoint = format!("{scheme}://{rest}");
            let problem = endpoint_problem(&endpoint, allow_http);
            match (problem, expected) {
                (None, None) => {}
                (Some(found), Some(wanted)) => {
                    assert!(found.contains(wanted), "{endpoint}: {found}");
                    assert!(!found.contains("hidden"), "{endpoint}: {found}");
                }
                (found, wanted) => panic!("{endpoint}: {found:?} instead of {wanted:?}"),
            }
        }
    }
}
