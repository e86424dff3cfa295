//! Tests with Tesseract itself, on lines that are drawn for them.

// The helpers of tests may fail as their tests may.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use ab_glyph::{FontRef, PxScale};
use image::Rgb;
use imageproc::drawing::{draw_text_mut, text_size};
use ivendor_core::geometry::Point;
use ivendor_models::synthetic::{self, Config, Wear};

use super::*;
use crate::second::agreement::agreement;

static READER: LazyLock<SecondReader> = LazyLock::new(|| SecondReader::open().unwrap());

/// A page with `text` on it, and where it stands.
fn page(text: &str) -> (RgbImage, Polygon) {
    let font = FontRef::try_from_slice(dejavu::sans_mono::regular()).unwrap();
    let scale = PxScale::from(32.0);
    let (width, height) = text_size(scale, &font, text);
    let mut page = RgbImage::from_pixel(width + 80, height + 80, Rgb([255; 3]));
    draw_text_mut(&mut page, Rgb([20; 3]), 40, 40, scale, &font, text);
    let from = Point::new(37.0, 37.0);
    (page, Polygon::rectangle(from, Point::new(from.x + width as f32 + 6.0, 46.0 + height as f32)))
}

#[test]
fn a_drawn_line_is_read_as_it_was_drawn() {
    for text in ["TOTAL 1,234.50", "Corner Shop Limited", "Invoice 2026-03-09"] {
        let (page, outline) = page(text);
        let reading = READER.read(&page, &outline).unwrap();
        assert_eq!(reading.text, text);
        assert!((0.5..=1.0).contains(&reading.confidence), "{reading:?}");
    }
}

#[test]
fn a_line_that_is_upside_down_on_the_page_is_turned() {
    let (page, outline) = page("TOTAL 1,234.50");
    let turned = image::imageops::rotate180(&page);
    let (w, h) = (page.width() as f32, page.height() as f32);
    let outline = Polygon(outline.0.map(|p| Point::new(w - p.x, h - p.y)));
    assert_eq!(READER.read(&turned, &outline).unwrap().text, "TOTAL 1,234.50");
}

#[test]
fn most_lines_of_a_clean_document_are_read_exactly() {
    let config = Config { seed: 7, kind: synthetic::Kind::Invoice, wear: Wear::NONE, pages_max: 1 };
    let document = synthetic::document(&config).unwrap();
    let lines = &document.truth.lines;
    let exact = lines.iter().filter(|line| {
        let outline = Polygon(line.polygon.map(Point::from));
        let reading = READER.read(&document.pages[0], &outline).unwrap();
        reading.text == line.text
    });
    let exact = exact.count();
    assert!(exact * 3 > lines.len() * 2, "{exact} of {}", lines.len());
}

#[test]
fn a_line_of_a_zone_holds_nothing_but_its_characters() {
    let text = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    let (zone, outline) = page(text);
    let reading = READER.read_zone(&zone, &outline).unwrap();
    // In this face a letter O may be read as the digit.
    assert!(agreement(text, &reading.text) > 0.95, "{reading:?}");
    let (other, outline) = page("Total: 12.50 (paid)");
    let reading = READER.read_zone(&other, &outline).unwrap();
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<';
    assert!(!reading.text.is_empty() && reading.text.chars().all(allowed), "{reading:?}");
}

/// Points that repeat only after a long while, from black to white.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([(state >> 24) as u8; 3])
    })
}

#[test]
fn garbage_gives_an_answer_or_an_error() {
    let pages = [
        ("a pixel", RgbImage::new(1, 1)),
        ("black", RgbImage::new(400, 40)),
        ("noise", noise(4_000, 60)),
        ("stripes", RgbImage::from_fn(500, 50, |x, _| Rgb([if x % 4 < 2 { 0 } else { 255 }; 3]))),
    ];
    for (name, page) in &pages {
        let (wide, high) = (page.width() as f32, page.height() as f32);
        let whole = Polygon::rectangle(Point::default(), Point::new(wide, high));
        let sizes =
            [(5.0, 5.0), (wide, high), (4.0, 40.0), (wide, 4.0), (3_000.0, 31.0), (1e6, 1e6)];
        for (wide, high) in sizes {
            let outline = Polygon::rectangle(Point::default(), Point::new(wide, high));
            if let Ok(reading) = READER.read(page, &outline) {
                assert!((0.0..=1.0).contains(&reading.confidence), "{name}: {reading:?}");
            }
        }
        let crossed = Polygon([whole.0[0], whole.0[2], whole.0[1], whole.0[3]]);
        let _either = READER.read_zone(page, &crossed);
    }
    let empty = READER.read(&RgbImage::from_pixel(300, 40, Rgb([255; 3])), &page("A").1).unwrap();
    assert!(empty.confidence < 0.1, "{empty:?}");
}

#[test]
fn threads_that_read_at_once_read_what_one_reads_alone() {
    let lines: Vec<_> = (0..8).map(|n| page(&format!("NUMBER {n}5{n}7{n}"))).collect();
    let read = |(page, outline): &(RgbImage, Polygon)| READER.read(page, outline).unwrap();
    let alone: Vec<SecondReading> = lines.iter().map(read).collect();
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| lines.iter().map(read).collect::<Vec<SecondReading>>()))
            .collect();
        for thread in both {
            assert_eq!(thread.join().unwrap(), alone);
        }
    });
}
