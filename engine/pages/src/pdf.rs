//! PDF: every page rendered, with its text layer beside it.
//!
//! The renderer bounds neither memory nor time, so a file is looked over twice before a page is
//! drawn: [`prescan`] weighs the compressed streams in the raw bytes, which is all that opening
//! the file will inflate, and [`audit`] weighs every stream once the file is open. Then each page
//! is walked once for its [`text`] and for the [`cost`] of drawing it, and at last drawn
//! ([`render`]).

use std::sync::Arc;

use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use crate::budget::{Budget, check_pages};
use crate::document::Page;
use crate::error::PageError;
use crate::sniff::pdf_start;

mod ascii;
mod audit;
mod cost;
mod headers;
mod inflate;
mod prescan;
mod render;
mod text;
mod weigh;

/// The bytes from the header on: offsets in the file count from there.
struct FromHeader {
    bytes: Arc<Vec<u8>>,
    start: usize,
}

impl AsRef<[u8]> for FromHeader {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// The pages of a PDF file.
pub(crate) fn decode(bytes: &Arc<Vec<u8>>, budget: &mut Budget) -> Result<Vec<Page>, PageError> {
    let start = pdf_start(bytes)
        .ok_or_else(|| PageError::Damaged("the PDF file has no header".to_owned()))?;
    prescan::check(&bytes[start..], budget)?;
    let data = Arc::new(FromHeader { bytes: Arc::clone(bytes), start });
    let pdf = Pdf::new(data).map_err(refuse)?;
    let pages = pdf.pages();
    check_pages(u32::try_from(pages.len()).unwrap_or(u32::MAX), budget.limits())?;
    audit::check_tree(&pdf)?;
    audit::check_streams(&pdf, budget)?;
    audit::check_contents(&pdf)?;
    let mut sizes = Vec::with_capacity(pages.len());
    for page in pages.iter() {
        let size = render::size(page, budget.limits())?;
        sizes.push((size, budget.page(size.width, size.height)?));
    }
    let texts = text::Reader::new(&pdf);
    let renderer = render::Renderer::new();
    let mut decoded = Vec::with_capacity(pages.len());
    for (page, (size, number)) in pages.iter().zip(sizes) {
        budget.time()?;
        let text_layer = texts.read(page, &size, budget)?;
        let pixels = renderer.draw(page, &size)?;
        decoded.push(Page { number, pixels, dpi: Some(size.dpi), text_layer });
    }
    Ok(decoded)
}

fn refuse(error: LoadPdfError) -> PageError {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            PageError::Encrypted("the PDF file opens only with a password".to_owned())
        }
        LoadPdfError::Decryption(error) => {
            PageError::Encrypted(format!("the PDF file's encryption cannot be undone: {error:?}"))
        }
        LoadPdfError::Invalid => {
            PageError::Damaged("the PDF file has no page tree that can be read".to_owned())
        }
    }
}
