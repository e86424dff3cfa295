//! What comes of each answer of a service, and the walls around files and buckets.

use std::fs;
use std::net::TcpListener;

use ivendor_core::reason::Reason;
use proptest::prelude::*;

use super::service::{Service, Step, head, refusal, whole};
use super::*;

const KEY_ID: &str = "a-key-id";
const SECRET: &str = "a-secret-nobody-may-see";

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn with_key() -> Variables {
    variables(&[("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET)])
}

fn settings(endpoint: &str) -> FetchSettings {
    FetchSettings {
        buckets: vec!["s3://b".to_owned()],
        endpoint: Some(endpoint.to_owned()),
        allow_http: true,
        timeout_s_max: 20.0,
        tries_max: 3,
        ..FetchSettings::default()
    }
}

/// Documents of at most 100 bytes.
fn open(settings: &FetchSettings) -> Documents {
    Documents::open(settings, 100, &with_key()).unwrap()
}

/// The detail of an error, once it is seen that no secret is in it.
fn detail(error: &FetchError) -> String {
    let detail = error.to_string();
    assert!(!detail.contains("hidden") && !detail.contains(SECRET), "{detail}");
    detail
}

/// What should come of a document.
enum Wanted<'a> {
    Bytes(&'a [u8]),
    Unreachable(&'a str),
    TooLarge,
    Transient(&'a str),
}

fn compare(name: &str, found: Result<Content, FetchError>, wanted: &Wanted<'_>) {
    match (found, wanted) {
        (Ok(content), Wanted::Bytes(bytes)) => {
            assert_eq!(content.bytes, *bytes, "{name}");
            assert_eq!(content.sha256, Sha256::of(bytes), "{name}");
        }
        (Err(error), Wanted::Transient(words)) => {
            assert!(error.is_transient(), "{name}: {error}");
            assert!(detail(&error).contains(words), "{name}: {error}");
        }
        (Err(error), Wanted::Unreachable(words)) => {
            assert!(!error.is_transient(), "{name}: {error}");
            assert!(detail(&error).contains(words), "{name}: {error}");
            assert_eq!(error.into_content().reason, Reason::CONTENT_UNREACHABLE, "{name}");
        }
        (Err(error), Wanted::TooLarge) => {
            assert!(detail(&error).contains("limits.bytes_max"), "{name}: {error}");
            assert!(!error.is_transient(), "{name}");
            assert_eq!(error.into_content().reason, Reason::CONTENT_TOO_LARGE, "{name}");
        }
        (found, _) => panic!("{name}: {found:?}"),
    }
}

/// A name, the answers in turn, what comes of them, and how often the service was asked.
type Case<'a> = (&'a str, Vec<Vec<Step>>, Wanted<'a>, usize);

async fn try_all(cases: Vec<Case<'_>>) {
    for (name, answers, wanted, asked) in cases {
        let service = Service::start(answers);
        let documents = open(&settings(&service.url()));
        compare(name, documents.get("s3://b/tenants/t/1.png").await, &wanted);
        assert_eq!(service.asked().len(), asked, "{name}");
    }
}

#[tokio::test]
async fn a_refusal_is_the_documents_or_passes() {
    let busy = || refusal("503 Slow Down", "SlowDown");
    let cases: Vec<Case<'_>> = vec![
        ("at once", vec![whole(b"abc")], Wanted::Bytes(b"abc"), 1),
        ("empty", vec![whole(b"")], Wanted::Bytes(b""), 1),
        ("busy twice", vec![busy(), busy(), whole(b"abc")], Wanted::Bytes(b"abc"), 3),
        ("busy", vec![busy()], Wanted::Transient("503 SlowDown"), 3),
        ("throttled", vec![refusal("429 Many", "Busy")], Wanted::Transient("429 Busy"), 3),
        ("missing", vec![refusal("404 No", "NoSuchKey")], Wanted::Unreachable("exist"), 1),
        ("missing, no code", vec![refusal("404 No", "")], Wanted::Unreachable("exist"), 1),
        ("no bucket", vec![refusal("404 No", "NoSuchBucket")], Wanted::Transient("name"), 1),
        ("denied", vec![refusal("403 No", "AccessDenied")], Wanted::Unreachable("allow"), 1),
        ("old token", vec![refusal("403 No", "ExpiredToken")], Wanted::Transient("cred"), 1),
        ("unknown", vec![refusal("401 Who", "")], Wanted::Transient("credentials"), 1),
        (
            "old token as AWS says it",
            vec![refusal("400 No", "ExpiredToken")],
            Wanted::Transient("credentials"),
            1,
        ),
        ("not told", vec![refusal("400 No", "")], Wanted::Transient("fetch.endpoint"), 1),
    ];
    try_all(cases).await;
}

#[tokio::test]
async fn a_body_is_whole_or_is_not_taken() {
    let half = || vec![head("200 OK", 6, ""), Step::Bytes(b"abc".to_vec())];
    let range = "Content-Range: bytes 3-5/6\r\n";
    let rest = vec![head("206 Partial", 3, range), Step::Bytes(b"def".to_vec())];
    let other = vec![
        Step::Bytes(b"HTTP/1.1 206 Partial\r\nContent-Length: 3\r\nETag: \"2\"\r\n".to_vec()),
        Step::Bytes(b"Connection: close\r\nContent-Range: bytes 3-5/6\r\n\r\nxyz".to_vec()),
    ];
    let unmeasured = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let endless = vec![head("500 Broken", 1 << 40, ""), Step::Bytes(vec![b'a'; 64 << 10])];
    let cases: Vec<Case<'_>> = vec![
        ("full", vec![whole(&[7; 100])], Wanted::Bytes(&[7; 100]), 1),
        ("too large", vec![whole(&[7; 101])], Wanted::TooLarge, 1),
        ("says that it is huge", vec![vec![head("200 OK", 1 << 50, "")]], Wanted::TooLarge, 1),
        (
            "longer than said",
            vec![vec![head("200 OK", 3, ""), Step::Bytes(vec![b'a'; 500])]],
            Wanted::Bytes(b"aaa"),
            1,
        ),
        ("broken, then the rest", vec![half(), rest], Wanted::Bytes(b"abcdef"), 2),
        ("broken, then another", vec![half(), other], Wanted::Transient("fetch.tries_max"), 2),
        ("broken, again and again", vec![half()], Wanted::Transient("fetch.tries_max"), 2),
        (
            "no length",
            vec![vec![Step::Bytes(unmeasured.to_vec())]],
            Wanted::Transient("Content-Length"),
            1,
        ),
        ("endless error", vec![endless], Wanted::Transient("500"), 3),
        (
            "no HTTP",
            vec![vec![Step::Bytes(b"hello\r\n\r\n".to_vec())]],
            Wanted::Transient("service runs"),
            1,
        ),
    ];
    try_all(cases).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Service::start(vec![whole(b"abc")]);
    let lines = format!("Location: {}/b/1.png\r\n", other.url());
    let service = Service::start(vec![vec![head("307 Elsewhere", 0, &lines)]]);
    let found = open(&settings(&service.url())).get("s3://b/1.png").await;
    compare("redirect", found, &Wanted::Transient("not followed"));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_service_that_is_away_or_silent_passes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let found = open(&settings(&closed)).get("s3://b/1.png").await;
    compare("away", found, &Wanted::Transient("refused"));

    // A try may be silent for half of the time, and the wait before the second takes of the rest.
    let service = Service::start(vec![vec![Step::Silence]]);
    let hurried = FetchSettings { timeout_s_max: 1.0, tries_max: 2, ..settings(&service.url()) };
    let found = open(&hurried).get("s3://b/1.png").await;
    compare("silent", found, &Wanted::Transient("fetch.timeout_s_max"));

    let half = vec![head("200 OK", 6, ""), Step::Bytes(b"abc".to_vec()), Step::Silence];
    let service = Service::start(vec![half]);
    let hurried = FetchSettings { timeout_s_max: 1.0, tries_max: 2, ..settings(&service.url()) };
    let found = open(&hurried).get("s3://b/1.png").await;
    compare("silent after half", found, &Wanted::Transient("fetch."));

    let service = Service::start(vec![vec![Step::Silence], whole(b"abc")]);
    let hurried = FetchSettings { timeout_s_max: 3.0, tries_max: 3, ..settings(&service.url()) };
    let found = open(&hurried).get("s3://b/1.png").await;
    compare("silent at first", found, &Wanted::Bytes(b"abc"));
}

#[tokio::test]
async fn each_service_is_asked_in_its_own_way() {
    let service = Service::start(vec![whole(b"abc")]);
    let url = service.url();
    let settings = FetchSettings {
        buckets: vec!["s3://b".to_owned(), "gs://c".to_owned(), "az://d".to_owned()],
        ..settings(&url)
    };
    let mut variables = with_key();
    variables.extend(self::variables(&[
        ("GOOGLE_BASE_URL", &url),
        ("GOOGLE_SKIP_SIGNATURE", "true"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
        ("AZURE_STORAGE_ENDPOINT", &url),
        ("AZURE_SKIP_SIGNATURE", "true"),
        ("AWS_EC2_METADATA_DISABLED", "passed over"),
        ("AWS_BUCKET", "not-this-one"),
    ]));
    let documents = Documents::open(&settings, 100, &variables).unwrap();
    for uri in ["s3://b/t/a é.png", "gs://c/t/1.png", "az://d/t/1.png"] {
        compare(uri, documents.get(uri).await, &Wanted::Bytes(b"abc"));
    }
    let asked = service.asked();
    let lines: Vec<&str> = asked.iter().map(|asked| asked.line.as_str()).collect();
    let expected = [
        "GET /b/t/a%20%C3%A9.png HTTP/1.1",
        "GET /c/t%2F1%2Epng HTTP/1.1",
        "GET /d/t/1.png HTTP/1.1",
    ];
    assert_eq!(lines, expected);
    let signed = asked[0].header("authorization").unwrap();
    assert!(signed.contains(KEY_ID) && !signed.contains(SECRET), "{signed}");
    assert!(!format!("{documents:?}").contains(SECRET));
}

#[tokio::test]
async fn what_is_not_configured_is_not_asked_for() {
    let service = Service::start(vec![whole(b"abc")]);
    let documents = open(&settings(&service.url()));
    let cases = [
        ("s3://c/1.png", "fetch.buckets"),
        ("s3://B/1.png", "fetch.buckets"),
        ("s3://b:80/1.png", "fetch.buckets"),
        ("s3://u:p@b/1.png", "fetch.buckets"),
        ("gs://b/1.png", "fetch.buckets"),
        ("az://b/1.png", "fetch.buckets"),
        ("s3://b/../c/1.png", "\"..\""),
        ("s3://b/", "names no object"),
        ("s3://b/1.png?X-Amz-Signature=hidden", "query"),
        ("http://127.0.0.1/1.png", "is not fetched"),
        ("ftp://b/1.png", "unknown scheme"),
        ("1.png", "fetch.roots"),
        ("file:///etc/passwd", "fetch.roots"),
    ];
    for (uri, words) in cases {
        compare(uri, documents.get(uri).await, &Wanted::Unreachable(words));
    }
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn files_come_from_the_roots() {
    let yard = tempfile::tempdir().unwrap();
    let at = |name: &str| yard.path().join(name);
    for (folder, file, len) in [("a", "1.png", 3), ("b", "2.png", 100), ("c", "3.png", 3)] {
        fs::create_dir(at(folder)).unwrap();
        fs::write(at(folder).join(file), vec![7; len]).unwrap();
    }
    fs::write(at("a/large.png"), [7; 101]).unwrap();
    let settings = FetchSettings { roots: vec![at("a"), at("b")], ..FetchSettings::default() };
    let documents = open(&settings);
    let path = |name: &str| at(name).display().to_string();
    let cases = [
        ("relative", "1.png".to_owned(), Wanted::Bytes(&[7; 3])),
        ("absolute", path("a/1.png"), Wanted::Bytes(&[7; 3])),
        ("of the other root", format!("file://{}", path("b/2.png")), Wanted::Bytes(&[7; 100])),
        ("relative to the other root", "2.png".to_owned(), Wanted::Unreachable("cannot open")),
        ("outside", path("c/3.png"), Wanted::Unreachable("fetch.roots")),
        ("parent", "../c/3.png".to_owned(), Wanted::Unreachable("\"..\"")),
        ("too large", "large.png".to_owned(), Wanted::TooLarge),
        ("folder", path("a"), Wanted::Unreachable("a folder")),
    ];
    for (name, uri, wanted) in cases {
        compare(name, documents.get(&uri).await, &wanted);
    }
    let missing = FetchSettings { roots: vec![at("none")], ..FetchSettings::default() };
    let error = Documents::open(&missing, 100, &Vec::new()).unwrap_err().to_string();
    assert!(error.contains("fetch.roots") && error.contains("none"), "{error}");
}

#[test]
fn credentials_that_do_not_fit_are_told_without_being_shown() {
    let of = |bucket: &str| FetchSettings {
        buckets: vec![bucket.to_owned()],
        ..FetchSettings::default()
    };
    let cases = [
        ("s3://b", "AWS_SECRET_ACCESS_KEY", "AWS_"),
        ("gs://b", "GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_"),
        ("az://b", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_"),
        ("s3://B", "AWS_SECRET_ACCESS_KEY", "fetch.buckets"),
    ];
    for (bucket, variable, words) in cases {
        let variables = variables(&[(variable, SECRET)]);
        let error = Documents::open(&of(bucket), 100, &variables).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(bucket), "{error}");
        assert!(!error.contains(SECRET), "{error}");
    }
}

proptest! {
    #[test]
    fn no_uri_panics(uri in ".{0,60}", rest in "[a-zA-Z0-9./%?#@: -]{0,30}") {
        let root = tempfile::tempdir().unwrap();
        let roots = vec![root.path().to_owned()];
        let documents = open(&FetchSettings { roots, ..FetchSettings::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for prefix in ["", "file:", "s3://", "gs://b/", "az:"] {
            for rest in [&uri, &rest] {
                let uri = format!("{prefix}{rest}");
                prop_assert!(runtime.block_on(documents.get(&uri)).is_err());
            }
        }
    }
}
