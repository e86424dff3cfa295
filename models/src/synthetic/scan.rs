//! What paper, printer and scanner do to a printed sheet.

use image::{Rgb, RgbImage};

use super::TruthLine;
use super::canvas::{Area, Canvas};
use super::rng::{Rng, mix};
use super::warp::{Lie, turned};
use super::wear::Wear;

/// What a sheet is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paper {
    /// Off a roll, blackened by heat: whole columns fail, and it fades.
    Thermal,
    /// Toner on a cut sheet.
    Office,
    /// A card or a booklet's page, which nobody folds.
    Card,
}

/// `sheet` after some of the wear; its lines move with its text.
pub(crate) fn wear(mut sheet: Canvas, (paper, wear): (Paper, Wear), rng: &mut Rng) -> Canvas {
    // A stream for each step, drawn even if the step is left out, so that a change to one kind of
    // wear leaves the others as they were.
    let [mut ink, mut folds, mut place, mut light, mut dust] = std::array::from_fn(|_| rng.fork());
    if wear.fading > 0.0 {
        fade(&mut sheet.image, (paper, wear.fading), &mut ink);
    }
    if wear.creases > 0.0 {
        crease(&mut sheet.image, (paper, wear.creases), &mut folds);
    }
    if !wear.is_flat() {
        sheet = lay(&sheet, wear, &mut place);
    }
    if wear.shadow > 0.0 {
        shade(&mut sheet.image, wear.shadow, &mut light);
    }
    if wear.noise > 0.0 {
        specks(&mut sheet, wear.noise, &mut dust);
    }
    let blur_px = wear.blur_px * dust.span(0.35, 1.0);
    if blur_px > 0.0 {
        blur(&mut sheet.image, blur_px);
    }
    if wear.noise > 0.0 {
        grain(&mut sheet.image, wear.noise * dust.span(0.3, 1.0), &mut dust);
    }
    sheet
}

/// `count` factors from 1 down to `1 - depth`, changing smoothly every `step` places.
fn ripple((count, step): (usize, usize), depth: f32, rng: &mut Rng) -> Vec<f32> {
    let knots: Vec<f32> = (0..count / step + 2).map(|_| rng.unit()).collect();
    let at = |place: usize| {
        let (knot, t) = (place / step, (place % step) as f32 / step as f32);
        1.0 - depth * mixed(knots[knot], knots[knot + 1], t * t * (3.0 - 2.0 * t))
    };
    (0..count).map(at).collect()
}

fn mixed(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// Takes ink away: everywhere a little, and where columns of the print head failed.
fn fade(image: &mut RgbImage, (paper, fading): (Paper, f32), rng: &mut Rng) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let overall = 1.0 - fading * 0.6 * rng.unit();
    let mut columns = ripple((width, 160), fading * 0.5, rng);
    let rows = ripple((height, 240), fading * 0.5, rng);
    if paper == Paper::Thermal && rng.chance(55) {
        for _ in 0..rng.between(1, 6) {
            let (start, count) = (rng.below(width), rng.between(1, 3) as usize);
            let left = (1.0 - fading * rng.span(0.6, 2.2)).max(0.03);
            columns.iter_mut().skip(start).take(count).for_each(|kept| *kept *= left);
        }
    }
    for (row, kept) in image.chunks_exact_mut(3 * width).zip(rows) {
        for (pixel, column) in row.chunks_exact_mut(3).zip(&columns) {
            let kept = overall * kept * column;
            pixel.iter_mut().for_each(|v| *v = (255.5 - f32::from(255 - *v) * kept) as u8);
        }
    }
}

