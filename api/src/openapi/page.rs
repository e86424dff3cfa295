//! The page that shows the document to people: it asks nobody but this program.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::page::{self, DIGEST, VERSION};

const INDEX: &str = include_str!("../../reference/index.html");
const STYLE: &str = include_str!("../../reference/docs.css");
const SCRIPT: &str = include_str!("../../reference/docs.js");

/// With the digest of the files that it shares with the page on which people decide.
static PAGE: LazyLock<String> = LazyLock::new(|| INDEX.replace(DIGEST, &VERSION));
static CODE: LazyLock<String> = LazyLock::new(|| SCRIPT.replace(DIGEST, &VERSION));

pub(super) async fn page() -> Response {
    (page::guarded(), PAGE.as_str()).into_response()
}

pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> Response {
    file("text/javascript; charset=utf-8", &CODE)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    // Asked for anew each time: they are small, and always those of this program.
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_comes_from_elsewhere_and_no_text_becomes_markup() {
        for (name, text) in [("html", INDEX), ("css", STYLE), ("js", SCRIPT)] {
            for wrong in
                ["http:", "https:", "//cdn", "innerHTML", "eval(", "import(", "@import", "style="]
            {
                assert!(!text.contains(wrong), "{name}: {wrong}");
            }
        }
        for file in ["/docs/docs.css", "/docs/docs.js", "/assets/{{digest}}/style/base.css"] {
            assert!(INDEX.contains(file), "{file}");
        }
    }
}
