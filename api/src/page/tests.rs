//! The page is whole, and goes out as it should.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};

use axum::body::to_bytes;
use axum::http::StatusCode;

use super::*;

fn text(file: &File) -> &'static str {
    std::str::from_utf8(file.bytes).unwrap()
}

fn folder() -> PathBuf {
    FilePath::new(env!("CARGO_MANIFEST_DIR")).join("page")
}

fn below(folder: &FilePath, found: &mut BTreeSet<String>, root: &FilePath) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found, root);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.insert(name.replace('\\', "/"));
        }
    }
}

/// The texts between these two in the text.
fn between<'a>(text: &'a str, from: &'a str, to: char) -> impl Iterator<Item = &'a str> {
    text.split(from).skip(1).filter_map(move |rest| rest.split(to).next())
}

/// Where `./` and `../` of a module lead.
fn resolved(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

async fn asked(digest: &str, path: &str) -> Response {
    let answer = asset(Path((digest.to_owned(), path.to_owned()))).await;
    answer.unwrap_or_else(axum::response::IntoResponse::into_response)
}

#[test]
fn every_file_of_the_folder_is_built_in() {
    let mut there = BTreeSet::new();
    below(&folder(), &mut there, &folder());
    let built_in: BTreeSet<String> =
        FILES.iter().map(|file| file.path.to_owned()).chain(["index.html".to_owned()]).collect();
    assert_eq!(built_in, there);
    assert!(FILES.iter().all(|file| kind(file).is_some()));
}

#[test]
fn every_import_and_every_link_leads_to_a_file() {
    let is_there = |path: &str| FILES.iter().any(|file| file.path == path);
    let mut imports = 0;
    for file in FILES.iter().filter(|file| file.path.ends_with(".js")) {
        let says = |line: &&str| line.starts_with("import") || line.starts_with('}');
        let lines = text(file).lines().filter(says);
        for to in lines.flat_map(|line| between(line, "from '", '\'')) {
            assert!(to.starts_with('.'), "{}: {to} is not relative", file.path);
            assert!(is_there(&resolved(file.path, to)), "{}: {to} leads nowhere", file.path);
            imports += 1;
        }
    }
    assert!(imports > 50, "only {imports} imports");
    let links: Vec<&str> = between(INDEX, "/assets/{{digest}}/", '"').collect();
    assert!(links.len() > 5, "{links:?}");
    assert!(links.iter().all(|link| is_there(link)), "{links:?}");
    for style in FILES.iter().filter(|file| file.path.ends_with(".css")) {
        assert!(links.contains(&style.path), "{} is not linked", style.path);
    }
}

#[test]
fn nothing_makes_markup_or_scripts_of_texts() {
    let sinks = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
        "srcdoc",
        "javascript:",
    ];
    for file in FILES {
        let found = sinks.iter().find(|sink| text(file).contains(*sink));
        assert_eq!(found, None, "{}", file.path);
    }
    for inline in ["<style", " style=", " onclick", " onload", "<script>"] {
        assert!(!INDEX.contains(inline), "{inline}");
    }
}

#[test]
fn every_reason_of_a_verdict_has_words() {
    let verdicts = include_str!("../../../docs/verdicts.md");
    let rows = verdicts.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let codes: Vec<&str> =
        rows.filter(|code| code.contains('.') && !code.contains("KEY")).collect();
    assert!(codes.len() > 20, "{codes:?}");
    let words = FILES.iter().find(|file| file.path == "lib/words.js").map(text).unwrap();
    for code in codes {
        assert!(words.contains(&format!("'{code}': '")), "{code} has no words");
    }
}

#[tokio::test]
async fn the_page_is_asked_for_anew_and_guarded() {
    let answer = page().await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "no-cache");
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{part}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains(&format!("/assets/{}/app.js", *VERSION)));
    assert!(!body.contains(DIGEST));
}

#[tokio::test]
async fn a_file_is_kept_by_the_browser_and_nothing_else_is_found() {
    for file in FILES {
        let answer = asked(&VERSION, file.path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", file.path);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "public, max-age=604800, immutable");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body, file.bytes, "{}", file.path);
    }
    let others = [
        (VERSION.as_str(), "nothing.js"),
        (&VERSION, ""),
        (&VERSION, "../Cargo.toml"),
        (&VERSION, "lib/../../Cargo.toml"),
        (&VERSION, "/etc/passwd"),
        (&VERSION, "index.html"),
        (&VERSION, "APP.JS"),
        ("0000000000000000", "app.js"),
        ("..", "app.js"),
    ];
    for (digest, path) in others {
        let answer = asked(digest, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{digest}/{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}
