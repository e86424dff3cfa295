//! What decoding gives: pages as a person would see them.

use std::fmt;

use image::RgbImage;

/// A type of document that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MediaType {
    /// JPEG: grey, RGB, CMYK or YCCK, baseline or progressive.
    Jpeg,
    /// PNG of any depth.
    Png,
    /// TIFF, one image or many.
    Tiff,
    /// WebP, lossy or lossless; of an animation the first frame.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// PDF.
    Pdf,
}

impl MediaType {
    /// The media type as registered with IANA, e.g. `image/jpeg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::WebP => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Pdf => "application/pdf",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decoded document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What the bytes are.
    pub media_type: MediaType,
    /// At least one page, in order.
    pub pages: Vec<Page>,
}

/// A page of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Upright, on white.
    pub pixels: RgbImage,
    /// Dots per inch: as rendered for a PDF, as the file says for an image, if it does.
    pub dpi: Option<f32>,
    /// The text that a PDF carries for this page, in the order in which it is drawn, broken into
    /// lines; `None` where there is none. It may differ from what the pixels show.
    pub text_layer: Option<String>,
}
