//! Looks over every stream of an open PDF file before any of them is drawn.
//!
//! An embedded picture obeys the limits of a page; what is no picture has a bound of its own.

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Dict, Name, Object, Stream};

use crate::budget::Budget;
use crate::error::PageError;
use crate::pdf::headers;
use crate::pdf::weigh::{Picture, Weight, parameters, weigh};

/// Bytes of a stream that is no picture: operators, a font, a table.
const STREAM_BYTES_MAX: u64 = 64 << 20;
/// Bytes that one pixel of a picture may take: four channels of 16 bits, twice.
const PX_BYTES_MAX: u64 = 16;
/// Bytes that a picture may take beside its pixels.
const PICTURE_OVERHEAD_BYTES: u64 = 1 << 20;
/// Bytes of a coded picture in which its headers are looked for.
const HEAD_BYTES: usize = 1 << 20;
/// Channels of a JPEG 2000 picture.
const CHANNELS_MAX: u64 = 5;
/// How deep operators may save states: each keeps a copy of fonts, colours and clips.
const STATES_MAX: u32 = 10_000;
/// The columns of a fax where it does not say.
const FAX_COLUMNS: u64 = 1728;

/// Refuses a file of which a page is lost: the renderer leaves out what it cannot read.
pub(super) fn check_tree(pdf: &Pdf) -> Result<(), PageError> {
    let found = pdf.pages().len();
    if found == 0 {
        return Err(PageError::Damaged("the PDF file has no page".to_owned()));
    }
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let tree = catalogue.and_then(|catalogue| catalogue.get::<Dict<'_>>("Pages"));
    let stated = tree.and_then(|tree| tree.get::<u32>("Count")).unwrap_or(0);
    if u64::from(stated) > found as u64 {
        return Err(PageError::Damaged(format!(
            "the PDF file counts {stated} pages, and {found} of them can be read"
        )));
    }
    Ok(())
}

/// Refuses a file of which a page's operators are lost. Reads them whole, so comes after
/// [`check_streams`].
pub(super) fn check_contents(pdf: &Pdf) -> Result<(), PageError> {
    let lost = pdf
        .pages()
        .iter()
        .zip(1..)
        .find(|(page, _)| page.raw().contains_key("Contents") && page.page_stream().is_none());
    match lost {
        Some((_, number)) => Err(PageError::Damaged(format!(
            "what page {number} of the PDF file draws cannot be read"
        ))),
        None => Ok(()),
    }
}

/// Refuses a file of which a stream is past a limit or breaks off.
pub(super) fn check_streams(pdf: &Pdf, budget: &Budget) -> Result<(), PageError> {
    for object in pdf.objects() {
        budget.time()?;
        if let Object::Stream(stream) = object {
            check_stream(&stream, budget)?;
        }
    }
    Ok(())
}

/// Refuses a stream that is past a limit or breaks off.
pub(super) fn check_stream(stream: &Stream<'_>, budget: &Budget) -> Result<(), PageError> {
    let dict = stream.dict();
    let side = |short: &str, long: &str| dict.get::<u32>(short).or_else(|| dict.get::<u32>(long));
    let subtype = dict.get::<Name<'_>>("Subtype");
    let is_inline = dict.obj_id().is_none();
    let is_picture = is_inline || subtype.as_deref() == Some(b"Image".as_slice());
    let width = side("W", "Width").map_or(0, u64::from);
    let height = side("H", "Height").map_or(0, u64::from);
    if !is_picture {
        let mut states = States::default();
        let weight = weigh(stream, budget, |piece| states.see(piece))?;
        check_bytes(&weight, STREAM_BYTES_MAX)?;
        states.check()?;
        return check_whole(stream, &weight);
    }
    check_pixels(width.saturating_mul(height), budget)?;
    let mut head = Vec::new();
    let weight = weigh(stream, budget, |piece| {
        let left = HEAD_BYTES.saturating_sub(head.len());
        head.extend_from_slice(&piece[..piece.len().min(left)]);
    })?;
    check_whole(stream, &weight)?;
    match weight.picture {
        None => {
            let pixels = width.saturating_mul(height);
            check_bytes(&weight, pixels.saturating_mul(PX_BYTES_MAX) + PICTURE_OVERHEAD_BYTES)
        }
        // The renderer patches a larger size in the JPEG header down to that of the dictionary.
        Some(Picture::Dct) => Ok(()),
        Some(Picture::Jpx) => {
            let samples = headers::jpx_samples(&head).unwrap_or(0);
            check_pixels(samples / CHANNELS_MAX, budget)
        }
        Some(Picture::Jbig2) => check_pixels(headers::jbig2_pixels(&head).unwrap_or(0), budget),
        Some(Picture::Ccitt) => {
            let columns = parameters(dict).iter().find_map(|of_one| of_one.get::<u32>("Columns"));
            check_pixels(columns.map_or(FAX_COLUMNS, u64::from).saturating_mul(height), budget)
        }
    }
}

fn check_pixels(pixels: u64, budget: &Budget) -> Result<(), PageError> {
    let max = budget.limits().page_px_max;
    if pixels > max {
        return Err(PageError::TooLarge(format!(
            "a picture in the PDF file has {pixels} pixels; at most {max} are read"
        )));
    }
    Ok(())
}

fn check_bytes(weight: &Weight, max: u64) -> Result<(), PageError> {
    let bytes = weight.bytes;
    if bytes > max {
        return Err(PageError::TooLarge(format!(
            "a stream of the PDF file holds {bytes} bytes; it may hold {max}"
        )));
    }
    Ok(())
}

/// The renderer draws what it could read of a stream, which may be half a page.
fn check_whole(stream: &Stream<'_>, weight: &Weight) -> Result<(), PageError> {
    if weight.is_whole {
        return Ok(());
    }
    let number = stream.obj_id().obj_number;
    let bytes = weight.bytes;
    Err(PageError::Damaged(format!(
        "stream {number} of the PDF file breaks off after {bytes} bytes"
    )))
}

/// Counts how deep the operators `q` and `Q` of a stream nest. In what is no stream of operators
/// these letters hardly ever stand alone.
#[derive(Default)]
struct States {
    last: [u8; 2],
    depth: u32,
    deepest: u32,
}

impl States {
    fn see(&mut self, piece: &[u8]) {
        for &byte in piece {
            let [before, letter] = self.last;
            let stands_alone = is_space(before) && is_space(byte);
            match letter {
                b'q' if stands_alone => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                }
                b'Q' if stands_alone => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.last = [letter, byte];
        }
    }

    fn check(&self) -> Result<(), PageError> {
        let deepest = self.deepest;
        if deepest > STATES_MAX {
            return Err(PageError::TooLarge(format!(
                "a page of the PDF file saves {deepest} states; it may save {STATES_MAX}"
            )));
        }
        Ok(())
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_states_are_counted_over_pieces() {
        let cases: [(&str, &[&[u8]], u32); 4] = [
            ("saved and restored", &[b"q 1 0 0 1 0 0 cm Q q Q "], 1),
            ("nested", &[b"q q\nq\r Q "], 3),
            ("across pieces", &[b"q ", b"q", b" q "], 3),
            ("letters of names are none", &[b"/q1 gs (q) Tj sq "], 0),
        ];
        for (name, pieces, deepest) in cases {
            let mut states = States::default();
            pieces.iter().for_each(|piece| states.see(piece));
            assert_eq!(states.deepest, deepest, "{name}");
        }
    }
}
