//! A few small documents of each type that must decode.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use tiff::encoder::{TiffEncoder, colortype};

use crate::document::MediaType;
use crate::specimens::jpeg_file::{JpegFile, adobe, exif_orientation};
use crate::specimens::pdf_file::{HELVETICA, PdfFile, deflated, stream, text_operators};

/// A document that must decode.
#[derive(Debug, Clone)]
pub struct Sound {
    /// What it is; unique.
    pub name: &'static str,
    /// The document.
    pub bytes: Vec<u8>,
    /// Its type.
    pub media_type: MediaType,
    /// The sizes (width, height) of its pages; of a PDF in points.
    pub sizes: Vec<(u32, u32)>,
}

/// All sound documents, in the same order every time.
#[must_use]
pub fn sound() -> Vec<Sound> {
    let mut all = images();
    all.extend(jpegs());
    all.extend(tiffs());
    all.extend(pdfs());
    all
}

/// A picture with edges and slopes.
pub(super) fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let bar = if (x / 5 + y / 7) % 2 == 0 { 255 } else { 40 };
        Rgb([bar, (x * 3 % 256) as u8, (y * 5 % 256) as u8])
    })
}

/// The picture as a file of this format, or nothing where the format cannot hold it.
pub(super) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    match image.write_to(&mut bytes, format) {
        Ok(()) => bytes.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn images() -> Vec<Sound> {
    let rgb = DynamicImage::ImageRgb8(picture(60, 40));
    let kinds = [
        ("PNG", MediaType::Png, ImageFormat::Png, rgb.clone()),
        ("PNG, grey", MediaType::Png, ImageFormat::Png, rgb.to_luma8().into()),
        ("PNG, grey of 16 bits", MediaType::Png, ImageFormat::Png, rgb.to_luma16().into()),
        ("PNG, RGBA", MediaType::Png, ImageFormat::Png, rgb.to_rgba8().into()),
        ("PNG, RGBA of 16 bits", MediaType::Png, ImageFormat::Png, rgb.to_rgba16().into()),
        ("JPEG", MediaType::Jpeg, ImageFormat::Jpeg, rgb.clone()),
        ("JPEG, grey", MediaType::Jpeg, ImageFormat::Jpeg, rgb.to_luma8().into()),
        ("WebP", MediaType::WebP, ImageFormat::WebP, rgb.clone()),
        ("BMP", MediaType::Bmp, ImageFormat::Bmp, rgb.clone()),
        ("BMP, grey", MediaType::Bmp, ImageFormat::Bmp, rgb.to_luma8().into()),
    ];
    kinds
        .into_iter()
        .map(|(name, media_type, format, image)| Sound {
            name,
            bytes: encoded(&image, format),
            media_type,
            sizes: vec![(60, 40)],
        })
        .collect()
}

fn jpegs() -> Vec<Sound> {
    let of = |channels: &[u8], segments: &[u8]| {
        JpegFile { size: (32, 16), channels, segments, blocks: 8 }.bytes()
    };
    let sound =
        |name, bytes, size| Sound { name, bytes, media_type: MediaType::Jpeg, sizes: vec![size] };
    vec![
        sound("JPEG, CMYK", of(&[200, 180, 160, 250], &adobe(0)), (32, 16)),
        sound("JPEG, YCCK", of(&[100, 128, 128, 250], &adobe(2)), (32, 16)),
        sound("JPEG, held sideways", of(&[90, 128, 128], &exif_orientation(6)), (16, 32)),
    ]
}

fn tiffs() -> Vec<Sound> {
    let mut bytes = Cursor::new(Vec::new());
    // Writing to memory does not fail.
    if let Ok(mut encoder) = TiffEncoder::new(&mut bytes) {
        for height in [40, 30, 20] {
            let rgb = picture(60, height);
            let grey = DynamicImage::ImageRgb8(rgb.clone()).into_luma8();
            let _ = if height == 30 {
                encoder.write_image::<colortype::Gray8>(60, height, &grey)
            } else {
                encoder.write_image::<colortype::RGB8>(60, height, &rgb)
            };
        }
    }
    vec![
        Sound {
            name: "TIFF of three pages",
            bytes: bytes.into_inner(),
            media_type: MediaType::Tiff,
            sizes: vec![(60, 40), (60, 30), (60, 20)],
        },
        Sound {
            name: "TIFF",
            bytes: encoded(&DynamicImage::ImageRgb8(picture(60, 40)), ImageFormat::Tiff),
            media_type: MediaType::Tiff,
            sizes: vec![(60, 40)],
        },
    ]
}

fn pdfs() -> Vec<Sound> {
    let operators = text_operators(&["Invoice 2024-17", "Total 1234.50"]);
    let plain = PdfFile::page(HELVETICA, &operators);
    let junk = [b"From: a mail\r\n\r\n".as_slice(), &plain.bytes()].concat();
    let scanned = PdfFile::page(
        "/Resources << /XObject << /X0 5 0 R >> >>",
        b"q 300 0 0 200 0 0 cm /X0 Do Q",
    )
    .with(stream(
        "/Type /XObject /Subtype /Image /Width 60 /Height 40 /ColorSpace /DeviceRGB \
         /BitsPerComponent 8 /Filter /DCTDecode",
        &encoded(&DynamicImage::ImageRgb8(picture(60, 40)), ImageFormat::Jpeg),
    ));
    let turned = PdfFile::page(&format!("/Rotate 90 {HELVETICA}"), &operators);
    let sound = |name, bytes, sizes| Sound { name, bytes, media_type: MediaType::Pdf, sizes };
    vec![
        sound("PDF", plain.bytes(), vec![(300, 200)]),
        sound("PDF after other text", junk, vec![(300, 200)]),
        sound("PDF of a scan", scanned.bytes(), vec![(300, 200)]),
        sound("PDF, turned", turned.bytes(), vec![(200, 300)]),
        sound("PDF of two pages", two_pages(&operators), vec![(300, 200), (120, 90)]),
    ]
}

fn two_pages(operators: &[u8]) -> Vec<u8> {
    let page = |size: &str| {
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size}] /Contents 5 0 R {HELVETICA} >>"
        )
    };
    PdfFile::new(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        &page("300 200"),
        &page("120 90"),
    ])
    .with(deflated("", operators))
    .bytes()
}