/// Folds, yellowing, and now and then the ring of a cup.
fn crease(image: &mut RgbImage, (paper, depth): (Paper, f32), rng: &mut Rng) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut columns = ripple((width, 90), depth * 0.25, rng);
    let mut rows = ripple((height, 90), depth * 0.25, rng);
    match paper {
        Paper::Card => {}
        Paper::Office => {
            if rng.chance(60) {
                fold(&mut rows, height / 3, depth, rng);
                fold(&mut rows, 2 * height / 3, depth, rng);
            }
        }
        Paper::Thermal => {
            for _ in 0..rng.below(4) {
                let at = rng.below(height);
                fold(&mut rows, at, depth, rng);
            }
            if rng.chance(40) {
                let at = width / 2 + rng.below(width / 4);
                fold(&mut columns, at, depth, rng);
            }
        }
    }
    let age = depth * rng.unit();
    let tint = [1.0 - 0.1 * age, 1.0 - 0.25 * age, 1.0 - 0.7 * age];
    for (row, light) in image.chunks_exact_mut(3 * width).zip(rows) {
        for (pixel, column) in row.chunks_exact_mut(3).zip(&columns) {
            for (value, tint) in pixel.iter_mut().zip(tint) {
                *value = (f32::from(*value) * light * column * tint + 0.5).min(255.0) as u8;
            }
        }
    }
    if rng.unit() < depth * 0.6 {
        cup_ring(image, depth, rng);
    }
}

/// A fold at `at`: dark on the side that turns away from the light, light on the other.
fn fold(factors: &mut [f32], at: usize, depth: f32, rng: &mut Rng) {
    let (reach, depth) = (rng.between(4, 14), depth * rng.span(0.4, 1.0));
    let side = if rng.chance(50) { 1.0 } else { -0.4 };
    for offset in -reach..=reach {
        let Some(factor) =
            usize::try_from(at as i64 + offset).ok().and_then(|i| factors.get_mut(i))
        else {
            continue;
        };
        let near = 1.0 - offset.abs() as f32 / (reach + 1) as f32;
        let tone = if offset < 0 { side } else { 0.6 - side };
        *factor *= 1.0 - depth * near * near * tone;
    }
}

/// What a cup leaves: a brown ring, darkest at its rim.
fn cup_ring(image: &mut RgbImage, depth: f32, rng: &mut Rng) {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let radius = rng.span(0.14, 0.22) * width;
    let (cx, cy) = (rng.span(0.1, 0.9) * width, rng.span(0.2, 0.9) * height);
    let brown = [0.35, 0.6, 1.0];
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let off = ((dx * dx + dy * dy).sqrt() / radius - 1.0).abs() / 0.06;
        if off < 1.0 {
            let taken = depth * (1.0 - off) * (1.0 - off);
            for (value, share) in pixel.0.iter_mut().zip(brown) {
                *value = (f32::from(*value) * (1.0 - taken * share) + 0.5) as u8;
            }
        }
    }
}

/// What lies around a sheet.
#[derive(Debug, Clone, Copy)]
struct Backdrop {
    colour: [f32; 3],
    /// How far its grain departs from its colour.
    grain: f32,
    /// How dark the sheet's shadow on it is.
    shadow: f32,
    seed: u64,
}

impl Backdrop {
    fn draw(desk: bool, rng: &mut Rng) -> Self {
        let desks: [[f32; 3]; 5] = [
            [134.0, 98.0, 66.0],
            [96.0, 68.0, 48.0],
            [92.0, 95.0, 101.0],
            [46.0, 44.0, 43.0],
            [198.0, 190.0, 178.0],
        ];
        let seed = rng.next();
        if desk {
            return Self {
                colour: rng.pick(&desks),
                grain: rng.span(0.05, 0.3),
                shadow: 0.5,
                seed,
            };
        }
        let grey = if rng.chance(85) { rng.span(236.0, 254.0) } else { rng.span(24.0, 70.0) };
        Self { colour: [grey; 3], grain: 0.01, shadow: 0.12, seed }
    }

    /// Its colour at a point, `away` pixels outside the sheet.
    fn at(&self, [x, y]: [f32; 2], away: f32) -> [f32; 3] {
        // Long fibres along one direction, as in wood.
        let tone = 1.0 + self.grain * (self.lattice(x / 210.0, y / 7.0) - 0.5);
        let shade = 1.0 - self.shadow * (1.0 - away / 26.0).clamp(0.0, 1.0);
        self.colour.map(|c| (c * tone * shade).min(255.0))
    }

