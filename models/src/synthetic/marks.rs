//! What stands on a page beside its text: logos, bar codes, stamps and what a pen leaves.

use super::canvas::{Anchor, Area, Canvas};
use super::fonts::{Face, Pen};
use super::rng::Rng;
use super::warp::turned;

/// A mark of the company in `area`: a simple shape of the first ink, some with the first letter
/// of `name` in the second, which is the paper's.
pub(crate) fn logo(
    canvas: &mut Canvas,
    area: Area,
    (name, [ink, paper]): (&str, [[u8; 3]; 2]),
    rng: &mut Rng,
) {
    let height = area.bottom - area.top;
    let letter = |canvas: &mut Canvas, ink, share: f32| {
        let first: String = name.chars().take(1).collect();
        let pen = Pen::new(Face::SansBold, height * share, ink);
        let y = area.top + height / 2.0 + pen.em * 0.36;
        canvas.ornament(pen, (Anchor::Centre, area.centre_x(), y), &first);
    };
    match rng.below(5) {
        0 => {
            canvas.disc(area, ink);
            letter(canvas, paper, 0.62);
        }
        1 => {
            canvas.fill(area, ink);
            letter(canvas, paper, 0.72);
        }
        2 => {
            canvas.disc(area, ink);
            canvas.disc(inset(area, 0.09), paper);
            canvas.disc(inset(area, 0.15), ink);
            letter(canvas, paper, 0.5);
        }
        3 => {
            for (place, share) in [0.45, 0.75, 1.0, 0.6].into_iter().enumerate() {
                let left = area.left + area.width() * place as f32 * 0.26;
                let top = area.bottom - height * share;
                canvas.fill(Area::new([left, top, left + area.width() * 0.19, area.bottom]), ink);
            }
        }
        _ => {
            canvas.disc(area, ink);
            let third = area.width() * 0.3;
            canvas
                .disc(Area { left: area.left + third, top: area.top + third * 0.4, ..area }, paper);
            canvas.disc(inset(Area { left: area.left + third, ..area }, 0.2), ink);
        }
    }
}

fn inset(area: Area, share: f32) -> Area {
    let (dx, dy) = (area.width() * share, (area.bottom - area.top) * share);
    Area::new([area.left + dx, area.top + dy, area.right - dx, area.bottom - dy])
}

/// Bars in the manner of a bar code, filling `area`; they stand for nothing.
pub(crate) fn bar_code(canvas: &mut Canvas, area: Area, ink: [u8; 3], rng: &mut Rng) {
    let module = (area.width() / 110.0).max(1.0).floor();
    let mut x = area.left;
    while x + 4.0 * module <= area.right {
        let (bar, space) = (rng.pick(&[1.0, 1.0, 2.0, 3.0]), rng.pick(&[1.0, 1.0, 2.0, 3.0]));
        canvas.fill(Area { left: x, right: x + bar * module, ..area }, ink);
        x += (bar + space) * module;
    }
}

/// What a pen has: blue, black, red.
pub(crate) const PENS: [[u8; 3]; 4] = [[38, 58, 150], [30, 44, 120], [40, 40, 44], [176, 34, 40]];

/// Eight points of a circle, clockwise from its top.
const CIRCLE: [(f32, f32); 8] = [
    (0.0, -1.0),
    (0.71, -0.71),
    (1.0, 0.0),
    (0.71, 0.71),
    (0.0, 1.0),
    (-0.71, 0.71),
    (-1.0, 0.0),
    (-0.71, -0.71),
];

/// A loop that somebody drew around `area`.
pub(crate) fn pen_loop(canvas: &mut Canvas, area: Area, ink: [u8; 3], rng: &mut Rng) {
    let (rx, ry) = (area.width() * 0.62, (area.bottom - area.top) * 0.95);
    let (cx, cy) = (area.centre_x(), (area.top + area.bottom) / 2.0);
    let start = rng.below(8);
    let points: Vec<(f32, f32)> = (0..12)
        .map(|step| {
            let (x, y) = CIRCLE[(start + step) % 8];
            let (wide, high) = (rng.span(0.92, 1.1), rng.span(0.88, 1.14));
            (cx + x * rx * wide, cy + y * ry * high)
        })
        .collect();
    canvas.stroke(&points, rng.span(2.2, 3.6), ink);
}

/// A signature that nobody has, in `area`: loops of changing size on the way to the right.
pub(crate) fn signature(canvas: &mut Canvas, area: Area, ink: [u8; 3], rng: &mut Rng) {
    let (height, loops) = (area.bottom - area.top, rng.between(5, 8) as usize);
    let step = area.width() / (8 * loops) as f32;
    let (mut size, low) = (1.0, area.top + height * 0.78);
    let mut points = Vec::new();
    for at in 0..8 * loops {
        if at % 8 == 0 && at > 0 {
            size = rng.span(0.18, 0.62);
        }
        let (across, up) = CIRCLE[at % 8];
        let x = area.left + step * at as f32 + across * size * height * 0.3;
        points.push((x, low + (up - 0.6) * size * height * 0.5 * rng.span(0.8, 1.1)));
    }
    points.push((area.right, low - height * rng.span(0.0, 0.3)));
    canvas.stroke(&points, rng.span(1.8, 2.8), ink);
}

/// A framed word, pressed on somewhat askew with its middle at (`x`, `y`).
pub(crate) fn stamp(canvas: &mut Canvas, (x, y): (f32, f32), texts: [&str; 2], rng: &mut Rng) {
    let ink = rng.pick(&[[184, 44, 52], [46, 74, 160], [64, 60, 120], [40, 120, 84]]);
    let pen = Pen { tracking: 3.0, ..Pen::new(Face::SansBold, rng.span(34.0, 48.0), ink) };
    let small = pen.scaled(0.45).face(Face::Sans);
    let width = pen.width(texts[0]).max(small.width(texts[1])) + pen.em * 1.2;
    let height = pen.em * if texts[1].is_empty() { 1.6 } else { 2.2 };
    let mut mark = Canvas::new(width as u32, height as u32);
    mark.frame(Area::new([0.0, 0.0, width.floor(), height.floor()]), 4.0, ink);
    mark.text(pen, (Anchor::Centre, width / 2.0, pen.em * 1.15), texts[0]);
    if !texts[1].is_empty() {
        mark.text(small, (Anchor::Centre, width / 2.0, pen.em * 1.8), texts[1]);
    }
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let corners = turned((width, height), rng.span(-9.0, 7.0));
    canvas.press(&mark, corners.map(|[x, y]| [x + left, y + top]));
}

/// The two holes of a punch at the left edge, `inch` pixels to the inch.
pub(crate) fn holes(canvas: &mut Canvas, inch: f32, rng: &mut Rng) {
    let (x, radius) = (inch * rng.span(0.42, 0.5), inch * 0.115);
    let middle = canvas.image.height() as f32 / 2.0 + inch * rng.span(-0.2, 0.2);
    let grey = rng.between(40, 225) as u8;
    for y in [middle - 1.575 * inch, middle + 1.575 * inch] {
        let area = Area::new([x - radius, y - radius, x + radius, y + radius]);
        canvas.disc(area, [grey, grey, grey]);
    }
}
