//! Drawn pages with one fault each, and without.

use candle_core::Device;
use image::{Rgb, imageops};
use ivendor_core::check::Outcome;
use ivendor_core::geometry::{Point, Polygon};
use ivendor_models::crop::upload;
use ivendor_models::synthetic::{self, Config, Kind, Wear};
use proptest::prelude::*;

use super::*;
use crate::reading::look;

/// A drawn page with the lines that were drawn, as if they had been read.
fn drawn(seed: u64, kind: Kind, wear: Wear) -> (RgbImage, PageText) {
    let document = synthetic::document(&Config { seed, kind, wear, pages_max: 1 }).unwrap();
    let pixels = document.pages.into_iter().next().unwrap();
    let lines = document.truth.lines.into_iter().map(|line| Line {
        polygon: Polygon(line.polygon.map(|[x, y]| Point::new(x, y))),
        text: line.text,
        confidence: 0.98,
    });
    let text = text(&pixels, lines.collect());
    (pixels, text)
}

fn text(pixels: &RgbImage, lines: Vec<Line>) -> PageText {
    PageText { page: 1, width: pixels.width(), height: pixels.height(), dpi: Some(150.0), lines }
}

/// The checks of pages on which these lines were read.
fn checks(pages: &[(&RgbImage, &PageText)]) -> Vec<Check> {
    let look = |pixels: &RgbImage, text: &PageText| {
        let size = (pixels.width() as usize, pixels.height() as usize);
        let pixels = upload(pixels.as_raw(), size, &Device::Cpu).unwrap();
        look::look(&[pixels], &[&text.lines]).unwrap().remove(0)
    };
    let looks: Vec<_> = pages.iter().map(|(pixels, text)| look(pixels, text)).collect();
    let seen = pages.iter().zip(&looks);
    let seen = seen.map(|((pixels, text), look)| Seen { pixels, text, look: look.as_ref() });
    check(&seen.collect::<Vec<_>>())
}

/// The reasons that a page is given; all its checks are there, and a good one is sure.
fn reasons(pixels: &RgbImage, text: &PageText) -> Vec<Reason> {
    let checks = checks(&[(pixels, text)]);
    let names: Vec<&str> = checks.iter().map(|check| check.check.as_str()).collect();
    assert_eq!(names, [RESOLUTION, BLUR, GLARE, CONTRAST, CROP]);
    for check in &checks {
        let found = check.found.as_deref().unwrap_or_default();
        assert!(found.contains("at least") || found.contains("at most"), "{check:?}");
        assert_eq!(check.outcome == Outcome::Passed, check.confidence >= 0.97, "{check:?}");
    }
    checks.into_iter().filter_map(|check| check.reason).collect()
}

/// The page after a change of its levels.
fn toned(pixels: &RgbImage, tone: impl Fn(f32) -> f32) -> RgbImage {
    let mut pixels = pixels.clone();
    pixels.iter_mut().for_each(|v| *v = tone(f32::from(*v)) as u8);
    pixels
}

/// The page and its lines at a share of their size.
fn scaled(pixels: &RgbImage, page: &PageText, share: f32) -> (RgbImage, PageText) {
    let side = |px: u32| (px as f32 * share) as u32;
    let (width, height) = (side(pixels.width()), side(pixels.height()));
    let small = imageops::resize(pixels, width, height, imageops::FilterType::Triangle);
    let place = |p: Point| Point::new(p.x * share, p.y * share);
    let line = |line: &Line| Line { polygon: Polygon(line.polygon.0.map(place)), ..line.clone() };
    let page = text(&small, page.lines.iter().map(line).collect());
    (small, page)
}

/// The left part of a page.
fn left_part(pixels: &RgbImage, page: &PageText, share: f32) -> (RgbImage, PageText) {
    let width = (pixels.width() as f32 * share) as u32;
    let part = imageops::crop_imm(pixels, 0, 0, width, pixels.height()).to_image();
    let place = |p: Point| Point::new(p.x.min(width as f32), p.y);
    let line = |line: &Line| Line { polygon: Polygon(line.polygon.0.map(place)), ..line.clone() };
    let lines: Vec<Line> = page.lines.iter().map(line).collect();
    let lines = lines.into_iter().filter(|line| line.polygon.width() > 8.0).collect();
    let page = text(&part, lines);
    (part, page)
}

/// Saturated patches on every line, a third as long as it.
fn glared(pixels: &RgbImage, page: &PageText) -> RgbImage {
    let mut pixels = pixels.clone();
    for line in &page.lines {
        let [a, _, c, _] = line.polygon.slice(0.3, 0.63).0;
        let (height, width) = (c.y - a.y + 8.0, c.x - a.x);
        for y in 0..height as u32 {
            for x in 0..width as u32 {
                let (x, y) = (a.x as u32 + x, (a.y as u32 + y).saturating_sub(4));
                if x < pixels.width() && y < pixels.height() {
                    pixels.put_pixel(x, y, Rgb([255; 3]));
                }
            }
        }
    }
    pixels
}

#[test]
fn a_decent_scan_passes_every_check() {
    for kind in [Kind::Receipt, Kind::Invoice] {
        for (seed, wear) in (1..9).zip([Wear::LIGHT, Wear::NONE].into_iter().cycle()) {
            let (pixels, text) = drawn(seed, kind, wear);
            assert_eq!(reasons(&pixels, &text), [], "{kind:?} {seed}");
        }
    }
}

