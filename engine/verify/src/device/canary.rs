//! Asks a device a question whose answer is known, before it serves and again after anything went
//! wrong: a device that computes, but not what it should, is worse than none.

use image::{Rgb, RgbImage};

use super::budget::CPU_BUDGET_PX;
use super::fault::{Fault, FaultKind};
use super::networks::Networks;
use crate::contain::contain;
use crate::reading::reader::{LineFeatures, PageRead};

/// What is drawn and must be read.
pub(super) const LINES: [&str; 2] = ["TOTAL 1234.50", "DATE 2067-08-19"];

/// The side of the page: the least that the detector does not enlarge.
pub(super) const SIDE_PX: u32 = 736;
/// The side of a dot of a letter.
const DOT_PX: u32 = 5;
/// The left end of the lines, the top of the first, and from one to the next.
const LEFT_PX: u32 = 120;
const TOP_PX: u32 = 200;
const PITCH_PX: u32 = 160;
/// The margins and the pitch of a page that is full of lines.
const FULL_TOP_PX: u32 = 40;
const FULL_PITCH_PX: usize = 64;

/// Letters of five by seven dots, a row in the low five bits of a byte.
const GLYPHS: [(char, [u8; 7]); 18] = [
    ('0', [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e]),
    ('1', [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('2', [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f]),
    ('3', [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e]),
    ('4', [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02]),
    ('5', [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e]),
    ('6', [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e]),
    ('7', [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08]),
    ('8', [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e]),
    ('9', [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c]),
    ('A', [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    ('D', [0x1c, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1c]),
    ('E', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f]),
    ('L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f]),
    ('O', [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    ('T', [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('-', [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00]),
    ('.', [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c]),
];

/// How far features may lie from those of the reference, as a part of the largest of them, by the
/// type of number. It must tell a device that computes wrongly from one that rounds; it was chosen
/// above what rounding to f16 does to single operations, and was never measured on a GPU.
fn difference_max(dtype: &str) -> f32 {
    match dtype {
        "f32" => 0.01,
        "f16" | "bf16" => 0.1,
        _ => 0.25,
    }
}

/// The known page and what the reference sees on it.
#[derive(Debug)]
pub(crate) struct Canary {
    page: RgbImage,
    known: Vec<LineFeatures>,
}

/// How far a device's answer lies from that of the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parity {
    /// The largest difference of a feature, as a part of the largest feature.
    pub difference: f32,
    /// The largest that is allowed.
    pub difference_max: f32,
}

impl Canary {
    /// Learns the answer from the reference: the CPU's networks in single precision.
    ///
    /// # Errors
    /// Where the reference does not read what is drawn.
    pub(crate) fn learn(reference: &dyn Networks) -> Result<Self, Fault> {
        let page = page();
        let known = ask(reference, &page)?.swap_remove(0);
        Ok(Self { page, known })
    }

    /// Asks each part of a device, and tells the parity of the one that is farthest off.
    ///
    /// # Errors
    /// How an answer differs, or why there is none.
    pub(crate) fn sing(&self, networks: &dyn Networks, dtype: &str) -> Result<Parity, Fault> {
        let mut parity = Parity { difference: 0.0, difference_max: difference_max(dtype) };
        for seen in ask(networks, &self.page)? {
            parity.difference = parity.difference.max(self.difference(&seen)?);
        }
        match parity.difference <= parity.difference_max {
            true => Ok(parity),
            false => Err(wrong(format!(
                "features differ by {:.4} of the largest; {} is allowed in {dtype}",
                parity.difference, parity.difference_max
            ))),
        }
    }

    /// How far features lie from those of the reference, as a part of the largest of them.
    fn difference(&self, seen: &[LineFeatures]) -> Result<f32, Fault> {
        let mut difference = 0.0_f32;
        for (line, (known, seen)) in self.known.iter().zip(seen).enumerate() {
            if (seen.steps, seen.values.len()) != (known.steps, known.values.len()) {
                let (found, wanted) = (seen.steps, known.steps);
                return Err(wrong(format!("line {line} has {found} steps instead of {wanted}")));
            }
            let largest = known.values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            let pairs = known.values.iter().zip(&seen.values);
            // A value that is no number is as far away as can be.
            let far = |(known, seen): (&f32, &f32)| match (known - seen).abs() {
                distance if distance.is_nan() => f32::INFINITY,
                distance => distance,
            };
            let distance = pairs.map(far).fold(0.0_f32, f32::max);
            difference = difference.max(distance / largest.max(f32::MIN_POSITIVE));
        }
        Ok(difference)
    }
}

/// Asks a device about the known page, by its text alone.
///
/// # Errors
/// How the answer differs, or why there is none.
pub(crate) fn read(networks: &dyn Networks) -> Result<(), Fault> {
    ask(networks, &page()).map(drop)
}

/// What each part of a device saw on each known line, where it reads as it is drawn.
fn ask(networks: &dyn Networks, page: &RgbImage) -> Result<Vec<Vec<LineFeatures>>, Fault> {
    let answers = contain("the networks", || networks.read_on_each(&[page], CPU_BUDGET_PX))
        .unwrap_or_else(|panic| Err(Fault::of_words(&panic)))?;
    answers.into_iter().map(features).collect()
}

fn features(reads: Vec<PageRead>) -> Result<Vec<LineFeatures>, Fault> {
    let read: Vec<String> =
        reads.iter().flat_map(|page| &page.lines).map(|line| line.text.replace(' ', "")).collect();
    let known = LINES.map(|line| line.replace(' ', ""));
    match read == known {
        true => Ok(reads.into_iter().flat_map(|page| page.seen).collect()),
        false => Err(wrong(format!("read {read:?} where {known:?} is drawn"))),
    }
}

fn wrong(detail: String) -> Fault {
    Fault { kind: FaultKind::Wrong, detail }
}

/// A page full of lines, on which a device shows how much it can do at once.
pub(crate) fn full_page() -> RgbImage {
    let mut full = RgbImage::from_pixel(SIDE_PX, SIDE_PX, Rgb([245; 3]));
    let tops = (FULL_TOP_PX..SIDE_PX - FULL_TOP_PX).step_by(FULL_PITCH_PX);
    for (top, line) in tops.zip(LINES.iter().cycle()) {
        write(&mut full, (LEFT_PX, top), line);
    }
    full
}

/// The lines in dark dots on a light page.
fn page() -> RgbImage {
    let mut page = RgbImage::from_pixel(SIDE_PX, SIDE_PX, Rgb([245; 3]));
    for (row, line) in (0_u32..).zip(LINES) {
        write(&mut page, (LEFT_PX, TOP_PX + row * PITCH_PX), line);
    }
    page
}

/// Writes a line from its left top corner.
fn write(page: &mut RgbImage, (left, top): (u32, u32), line: &str) {
    for (column, letter) in (0_u32..).zip(line.chars()) {
        let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == letter) else {
            continue;
        };
        let left = left + column * 6 * DOT_PX;
        for (y, bits) in (0_u32..).zip(rows) {
            for x in (0..5).filter(|x| bits >> (4 - x) & 1 == 1) {
                dot(page, left + x * DOT_PX, top + y * DOT_PX);
            }
        }
    }
}

fn dot(page: &mut RgbImage, left: u32, top: u32) {
    for (x, y) in (0..DOT_PX).flat_map(|x| (0..DOT_PX).map(move |y| (x, y))) {
        page.put_pixel(left + x, top + y, Rgb([25; 3]));
    }
}
