//! Drawn documents as the bytes of a file.

use std::io::Cursor;

use image::codecs::jpeg::{JpegEncoder, PixelDensity};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use thiserror::Error;
use tiff::encoder::{Compression, TiffEncoder, colortype};

use super::{Document, TruthLine};

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One page, with losses.
    Jpeg {
        /// 1–100.
        quality: u8,
    },
    /// One page.
    Png,
    /// Any number of pages, compressed without loss.
    Tiff,
    /// Any number of pages, each a JPEG image of the document's own quality, below the invisible
    /// text that the document carries.
    Pdf,
}

impl Format {
    /// The usual end of such a file's name, without its point.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
            Self::Tiff => "tiff",
            Self::Pdf => "pdf",
        }
    }

    /// Whether a file of this format holds more than one page.
    #[must_use]
    pub const fn holds_pages(self) -> bool {
        matches!(self, Self::Tiff | Self::Pdf)
    }
}

/// A document that cannot be written in a format.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// The format holds one page only, or there is none.
    #[error("a {format} file holds one page and the document has {pages}; write it as tiff or pdf")]
    Pages {
        /// The format's usual extension.
        format: &'static str,
        /// How many pages there are.
        pages: usize,
    },
    /// A JPEG quality outside 1–100.
    #[error("the JPEG quality is {0}; it must be 1 to 100")]
    Quality(u8),
    /// An image could not be encoded.
    #[error("the page cannot be encoded: {0}")]
    Image(#[from] image::ImageError),
    /// A PNG could not be encoded.
    #[error("the page cannot be encoded as PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// A TIFF could not be encoded.
    #[error("the pages cannot be encoded as TIFF: {0}")]
    Tiff(#[from] tiff::TiffError),
}

/// The bytes of `document` as a file of `format`, with its resolution.
///
/// # Errors
/// [`EncodeError`] where the format cannot hold the document.
pub fn encode(document: &Document, format: Format) -> Result<Vec<u8>, EncodeError> {
    let pages = document.pages.len();
    if pages == 0 || (pages > 1 && !format.holds_pages()) {
        return Err(EncodeError::Pages { format: format.extension(), pages });
    }
    match format {
        Format::Jpeg { quality } => jpeg(&document.pages[0], quality, document.dpi),
        Format::Png => png_file(&document.pages[0], document.dpi),
        Format::Tiff => tiff_file(document),
        Format::Pdf => pdf(document),
    }
}

fn jpeg(page: &RgbImage, quality: u8, dpi: u32) -> Result<Vec<u8>, EncodeError> {
    if !(1..=100).contains(&quality) {
        return Err(EncodeError::Quality(quality));
    }
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.set_pixel_density(PixelDensity::dpi(dpi.min(u32::from(u16::MAX)) as u16));
    encoder.write_image(page, page.width(), page.height(), ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

fn png_file(page: &RgbImage, dpi: u32) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, page.width(), page.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let per_metre = (f64::from(dpi) / 0.0254).round() as u32;
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(page)?;
    writer.finish()?;
    Ok(bytes)
}

fn tiff_file(document: &Document) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)?.with_compression(Compression::Lzw);
    for page in &document.pages {
        let mut image = encoder.new_image::<colortype::RGB8>(page.width(), page.height())?;
        let density = tiff::encoder::Rational { n: document.dpi, d: 1 };
        image.resolution(tiff::tags::ResolutionUnit::Inch, density);
        image.write_data(page)?;
    }
    Ok(bytes.into_inner())
}

/// The name of the picture in its page, and of the face of the invisible text.
const SCAN: Name = Name(b"Scan");
const FACE: Name = Name(b"Layer");

fn pdf(document: &Document) -> Result<Vec<u8>, EncodeError> {
    let mut file = Pdf::new();
    let [catalog, tree, face] = [1, 2, 3].map(Ref::new);
    // Three objects a page: the page, its image and its drawing.
    let objects = |index: usize| [4, 5, 6].map(|first| Ref::new(first + 3 * index as i32));
    file.catalog(catalog).pages(tree);
    let count = document.pages.len();
    file.pages(tree).kids((0..count).map(|index| objects(index)[0])).count(count as i32);
    if document.text_layer.is_some() {
        // One of the faces that every reader has; its letters are never seen.
        file.type1_font(face).base_font(Name(b"Courier")).encoding_predefined(WIN_ANSI);
    }
    for (index, picture) in document.pages.iter().enumerate() {
        let [page_id, image_id, drawing_id] = objects(index);
        let points = |pixels: u32| pixels as f32 * 72.0 / document.dpi.max(1) as f32;
        let (width, height) = (points(picture.width()), points(picture.height()));
        let mut page = file.page(page_id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, width, height)).contents(drawing_id);
        let mut resources = page.resources();
        resources.x_objects().pair(SCAN, image_id);
        if document.text_layer.is_some() {
            resources.fonts().pair(FACE, face);
        }
        resources.finish();
        page.finish();
        let bytes = jpeg(picture, document.jpeg_quality, document.dpi)?;
        let mut image = file.image_xobject(image_id, &bytes);
        image.filter(Filter::DctDecode);
        image.width(picture.width() as i32).height(picture.height() as i32);
        image.color_space().device_rgb();
        image.bits_per_component(8);
        image.finish();
        let mut drawing = Content::new();
        drawing.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]);
        drawing.x_object(SCAN).restore_state();
        let layer = document.text_layer.iter().flatten();
        for line in layer.filter(|line| line.page as usize == index + 1) {
            invisible(&mut drawing, line, (72.0 / document.dpi.max(1) as f32, height));
        }
        file.stream(drawing_id, &drawing.finish());
    }
    Ok(file.finish())
}

/// How the letters of the invisible text are numbered.
const WIN_ANSI: Name = Name(b"WinAnsiEncoding");
/// The width of each letter of the face, as a share of its size.
const ADVANCE: f32 = 0.6;

/// Sets `line` where it stands on the page, stretched to its length, so that it can be selected
/// and copied but not seen. A pixel is `scale` points wide and the page `height` points high.
fn invisible(drawing: &mut Content, line: &TruthLine, (scale, height): (f32, f32)) {
    let text: Vec<u8> = line.text.chars().map(win_ansi).collect();
    let at = line.polygon.map(|[x, y]| [x * scale, height - y * scale]);
    let along = [at[2][0] - at[3][0], at[2][1] - at[3][1]];
    let up = [at[0][0] - at[3][0], at[0][1] - at[3][1]];
    let length = |[x, y]: [f32; 2]| (x * x + y * y).sqrt().max(0.1);
    let (size, wide) = (length(up), length(along));
    let (cos, sin) = (along[0] / wide, along[1] / wide);
    let stretch = 100.0 * wide / (ADVANCE * size * text.len().max(1) as f32);
    drawing.begin_text().set_font(FACE, size);
    drawing.set_text_rendering_mode(TextRenderingMode::Invisible).set_horizontal_scaling(stretch);
    drawing.set_text_matrix([cos, sin, -sin, cos, at[3][0], at[3][1]]);
    drawing.show(Str(&text)).end_text();
}

/// A letter in the code of the face; a question mark for one that it has not.
fn win_ansi(letter: char) -> u8 {
    match letter {
        ' '..='~' | '\u{a0}'..='ÿ' => letter as u32 as u8,
        '€' => 0x80,
        '’' => 0x92,
        '–' => 0x96,
        _ => b'?',
    }
}