    /// Value noise: random at whole numbers, smooth between them.
    fn lattice(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let random = |dx: f32, dy: f32| {
            let (column, row) = ((left + dx) as i64 as u64, (top + dy) as i64 as u64);
            let place = column.wrapping_mul(0x9E37_79B9).wrapping_add(row << 32);
            (mix(self.seed ^ place) >> 40) as f32 / 16_777_216.0
        };
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let (tx, ty) = (smooth(x - left), smooth(y - top));
        let upper = mixed(random(0.0, 0.0), random(1.0, 0.0), tx);
        mixed(upper, mixed(random(0.0, 1.0), random(1.0, 1.0), tx), ty)
    }
}

/// `sheet` turned, bent and laid onto something.
fn lay(sheet: &Canvas, wear: Wear, rng: &mut Rng) -> Canvas {
    let size = (sheet.image.width() as f32, sheet.image.height() as f32);
    let either = |rng: &mut Rng| rng.span(-1.0, 1.0);
    let curl = wear.curl_px * either(rng);
    let mut corners = turned(size, wear.rotation_deg * either(rng));
    for corner in &mut corners {
        corner[0] += wear.perspective * size.0 * either(rng);
        corner[1] += wear.perspective * size.0 * either(rng);
    }
    let desk = wear.perspective > 0.0 && rng.chance(75);
    let margin = size.0 * if desk { rng.span(0.02, 0.08) } else { rng.span(0.0, 0.025) };
    let least = |axis: usize| corners.iter().map(|c| c[axis]).fold(f32::MAX, f32::min);
    let most = |axis: usize| corners.iter().map(|c| c[axis]).fold(f32::MIN, f32::max);
    let (left, top) = (least(0) - margin, least(1) - margin - curl.abs());
    let width = (most(0) - left + margin).ceil() as u32;
    let height = (most(1) - top + margin + curl.abs()).ceil() as u32;
    let lie = Lie::new(size, curl, corners.map(|[x, y]| [x - left, y - top]));
    let backdrop = Backdrop::draw(desk, rng);
    let image = RgbImage::from_fn(width, height, |x, y| {
        let point = [x as f32 + 0.5, y as f32 + 0.5];
        look(&sheet.image, &backdrop, (point, lie.to_sheet(point)))
    });
    let lines = sheet.lines.iter().map(|line| TruthLine {
        polygon: line.polygon.map(|point| lie.to_picture(point)),
        ..line.clone()
    });
    Canvas { image, lines: lines.collect(), places: sheet.places.clone() }
}

/// The colour at a point of the picture, which is at (`x`, `y`) of the sheet's plane.
fn look(sheet: &RgbImage, backdrop: &Backdrop, (point, [x, y]): ([f32; 2], [f32; 2])) -> Rgb<u8> {
    let (width, height) = (sheet.width() as f32, sheet.height() as f32);
    let away = (-x).max(x - width).max(-y).max(y - height);
    let bare = (away + 0.5).clamp(0.0, 1.0);
    let mut colour = [0.0; 3];
    if bare > 0.0 {
        colour = backdrop.at(point, away).map(|value| value * bare);
    }
    if bare < 1.0 {
        let seen = sample(sheet, x - 0.5, y - 0.5);
        for (value, seen) in colour.iter_mut().zip(seen) {
            *value += seen * (1.0 - bare);
        }
    }
    Rgb(colour.map(|value| (value + 0.5) as u8))
}

