//! Documents that were tampered with, each the twin of an untouched one: the same document, worn
//! in the same way, but for what the forger did.

use std::collections::BTreeMap;

use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

use super::canvas::{Anchor, Area, Canvas};
use super::fonts::{Face, Pen};
use super::lies::other_name;
use super::rng::Rng;
use super::scan::{self, Paper};
use super::warp::Homography;
use super::wear::Wear;
use super::{Config, ConfigError, Document, Kind, TruthLine, document, drawn};
use crate::profile::{ClaimKind, profile};

/// Claims that name whoever handed a document in, the first that is there.
const NAMES: [&str; 3] = ["company", "name", "surname"];
/// What a file suffers that is saved once more.
const SAVED: Wear = Wear { noise: 2.0, jpeg_quality: 60, ..Wear::NONE };
/// What paper suffers that is scanned once more.
const SCANNED: Wear = Wear {
    rotation_deg: 0.4,
    blur_px: 0.5,
    noise: 3.0,
    shadow: 0.04,
    jpeg_quality: 60,
    ..Wear::NONE
};

/// What a forger did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Another total pasted over the one in the picture, and claimed. The other amounts stayed.
    PastedTotal,
    /// A value changed in the invisible text of a PDF. The picture shows what is claimed, and a
    /// program that copies the text gets something else.
    EditedTextLayer,
    /// A document that somebody else handed in before, claimed under another name.
    ReusedDocument,
    /// A document whose validity ended before the day on which it is handed in.
    Expired,
}

impl Forgery {
    /// Every forgery.
    pub const ALL: [Self; 4] =
        [Self::PastedTotal, Self::EditedTextLayer, Self::ReusedDocument, Self::Expired];

    /// Whether documents of `kind` can be forged so.
    #[must_use]
    pub const fn suits(self, kind: Kind) -> bool {
        match self {
            Self::PastedTotal => {
                matches!(kind, Kind::Receipt | Kind::Invoice | Kind::BankStatement)
            }
            Self::EditedTextLayer | Self::ReusedDocument => true,
            Self::Expired => matches!(
                kind,
                Kind::IdDocument | Kind::BusinessLicense | Kind::InsuranceCertificate
            ),
        }
    }
}

/// A forged document and what is claimed of it.
#[derive(Debug, Clone)]
pub struct Forged {
    /// Its truth has the lines that stand on it now, and the claims of its untouched twin.
    pub document: Document,
    /// What the forger claims.
    pub claims: BTreeMap<String, String>,
}

/// The forged twin of [`document`]`(config)`; `None` where it cannot be forged so: its kind does
/// not suit, or it shows nothing that could be changed.
///
/// # Errors
/// [`ConfigError`] where a field of `config` is out of its range.
pub fn forged(config: &Config, forgery: Forgery) -> Result<Option<Forged>, ConfigError> {
    if !forgery.suits(config.kind) {
        return Ok(None);
    }
    // A stream of its own, so that the twin is the same without it.
    let mut rng = Rng::new(!config.seed).fork();
    Ok(match forgery {
        Forgery::PastedTotal => pasted(document(config)?, &mut rng),
        Forgery::EditedTextLayer => edited(document(config)?, &mut rng),
        Forgery::ReusedDocument => reused(document(config)?, &mut rng),
        Forgery::Expired => {
            let document = drawn(config, true)?;
            Some(Forged { claims: document.truth.claims.clone(), document })
        }
    })
}

/// `text` with its first digit raised that is no nine, the same digit as claimed and as printed;
/// without one, with its first digit lowered.
fn raised(text: &str) -> Option<String> {
    let digits = || text.char_indices().filter_map(|(at, c)| Some((at, c.to_digit(10)?)));
    let low = digits().find(|(_, digit)| *digit < 9);
    let (at, new) =
        low.map(|(at, digit)| (at, digit + 1)).or_else(|| Some((digits().next()?.0, 8)))?;
    Some(format!("{}{new}{}", &text[..at], &text[at + 1..]))
}

