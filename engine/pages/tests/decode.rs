//! What pages look like: colours, orientation, resolution, text.

#![allow(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use ivendor_core::limits::DecodeLimits;
use ivendor_pages::specimens::sound;
use ivendor_pages::{Document, PageError, decode};

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn document(name: &str) -> Document {
    let documents = sound();
    let bytes = &documents.iter().find(|document| document.name == name).unwrap().bytes;
    decode(bytes, &DecodeLimits::default()).unwrap()
}

fn assert_near(found: Rgb<u8>, expected: [u8; 3], name: &str) {
    let near = found.0.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 4);
    assert!(near, "{name}: {found:?}, not {expected:?}");
}

#[test]
fn inks_become_light() {
    // Adobe's files hold what is left of the light: channel times black.
    let cmyk = document("JPEG, CMYK");
    assert_near(*cmyk.pages[0].pixels.get_pixel(20, 9), [196, 176, 157], "CMYK");
    // Luma 100 stands for inks of 255 - 100, which are then taken the same way.
    let ycck = document("JPEG, YCCK");
    assert_near(*ycck.pages[0].pixels.get_pixel(20, 9), [152, 152, 152], "YCCK");
}

#[test]
fn a_picture_held_sideways_stands_upright() {
    let page = &document("JPEG, held sideways").pages[0];
    assert_eq!(page.pixels.dimensions(), (16, 32));
    assert_near(*page.pixels.get_pixel(3, 30), [90, 90, 90], "its colour");
}

#[test]
fn transparency_shows_white_in_every_format_that_has_it() {
    let image = RgbaImage::from_pixel(16, 16, Rgba([200, 0, 0, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = encode(&DynamicImage::ImageRgba8(image.clone()), format);
        let decoded = decode(&bytes, &DecodeLimits::default()).unwrap();
        assert_eq!(decoded.pages[0].pixels.get_pixel(8, 8).0, [255; 3], "{format:?}");
    }
}

#[test]
fn lossless_formats_keep_every_pixel() {
    let image = RgbImage::from_fn(33, 21, |x, y| {
        Rgb([u8::try_from(x * 7).unwrap(), u8::try_from(y * 11).unwrap(), 77])
    });
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Bmp] {
        let bytes = encode(&DynamicImage::ImageRgb8(image.clone()), format);
        let decoded = decode(&bytes, &DecodeLimits::default()).unwrap();
        assert_eq!(decoded.pages[0].pixels, image, "{format:?}");
    }
}

#[test]
fn a_pdf_page_has_its_text_beside_its_pixels() {
    let page = &document("PDF").pages[0];
    assert_eq!(page.text_layer.as_deref(), Some("Invoice 2024-17\nTotal 1234.50"));
    assert_eq!(page.dpi, Some(150.0));
    let is_dark = |x: u32, y: u32| page.pixels.get_pixel(x, y).0[0] < 100;
    // The first line stands at (20, 170) of 300 x 200 points, 12 points high.
    let (x, y, scale) = (20..110, 20..30, 150.0 / 72.0);
    let dark = (0..page.pixels.width())
        .flat_map(|px| (0..page.pixels.height()).map(move |py| (px, py)))
        .filter(|&(px, py)| is_dark(px, py))
        .collect::<Vec<_>>();
    let at_line = dark.iter().filter(|(px, py)| {
        let (px, py) = ((*px as f32 / scale) as u32, (*py as f32 / scale) as u32);
        x.contains(&px) && y.contains(&py)
    });
    assert!(at_line.count() > 300, "the line is drawn where it stands");
    assert_eq!(page.pixels.get_pixel(600, 400).0, [255; 3], "the rest is white");
    assert!(document("PDF of a scan").pages[0].text_layer.is_none());
}

#[test]
fn pages_come_in_their_order() {
    let pages = document("PDF of two pages").pages;
    assert_eq!(pages.iter().map(|page| page.number).collect::<Vec<_>>(), [1, 2]);
    let tiff = document("TIFF of three pages").pages;
    assert_eq!(tiff.iter().map(|page| page.pixels.height()).collect::<Vec<_>>(), [40, 30, 20]);
}

#[test]
fn a_page_past_the_limit_is_drawn_smaller_rather_than_refused() {
    let limits = DecodeLimits { page_px_max: 60_000, ..DecodeLimits::default() };
    let documents = sound();
    let pdf = &documents.iter().find(|document| document.name == "PDF").unwrap().bytes;
    let page = &decode(pdf, &limits).unwrap().pages[0];
    let (width, height) = page.pixels.dimensions();
    assert!(width * height <= 60_000 && width * height > 58_000, "{width}x{height}");
    assert!(page.dpi.unwrap() < 72.1);
}

#[test]
fn every_limit_refuses_with_what_was_measured() {
    let documents = sound();
    let bytes = |name: &str| documents.iter().find(|d| d.name == name).unwrap().bytes.clone();
    let of = DecodeLimits::default;
    let cases = [
        ("bytes", "PNG", DecodeLimits { bytes_max: 10, ..of() }, "at most 10"),
        ("pages of a TIFF", "TIFF of three pages", DecodeLimits { pages_max: 2, ..of() }, "2 are"),
        ("pages of a PDF", "PDF of two pages", DecodeLimits { pages_max: 1, ..of() }, "1 are"),
        ("a side", "JPEG", DecodeLimits { side_px_max: 50, ..of() }, "60x40"),
        ("a page", "BMP", DecodeLimits { page_px_max: 2_000, ..of() }, "2000"),
        ("all", "TIFF of three pages", DecodeLimits { total_px_max: 5_000, ..of() }, "5400"),
        ("time", "PDF", DecodeLimits { decode_s_max: 0.0, ..of() }, "0 seconds"),
    ];
    for (name, document, limits, detail) in cases {
        match decode(&bytes(document), &limits) {
            Err(error @ PageError::TooLarge(_)) => {
                assert!(error.to_string().contains(detail), "{name}: {error}");
                assert_eq!(error.reason().as_str(), "content.too_large");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