#[test]
fn each_fault_is_found_by_its_check() {
    let flat = Wear { rotation_deg: 0.0, curl_px: 0.0, ..Wear::LIGHT };
    let (good, text) = drawn(2, Kind::Invoice, flat);
    let dim = toned(&good, |v| v * 0.8);
    let blurred = |pixels: &RgbImage, sigma| imageops::blur(pixels, sigma);
    let noisy = |pixels: &RgbImage| {
        let mut state = 1_u32;
        toned_each(pixels, move |v| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            v + (state >> 24) as f32 / 256.0 * 40.0 - 20.0
        })
    };
    let (small, small_text) = scaled(&good, &text, 0.25);
    let (part, part_text) = left_part(&good, &text, 0.2);
    let (cut, cut_text) = left_part(&dim, &text, 0.2);
    let cases = [
        ("dim", dim.clone(), &text, vec![]),
        ("noisy", noisy(&dim), &text, vec![]),
        ("blurred", blurred(&dim, 2.0), &text, vec![Reason::IMAGE_BLURRED]),
        ("blurred, then noisy", noisy(&blurred(&dim, 2.0)), &text, vec![Reason::IMAGE_BLURRED]),
        ("small", small, &small_text, vec![Reason::IMAGE_LOW_RESOLUTION]),
        (
            "pale",
            toned(&good, |v| 255.0 - (255.0 - v) * 0.08),
            &text,
            vec![Reason::IMAGE_LOW_CONTRAST],
        ),
        ("glare", glared(&dim, &text), &text, vec![Reason::IMAGE_GLARE]),
        ("cut off", part, &part_text, vec![Reason::IMAGE_CROPPED]),
        ("dim and cut off", cut, &cut_text, vec![Reason::IMAGE_CROPPED]),
    ];
    for (name, pixels, text, expected) in cases {
        assert_eq!(reasons(&pixels, text), expected, "{name}: {:?}", checks(&[(&pixels, text)]));
    }
}

/// The page after a change of its levels, one after the other.
fn toned_each(pixels: &RgbImage, mut tone: impl FnMut(f32) -> f32) -> RgbImage {
    let mut pixels = pixels.clone();
    pixels.iter_mut().for_each(|v| *v = tone(f32::from(*v)).clamp(0.0, 255.0) as u8);
    pixels
}

#[test]
fn small_letters_and_worn_paper_are_not_blurred() {
    for (seed, share) in [(1, 0.5), (2, 0.6), (3, 1.0)] {
        let wear = if share < 1.0 { Wear::LIGHT } else { Wear::HEAVY };
        let (pixels, text) = drawn(seed, Kind::Receipt, wear);
        let (pixels, text) = scaled(&pixels, &text, share);
        assert!(!reasons(&pixels, &text).contains(&Reason::IMAGE_BLURRED), "{seed}");
    }
}

#[test]
fn the_worst_page_counts_and_is_named() {
    let (good, text) = drawn(1, Kind::Receipt, Wear::LIGHT);
    let blurred = imageops::blur(&good, 5.0);
    let second = PageText { page: 2, ..text.clone() };
    let checks = checks(&[(&good, &text), (&blurred, &second)]);
    let blur = checks.iter().find(|check| check.check == BLUR).unwrap();
    assert_eq!(blur.reason, Some(Reason::IMAGE_BLURRED));
    assert!(blur.found.as_deref().unwrap().starts_with("page 2: "), "{blur:?}");
}

#[test]
fn a_page_with_hardly_any_text_has_nothing_to_say() {
    let (good, read) = drawn(1, Kind::Receipt, Wear::LIGHT);
    let short = Line { text: "Page 2".to_owned(), ..read.lines[0].clone() };
    let blank = Line { text: " ".repeat(80), ..read.lines[0].clone() };
    let nowhere =
        Line { polygon: Polygon([Point::new(f32::NAN, 0.0); 4]), ..read.lines[0].clone() };
    let cases = [
        ("no line", vec![]),
        ("a page number", vec![short]),
        ("spaces", vec![blank]),
        ("nowhere", vec![nowhere]),
    ];
    for (name, lines) in cases {
        assert_eq!(checks(&[(&good, &text(&good, lines))]), [], "{name}");
    }
    assert_eq!(checks(&[]), [], "no page");
}

proptest! {
    #[test]
    fn no_page_and_no_outline_make_it_panic(
        (width, height, level) in (1_u32..90, 1_u32..90, any::<u8>()),
        corners in proptest::collection::vec((-1e9_f32..1e9, -50.0_f32..150.0), 4),
        scale in prop_oneof![Just(1.0_f32), Just(1e-6), Just(1e30)],
    ) {
        let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([(x * y) as u8 ^ level; 3]));
        let corner = |i: usize| Point::new(corners[i].1 * scale, corners[(i + 1) % 4].0);
        let near = |i: usize| Point::new(corners[i].1, corners[(i + 1) % 4].1);
        let line = |polygon| Line { polygon, text: "x".repeat(30), confidence: 0.9 };
        let lines = vec![
            line(Polygon([0, 1, 2, 3].map(corner))),
            line(Polygon([0, 1, 2, 3].map(near))),
        ];
        for check in checks(&[(&pixels, &text(&pixels, lines))]) {
            prop_assert!((0.0..=1.0).contains(&check.confidence));
            prop_assert!(check.found.is_some());
        }
    }
}
