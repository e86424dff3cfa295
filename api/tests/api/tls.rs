//! The API over TLS, with a certificate from files.

use std::fs;

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Certificate, Client, StatusCode};
use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn with_a_certificate_it_answers_over_tls_alone() {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    fs::write(&chain, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let settings = ReviewSettings {
        tls_certificates: Some(chain),
        tls_key: Some(key),
        header_s_max: 1,
        ..ReviewSettings::default()
    };
    let desk = Desk::new(settings).await;
    let ann = desk.token("ann", (Scope::Read, &[])).await;
    let trusted = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = Client::builder().tls_certs_only([trusted]).build().unwrap();
    let secure = desk.base.replace("http://", "https://");
    let list = client.get(format!("{secure}/v1/cases")).bearer_auth(&ann).send().await.unwrap();
    assert_eq!(list.status(), StatusCode::OK);
    let body = json!({"token": ann}).to_string();
    let sign_in = client.post(format!("{secure}/v1/session")).body(body);
    let signed_in = sign_in.header("content-type", "application/json").send().await.unwrap();
    assert!(signed_in.headers()["set-cookie"].to_str().unwrap().contains("Secure"));
    // Nobody answers without it, and nobody is trusted who is not known.
    assert!(Client::new().get(format!("{}/livez", desk.base)).send().await.is_err());
    assert!(Client::new().get(format!("{secure}/livez")).send().await.is_err());
}
