//! Documents made in code: sound ones, and several hundred that are damaged or hostile.
//!
//! They serve the tests here, the end-to-end tests of other packages and the fuzz targets. The
//! same code makes the same bytes every time. [`promise`] says what must hold for any bytes.

use ivendor_core::reason::Reason;

pub mod mutate;
pub mod promise;

mod cuts;
mod images;
mod jpeg_file;
mod others;
mod pdf_file;
mod pdf_loops;
mod pdf_sizes;
mod png_file;
mod sound;
mod tiff_file;
mod tiffs;

pub use sound::{Sound, sound};

/// A document that is damaged or hostile.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// What is wrong with it; unique.
    pub name: String,
    /// The document.
    pub bytes: Vec<u8>,
    /// The reason code with which it must be refused; `None` where either a refusal or pages
    /// within the limits will do.
    pub expected: Option<Reason>,
}

impl Specimen {
    fn new(name: impl Into<String>, bytes: Vec<u8>, expected: Option<Reason>) -> Self {
        Self { name: name.into(), bytes, expected }
    }

    fn damaged(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, Some(Reason::CONTENT_DAMAGED))
    }

    fn too_large(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, Some(Reason::CONTENT_TOO_LARGE))
    }

    fn unsupported(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, Some(Reason::CONTENT_UNSUPPORTED))
    }

    fn encrypted(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, Some(Reason::CONTENT_ENCRYPTED))
    }

    /// Whether it is refused or shown is the decoder's choice.
    fn open(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, None)
    }
}

/// All specimens, in the same order every time.
#[must_use]
pub fn specimens() -> Vec<Specimen> {
    let mut all = others::specimens();
    all.extend(images::specimens());
    all.extend(tiffs::specimens());
    all.extend(pdf_loops::specimens());
    all.extend(pdf_sizes::specimens());
    all.extend(cuts::specimens());
    all
}
