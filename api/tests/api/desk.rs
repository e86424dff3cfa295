//! A server over databases of its own, and people with tokens who ask it.

use std::sync::OnceLock;

use ivendor_api::access::hash;
use ivendor_api::pictures::Pictures;
use ivendor_api::serve::{App, serve};
use ivendor_core::ids::Sha256;
use ivendor_core::verdict::Verdict;
use ivendor_settings::{FetchSettings, ReviewSettings, Settings};
use ivendor_store::cluster::Cluster;
use ivendor_store::reference::{Reference, Scope};
use ivendor_store::result::{DocumentRef, NewResult, case_id};
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::sample::undecided;
use ivendor_store::testing::stack::Stack;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::tokens;

/// The clusters that the tests share.
fn shared() -> &'static Stack {
    static SHARED: OnceLock<Stack> = OnceLock::new();
    SHARED.get_or_init(|| Stack::start(2).unwrap())
}

/// Databases of one test's own.
pub(crate) async fn ready() -> (Databases, Cluster) {
    Databases::ready(shared()).await.unwrap()
}

/// A server, and the store behind it.
pub(crate) struct Desk {
    pub(crate) base: String,
    pub(crate) cluster: Cluster,
    pub(crate) reference: Reference,
    /// Where documents lie.
    pub(crate) folder: TempDir,
    client: Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) tag: Option<String>,
    pub(crate) kind: String,
    pub(crate) cookie: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

/// What is asked, by whom.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: Option<&'a str>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(path: impl Into<String>, token: &'a str) -> Self {
        let (path, token) = (path.into(), Some(token));
        Self { method: Method::GET, path, token, headers: vec![], body: None }
    }

    pub(crate) fn send(
        (method, path): (Method, impl Into<String>),
        token: &'a str,
        body: &Value,
    ) -> Self {
        Self { method, body: Some(body.to_string()), ..Self::get(path, token) }
    }
}

impl Desk {
    pub(crate) async fn new(settings: ReviewSettings) -> Self {
        // Whoever came first has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (databases, cluster) = ready().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = Cluster::open(&databases.settings).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let fetch = FetchSettings { roots: vec![folder.path().to_owned()], ..Default::default() };
        let all = Settings { fetch, review: settings.clone(), ..Settings::default() };
        let pictures = Pictures::open(&all, &Vec::new()).unwrap();
        let served = App::new(served, settings, pictures);
        tokio::spawn(serve(listener, served, std::future::pending()));
        let reference = Reference::new(&databases.settings).unwrap();
        Self { base, cluster, reference, folder, client: Client::new() }
    }

    /// A token of this person for these tenants; for all where none is named.
    pub(crate) async fn token(&self, name: &str, (scope, tenants): (Scope, &[&str])) -> String {
        tokens::token(&self.reference, name, (&[scope], tenants)).await
    }

    pub(crate) async fn revoke(&self, token: &str) {
        assert!(self.reference.revoke_token(hash(token)).await.unwrap());
    }

    /// A case of this document, and its address.
    pub(crate) async fn case(&self, tenant: &str, document: &str) -> String {
        self.case_at(tenant, document, ("scans/r.jpg", document.as_bytes())).await
    }

    /// A case of this document, which lies there and had these bytes.
    pub(crate) async fn case_at(
        &self,
        tenant: &str,
        document: &str,
        (uri, bytes): (&str, &[u8]),
    ) -> String {
        self.store(result((tenant, document), (uri, bytes))).await
    }

    /// A case of a document of which this is claimed.
    pub(crate) async fn case_claiming(
        &self,
        (tenant, document): (&str, &str),
        (key, value): (&str, &str),
    ) -> String {
        let mut result = result((tenant, document), ("scans/r.jpg", document.as_bytes()));
        result.request.claims.insert(key.to_owned(), value.to_owned());
        self.store(result).await
    }

    async fn store(&self, result: NewResult) -> String {
        let Verdict { tenant_id: tenant, document_id: document, .. } = &result.verdict;
        let of = DocumentRef { tenant: tenant.clone(), document: document.clone() };
        let id = case_id(&of, result.verdict.sha256);
        let tenant = of.tenant.clone();
        let outcomes = self.cluster.shards.write(&[result]).await;
        assert!(outcomes[0].is_stored());
        format!("/v1/tenants/{tenant}/cases/{id}")
    }

    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Answer {
        let mut request =
            self.client.request(ask.method.clone(), format!("{}{}", self.base, ask.path));
        if let Some(token) = ask.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        if let Some(body) = ask.body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert!(header("x-request-id").is_some());
        let (tag, kind) = (header("etag"), header("content-type").unwrap_or_default());
        let (cookie, retry_after) = (header("set-cookie"), header("retry-after"));
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status, tag, kind, cookie, retry_after, body };
        crate::contract::check(&ask.method, &ask.path, &answer);
        answer
    }
}

/// A document that wants a person.
fn result((tenant, document): (&str, &str), (uri, bytes): (&str, &[u8])) -> NewResult {
    let of = DocumentRef { tenant: tenant.parse().unwrap(), document: document.parse().unwrap() };
    let mut result = undecided(&of, Sha256::of(bytes));
    uri.clone_into(&mut result.request.uri);
    result
}
