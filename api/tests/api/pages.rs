//! The pages of documents, as people see them.

use std::fs;
use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::StatusCode;
use serde_json::json;

use crate::desk::{Ask, Desk};

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let page = RgbImage::from_fn(120, 80, |x, _| Rgb([u8::try_from(x).unwrap(), 90, 200]));
    page.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

#[tokio::test]
async fn a_page_is_shown_in_the_pixels_of_the_evidence_and_kept_by_its_reader_alone() {
    let desk = Desk::new(ReviewSettings::default()).await;
    fs::write(desk.folder.path().join("a.png"), png()).unwrap();
    let case = desk.case_at("acme", "a", ("a.png", &png())).await;
    let ann = desk.token("ann", (Scope::Read, &["acme"])).await;
    let list = desk.ask(Ask::get(format!("{case}/pages"), &ann)).await;
    let pages = json!({"pages": [{"page": 1, "width": 120, "height": 80}]});
    assert_eq!((list.status, list.body), (StatusCode::OK, pages));
    let client = reqwest::Client::new();
    let get = || client.get(format!("{}{case}/pages/1", desk.base)).bearer_auth(&ann);
    let answer = get().send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("cache-control"), "private, max-age=3600");
    assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let tag = header("etag");
    let shown = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((shown.width(), shown.height()), (120, 80));
    let again = get().header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let none = desk.ask(Ask::get(format!("{case}/pages/2"), &ann)).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_document_of_ours_is_not_shown() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.png");
    fs::write(&secret, png()).unwrap();
    let folder = desk.folder.path();
    std::os::unix::fs::symlink(&secret, folder.join("link.png")).unwrap();
    fs::write(folder.join("changed.png"), png()).unwrap();
    fs::write(folder.join("damaged.png"), &png()[..60]).unwrap();
    let secret = format!("file://{}", secret.display());
    let cases: [(&str, &str, &[u8], u16, &str); 7] = [
        ("gone", "gone.png", &png(), 404, "document_unreachable"),
        ("up", "../secret.png", &png(), 404, "document_unreachable"),
        ("outside", &secret, &png(), 404, "document_unreachable"),
        ("by a link", "link.png", &png(), 404, "document_unreachable"),
        ("a bucket", "s3://elsewhere/a.png", &png(), 404, "document_unreachable"),
        ("changed", "changed.png", b"other", 409, "document_changed"),
        ("damaged", "damaged.png", &png()[..60], 422, "document_damaged"),
    ];
    let ann = desk.token("ann", (Scope::Read, &["acme"])).await;
    for (at, (name, uri, bytes, status, code)) in cases.into_iter().enumerate() {
        let case = desk.case_at("acme", &format!("d-{at}"), (uri, bytes)).await;
        for path in [format!("{case}/pages"), format!("{case}/pages/1")] {
            let answer = desk.ask(Ask::get(path, &ann)).await;
            let kind = format!("urn:ivendor:problem:{code}");
            assert_eq!(
                (answer.status.as_u16(), answer.body["type"].as_str()),
                (status, Some(kind.as_str())),
                "{name}: {answer:?}"
            );
            assert!(!answer.body.to_string().contains("secret"), "{name}: {answer:?}");
        }
    }
}