fn pasted(mut document: Document, rng: &mut Rng) -> Option<Forged> {
    let key = if document.places.contains_key("total") { "total" } else { "closing_balance" };
    let at = *document.places.get(key)?;
    let line = document.truth.lines.get(at)?.clone();
    let claim = raised(document.truth.claims.get(key)?)?;
    let text = raised(&line.text)?;
    let page = document.pages.get_mut(line.page as usize - 1)?;
    paste(page, (line.polygon, &text), rng);
    document.truth.lines[at].text = text;
    let mut claims = document.truth.claims.clone();
    claims.insert(key.to_owned(), claim);
    Some(Forged { document, claims })
}

/// Pastes `text` onto `page` over the line at `polygon`: its paper a little off, its edge faint,
/// its letters sharp and of another face.
fn paste(page: &mut RgbImage, (polygon, text): ([[f32; 2]; 4], &str), rng: &mut Rng) {
    let [a, b, _, d] = polygon;
    let length = |p: [f32; 2], q: [f32; 2]| ((p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2)).sqrt();
    let (wide, high) = (length(a, b).max(4.0), length(a, d).max(4.0));
    let (side, over) = (high * 0.22, high * rng.span(0.18, 0.3));
    let size = (wide + 2.0 * side, high + 2.0 * over);
    let (paper, ink) = colours(page, polygon);
    let off = rng.pick(&[-7_i16, -5, 5, 8]);
    let paper = paper.map(|value| (i16::from(value) + off).clamp(0, 255) as u8);
    let mut patch = Canvas::new(size.0.ceil() as u32, size.1.ceil() as u32);
    let whole = Area::new([0.0, 0.0, size.0.ceil(), size.1.ceil()]);
    patch.fill(whole, paper);
    patch.frame(whole, 1.0, paper.map(|value| value.saturating_sub(12)));
    let face = rng.pick(&[Face::Sans, Face::SansBold, Face::CondensedBold, Face::Serif]);
    let pen = Pen::new(face, high * rng.span(1.1, 1.25), ink);
    let pen = pen.scaled((wide / pen.width(text)).min(1.0));
    let at = (Anchor::Right, size.0 - side, size.1 / 2.0 + pen.em * 0.35);
    patch.ornament(pen, at, text);
    // The corners of the line, moved outwards along its sides.
    let along = [(b[0] - a[0]) / wide * side, (b[1] - a[1]) / wide * side];
    let down = [(d[0] - a[0]) / high * over, (d[1] - a[1]) / high * over];
    let signs = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    let mut corners = polygon;
    for (corner, (x, y)) in corners.iter_mut().zip(signs) {
        for axis in 0..2 {
            corner[axis] += x * along[axis] + y * down[axis];
        }
    }
    lay_over(page, &patch.image, corners);
}

/// The colour of the paper around a line and of its ink: its lightest and darkest pixels, a tenth
/// of them left out.
fn colours(page: &RgbImage, polygon: [[f32; 2]; 4]) -> ([u8; 3], [u8; 3]) {
    let mut pixels: Vec<Rgb<u8>> = Vec::new();
    let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
        polygon.iter().map(|corner| corner[axis]).fold(polygon[0][axis], pick).max(0.0) as u32
    };
    for y in bound(1, f32::min)..bound(1, f32::max).min(page.height()) {
        for x in bound(0, f32::min)..bound(0, f32::max).min(page.width()) {
            pixels.push(*page.get_pixel(x, y));
        }
    }
    pixels.sort_unstable_by_key(|pixel| pixel.0.map(u32::from).iter().sum::<u32>());
    let nth = |share: usize| pixels.get(pixels.len() * share / 100).map_or([0; 3], |p| p.0);
    // White on a coloured band: what there is more of is the paper.
    let middle: u32 = nth(50).map(u32::from).iter().sum();
    let sum = |pixel: [u8; 3]| pixel.map(u32::from).iter().sum::<u32>();
    let (dark, light) = (nth(4), nth(80));
    if sum(light).abs_diff(middle) <= sum(dark).abs_diff(middle) {
        (light, dark)
    } else {
        (nth(30), nth(98))
    }
}

