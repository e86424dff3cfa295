//! The page on which people decide: its files, built in, and the headers that keep them safe.
//!
//! Addresses that only the page knows (`/queue`, `/case/…`) get the page, which then shows what
//! belongs there. Its files stand below the digest of all of them, so that a browser may keep them
//! for ever and never mixes those of two versions.

mod files;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use ivendor_core::ids::Sha256;

use crate::extract::Path;
use crate::problem::Problem;
use crate::serve::App;
pub(crate) use files::DIGEST;
use files::{FILES, File, INDEX};

/// What the page may do: run and show what comes from here, ask here, and be in nobody's frame.
/// Nothing in it may make a script or markup of a text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// Characters of the digest: enough to tell versions apart.
const DIGEST_LEN: usize = 16;

/// The digest of all files and their names.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = FILES.iter().flat_map(|file| [file.path.as_bytes(), b"\n", file.bytes, b"\n"]);
    let digest = Sha256::of(&all.collect::<Vec<_>>().concat()).to_string();
    digest.chars().take(DIGEST_LEN).collect()
});

/// The page with the digest in its place.
static PAGE: LazyLock<String> = LazyLock::new(|| INDEX.replace(DIGEST, &VERSION));

/// `/`, the addresses that the page knows, and `/assets/DIGEST/FILE`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(page))
        .route("/queue", get(page))
        .route("/next", get(page))
        .route("/statistics", get(page))
        .route("/case/{tenant}/{case}", get(page))
        .route("/assets/{digest}/{*path}", get(asset))
}

async fn page() -> Response {
    (guarded(), PAGE.as_str()).into_response()
}

/// The headers of a page: what it may do, and who may show it.
pub(crate) fn guarded() -> HeaderMap {
    // Always asked for anew: it names the version of everything else.
    let mut headers = headers("text/html; charset=utf-8", "no-cache");
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

async fn asset(Path((digest, path)): Path<(String, String)>) -> Result<Response, Problem> {
    // Of another version there is nothing here: a page that asks for it must be loaded anew.
    let known = FILES.iter().find(|file| digest == *VERSION && file.path == path);
    let file = known.ok_or_else(Problem::not_found)?;
    let kind = kind(file).ok_or_else(Problem::not_found)?;
    let mut headers = headers(kind, "public, max-age=604800, immutable");
    let resource_policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(resource_policy, HeaderValue::from_static("same-origin"));
    Ok((headers, file.bytes).into_response())
}

fn headers(kind: &'static str, cache: &'static str) -> HeaderMap {
    HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        // What stands before every route says this too; alone the page is as safe.
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ])
}

/// The type of a file by its ending.
fn kind(file: &File) -> Option<&'static str> {
    let (_, ending) = file.path.rsplit_once('.')?;
    match ending {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
