//! Whether a line of text runs off the picture.

use std::ops::Range;

use image::RgbImage;
use ivendor_core::geometry::Polygon;
use ivendor_models::strip::luma;

use super::line::Tones;

/// An outline that comes this close to the edge, in pixels, touches it.
const TOUCH_PX: f32 = 1.0;
/// Pixels from the edge that must show ink.
const DEEP_PX: u32 = 2;
/// The share of the edge within the line that is ink where letters are cut: a rule that runs to
/// the edge has less, a dark border more.
const INK: Range<f32> = 0.2..0.9;
/// The share of ink beside the line, past which the edge itself is dark.
const BESIDE_MAX: f32 = 0.1;
/// How much of an outline's height or width is looked at: the rest is its margin.
const INNER: f32 = 0.7;

/// An edge of the picture.
#[derive(Debug, Clone, Copy)]
enum Edge {
    Left,
    Right,
    Top,
    Bottom,
}

/// Whether ink of a line reaches the edge of the page, and does so only where the line is.
pub(super) fn is_cut(page: &RgbImage, outline: &Polygon, tones: &Tones) -> bool {
    if tones.inverted {
        return false;
    }
    let bounds = |values: [f32; 4]| {
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        low..values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    };
    let (x, y) = (bounds(outline.0.map(|p| p.x)), bounds(outline.0.map(|p| p.y)));
    let (width, height) = (page.width() as f32, page.height() as f32);
    let edges = [
        (Edge::Left, x.start <= TOUCH_PX, &y),
        (Edge::Right, x.end >= width - TOUCH_PX, &y),
        (Edge::Top, y.start <= TOUCH_PX, &x),
        (Edge::Bottom, y.end >= height - TOUCH_PX, &x),
    ];
    edges
        .into_iter()
        .any(|(edge, touches, along)| touches && ends_in_ink(page, edge, along, tones.middle()))
}

fn ends_in_ink(page: &RgbImage, edge: Edge, along: &Range<f32>, middle: f32) -> bool {
    let long = along.end - along.start;
    let margin = long * (1.0 - INNER) / 2.0;
    let share = |range: Range<f32>| ink(page, edge, range, middle);
    // Beside a line lies the gap between lines, or what is left of its own row.
    let gap = margin.clamp(2.0, 12.0);
    let beside = [along.start - gap..along.start, along.end..along.end + gap];
    share(along.start + margin..along.end - margin).is_some_and(|ink| INK.contains(&ink))
        && beside.into_iter().all(|range| share(range).is_none_or(|ink| ink <= BESIDE_MAX))
}

/// The share of a part of an edge that is ink; `None` where it lies outside of the page.
fn ink(page: &RgbImage, edge: Edge, range: Range<f32>, middle: f32) -> Option<f32> {
    let (width, height) = page.dimensions();
    let side = match edge {
        Edge::Left | Edge::Right => height,
        Edge::Top | Edge::Bottom => width,
    };
    let from = range.start.max(0.0) as u32;
    let to = (range.end.max(0.0) as u32).min(side);
    if from >= to {
        return None;
    }
    let deep = DEEP_PX.min(width).min(height);
    let is_ink = |at: u32| {
        (0..deep).all(|d| {
            let pixel = match edge {
                Edge::Left => page.get_pixel(d, at),
                Edge::Right => page.get_pixel(width - 1 - d, at),
                Edge::Top => page.get_pixel(at, d),
                Edge::Bottom => page.get_pixel(at, height - 1 - d),
            };
            f32::from(luma(pixel.0)) < middle
        })
    };
    let count = (from..to).filter(|at| is_ink(*at)).count();
    Some(count as f32 / (to - from) as f32)
}
