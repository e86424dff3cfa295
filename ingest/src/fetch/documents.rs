//! TEMPORARY
use super::{Fetcher, Place, Root};
use crate::error::RunError;
use crate::settings::Settings;
use ivendor_core::ids::Sha256;
use ivendor_core::request::VerificationRequest;
use ivendor_verify::job::ContentError;
use std::sync::Arc;
pub struct Content {
    pub bytes: Vec<u8>,
    pub sha256: Sha256,
}
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{}", .0.detail)]
    Content(ContentError),
    #[error("{0}")]
    Transient(String),
}
pub struct Documents {
    fetcher: Arc<Fetcher>,
    base: Arc<Root>,
}
impl Documents {
    pub fn new(s: &Settings) -> Result<Self, RunError> {
        let root = std::env::var("IVENDOR_FETCH_ROOTS").unwrap_or("/".into());
        let base = Arc::new(
            Root::open(std::path::Path::new(&root)).map_err(|e| RunError::Usage(e.to_string()))?,
        );
        Ok(Self { fetcher: Arc::new(Fetcher::new(vec![], s.limits.bytes_max)), base })
    }
}
impl crate::worker::fetching::Fetch for Documents {
    async fn get(&self, request: &VerificationRequest) -> Result<Content, FetchError> {
        let (f, b, u) = (Arc::clone(&self.fetcher), Arc::clone(&self.base), request.uri.clone());
        let r = tokio::task::spawn_blocking(move || f.fetch(&Place::Uri { base: b }, &u))
            .await
            .unwrap();
        r.map(|bytes| Content { sha256: Sha256::of(&bytes), bytes }).map_err(FetchError::Content)
    }
}