/// Puts `patch` onto `corners` of `page`; what was there is gone.
fn lay_over(page: &mut RgbImage, patch: &RgbImage, corners: [[f32; 2]; 4]) {
    let (width, height) = (patch.width() as f32, patch.height() as f32);
    let back = Homography::onto((width, height), corners).inverse();
    let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
        corners.iter().map(|corner| corner[axis]).fold(corners[0][axis], pick).max(0.0) as u32
    };
    for y in bound(1, f32::min)..(bound(1, f32::max) + 1).min(page.height()) {
        for x in bound(0, f32::min)..(bound(0, f32::max) + 1).min(page.width()) {
            let [u, v] = back.map([x as f32 + 0.5, y as f32 + 0.5]);
            if (0.0..width).contains(&u) && (0.0..height).contains(&v) {
                page.put_pixel(x, y, *patch.get_pixel(u as u32, v as u32));
            }
        }
    }
}

/// A value of the invisible text changed, wherever it stands there.
fn edited(mut document: Document, rng: &mut Rng) -> Option<Forged> {
    let known = profile(&document.truth.document_type)?;
    let values: Vec<(ClaimKind, &TruthLine)> = document
        .places
        .iter()
        .filter(|(key, _)| document.truth.claims.contains_key(*key))
        .filter_map(|(key, at)| Some((known.claim(key).kind, document.truth.lines.get(*at)?)))
        .filter(|(kind, _)| {
            matches!(kind, ClaimKind::Money | ClaimKind::Date | ClaimKind::Identifier)
        })
        .collect();
    let (kind, line) = *values.get(rng.below(values.len()))?;
    let (old, new) = (line.text.clone(), other_digits(&line.text, kind)?);
    let edit = |line: &TruthLine| TruthLine { text: line.text.replace(&old, &new), ..line.clone() };
    document.text_layer = Some(document.truth.lines.iter().map(edit).collect());
    Some(Forged { claims: document.truth.claims.clone(), document })
}

/// `text` with its last digit changed, and unless it is a date one further in front as well.
fn other_digits(text: &str, kind: ClaimKind) -> Option<String> {
    let places: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let last = places.len().checked_sub(1)?;
    let changed = if kind == ClaimKind::Date { vec![last] } else { vec![last, last / 2] };
    let mut bytes = text.to_owned().into_bytes();
    for place in changed {
        let digit = &mut bytes[places[place]];
        *digit = if *digit == b'9' { b'8' } else { *digit + 1 };
    }
    String::from_utf8(bytes).ok()
}

/// The document copied once more, under another name.
fn reused(mut document: Document, rng: &mut Rng) -> Option<Forged> {
    let claims = renamed(&document.truth.claims, rng)?;
    let wear = rng.pick(&[SAVED, SCANNED]);
    let mut lines = Vec::new();
    for (page, image) in (1..).zip(&mut document.pages) {
        let own = document.truth.lines.iter().filter(|line| line.page == page).cloned();
        let sheet =
            Canvas { image: std::mem::take(image), lines: own.collect(), places: BTreeMap::new() };
        let copy = scan::wear(sheet, (Paper::Office, wear), &mut rng.fork());
        *image = copy.image;
        lines.extend(copy.lines);
    }
    document.truth.lines = lines;
    Some(Forged { document, claims })
}

/// `claims` with another name of whoever hands the document in.
fn renamed(claims: &BTreeMap<String, String>, rng: &mut Rng) -> Option<BTreeMap<String, String>> {
    let key = NAMES.into_iter().find(|key| claims.contains_key(*key))?;
    let mut claims = claims.clone();
    let name = other_name(&claims[key], rng);
    claims.insert(key.to_owned(), name);
    Some(claims)
}

impl Forged {
    /// The very same file handed in by somebody else: the document of `config` untouched, under
    /// another name; `None` where nothing on it is claimed to be a name.
    ///
    /// # Errors
    /// [`ConfigError`] where a field of `config` is out of its range.
    pub fn same_bytes(config: &Config) -> Result<Option<Self>, ConfigError> {
        let mut rng = Rng::new(!config.seed).fork();
        let document = document(config)?;
        let claims = renamed(&document.truth.claims, &mut rng);
        Ok(claims.map(|claims| Self { document, claims }))
    }
}

#[cfg(test)]
mod tests;