/// Between the four nearest pixels; the edge goes on outside.
fn sample(image: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (right, bottom) = (image.width() - 1, image.height() - 1);
    let (x, y) = (x.clamp(0.0, right as f32), y.clamp(0.0, bottom as f32));
    let (left, top) = (x as u32, y as u32);
    let (tx, ty) = (x - left as f32, y - top as f32);
    let pixel = |dx: u32, dy: u32| {
        image.get_pixel((left + dx).min(right), (top + dy).min(bottom)).0.map(f32::from)
    };
    let [a, b, c, d] = [pixel(0, 0), pixel(1, 0), pixel(0, 1), pixel(1, 1)];
    std::array::from_fn(|i| mixed(mixed(a[i], b[i], tx), mixed(c[i], d[i], tx), ty))
}

/// Light that comes from one side, of one colour, and perhaps the shadow of a hand.
fn shade(image: &mut RgbImage, shadow: f32, rng: &mut Rng) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let [across, down] = [rng.span(-1.0, 1.0), rng.span(-1.0, 1.0)];
    let depth = shadow * rng.span(0.3, 1.0);
    let colour: [f32; 3] = std::array::from_fn(|_| 1.0 - 0.1 * shadow * rng.unit());
    let slope = rng.span(-0.6, 0.6);
    let edge = rng.span(0.55, 1.1);
    let hand = if rng.chance(40) { shadow * rng.span(0.2, 0.5) } else { 0.0 };
    for (y, row) in image.chunks_exact_mut(3 * width).enumerate() {
        let v = y as f32 / height as f32;
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let u = x as f32 / width as f32;
            let far = ((u - 0.5) * across + (v - 0.5) * down + 0.5).clamp(0.0, 1.0);
            let covered = ((v + slope * (u - 0.5) - edge) / 0.08 + 0.5).clamp(0.0, 1.0);
            let light = (1.0 - depth * far * far) * (1.0 - hand * covered);
            for (value, tint) in pixel.iter_mut().zip(colour) {
                *value = (f32::from(*value) * light * tint + 0.5) as u8;
            }
        }
    }
}

/// Dust on the glass.
fn specks(sheet: &mut Canvas, noise: f32, rng: &mut Rng) {
    let (width, height) = (sheet.image.width() as f32, sheet.image.height() as f32);
    for _ in 0..rng.below(2 + 2 * noise as usize) {
        let (x, y, side) = (rng.unit() * width, rng.unit() * height, rng.span(0.8, 3.2));
        let grey = rng.between(20, 120) as u8;
        let area = Area::new([x, y, x + side * rng.span(0.6, 1.6), y + side]);
        sheet.disc(area, [grey; 3]);
    }
}

/// Smooths by a bell of the given standard deviation: passes of three taps, each of which adds
/// twice its side tap to the variance.
fn blur(image: &mut RgbImage, deviation_px: f32) {
    let variance = deviation_px * deviation_px;
    let passes = (variance / 0.5).ceil().max(1.0);
    let side = (variance / passes / 2.0 * 256.0).round() as u16;
    let width = 3 * image.width() as usize;
    for _ in 0..passes as usize {
        for row in image.chunks_exact_mut(width) {
            smooth(row, 3, side);
        }
        smooth(image, width, side);
    }
}

/// One pass along values that are `stride` apart.
fn smooth(values: &mut [u8], stride: usize, side: u16) {
    let mut before: Vec<u8> = values[..stride].to_vec();
    for at in 0..values.len() {
        let here = values[at];
        let after = values.get(at + stride).copied().unwrap_or(here);
        let kept = &mut before[at % stride];
        let sides = u16::from(*kept) + u16::from(after);
        let sum = u32::from(side) * u32::from(sides) + u32::from(256 - 2 * side) * u32::from(here);
        *kept = here;
        values[at] = ((sum + 128) >> 8) as u8;
    }
}

/// The noise of the sensor.
fn grain(image: &mut RgbImage, deviation: f32, rng: &mut Rng) {
    for pixel in image.chunks_exact_mut(3) {
        let offset = deviation * rng.noise();
        pixel.iter_mut().for_each(|v| *v = (f32::from(*v) + offset + 0.5).clamp(0.0, 255.0) as u8);
    }
}
