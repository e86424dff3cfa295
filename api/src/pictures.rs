//! The pages of documents as pictures: fetched from where the request said, decoded under the same
//! limits as the engine's, and so in the very pixels in which its evidence counts.

use std::sync::Arc;

use axum::http::StatusCode;
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use ivendor_core::ids::Sha256;
use ivendor_core::limits::DecodeLimits;
use ivendor_fetch::{Content, Documents, FetchError};
use ivendor_pages::decode;
use ivendor_settings::{Settings, SettingsError, Variables};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Of 100: what a person reads is not hurt by it.
const QUALITY: u8 = 85;
/// Documents that the memory is laid out for.
const DOCUMENTS: usize = 64;

/// A page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Picture {
    /// From 1.
    pub page: u32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The picture as JPEG.
    #[serde(skip)]
    pub jpeg: Bytes,
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Sha256, Arc<Vec<Picture>>> for Weight {
    fn weight(&self, _: &Sha256, pictures: &Arc<Vec<Picture>>) -> u64 {
        pictures.iter().map(|picture| picture.jpeg.len() as u64 + 64).sum()
    }
}

/// Where pictures come from, and those that were asked for a moment ago.
#[derive(Debug)]
pub struct Pictures {
    documents: Documents,
    limits: DecodeLimits,
    renders: Arc<Semaphore>,
    kept: Cache<Sha256, Arc<Vec<Picture>>, Weight>,
}

impl Pictures {
    /// From the folders and buckets of the settings; `variables` is the environment.
    ///
    /// # Errors
    /// [`SettingsError`] where a folder or bucket cannot be opened.
    pub fn open(settings: &Settings, variables: &Variables) -> Result<Self, SettingsError> {
        let documents = Documents::open(&settings.fetch, settings.limits.bytes_max, variables)?;
        let kept = Cache::with_weighter(DOCUMENTS, settings.review.pages_bytes_max, Weight);
        let renders = Arc::new(Semaphore::new(settings.review.renders_max));
        Ok(Self { documents, limits: settings.limits.clone(), renders, kept })
    }

    /// The pages of the document at `uri`, whose bytes must be those that the engine saw.
    ///
    /// # Errors
    /// [`Problem`]: 404 where it is gone, 409 where it has changed, 422 where it cannot be decoded,
    /// 503 where it may be had later.
    pub async fn of(
        &self,
        uri: &str,
        sha256: Option<Sha256>,
    ) -> Result<Arc<Vec<Picture>>, Problem> {
        if let Some(pictures) = sha256.and_then(|digest| self.kept.get(&digest)) {
            return Ok(pictures);
        }
        let content = self.documents.get(uri).await.map_err(|error| away(&error))?;
        if sha256 != Some(content.sha256) {
            let detail = "the document is not the one that was verified: its bytes have changed";
            return Err(Problem::new(StatusCode::CONFLICT, "document_changed", detail));
        }
        // The semaphore is never closed; whoever waits too long is told so by the guard.
        let place = Arc::clone(&self.renders).acquire_owned().await.ok();
        let limits = self.limits.clone();
        let rendering = tokio::task::spawn_blocking(move || {
            let pictures = render(&content, &limits);
            drop(place);
            pictures
        });
        let pictures = rendering.await.map_err(|error| {
            tracing::error!(%error, uri, "a document ended its rendering");
            damaged("it cannot be drawn")
        })??;
        let pictures = Arc::new(pictures);
        if let Some(digest) = sha256 {
            self.kept.insert(digest, Arc::clone(&pictures));
        }
        Ok(pictures)
    }
}

fn away(error: &FetchError) -> Problem {
    // Where documents lie is for the log.
    tracing::warn!(%error, "a document cannot be shown");
    if error.is_transient() {
        let detail = "the document cannot be had at this moment; ask again in a second";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "document_away", detail);
    }
    let detail = "the document is not there any more, or is not one that may be shown";
    Problem::new(StatusCode::NOT_FOUND, "document_unreachable", detail)
}

fn damaged(why: impl std::fmt::Display) -> Problem {
    let detail = format!("the document cannot be shown: {why}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "document_damaged", detail)
}

fn render(content: &Content, limits: &DecodeLimits) -> Result<Vec<Picture>, Problem> {
    let document = decode(&content.bytes, limits).map_err(damaged)?;
    let picture = |page: ivendor_pages::Page| {
        let mut jpeg = Vec::new();
        page.pixels.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))?;
        let (width, height) = page.pixels.dimensions();
        Ok(Picture { page: page.number, width, height, jpeg: jpeg.into() })
    };
    let pictures: image::ImageResult<_> = document.pages.into_iter().map(picture).collect();
    pictures.map_err(damaged)
}
