//! What can be told of a PDF file from its bytes, before it is opened.
//!
//! Opening inflates the streams that hold objects, without a bound, and makes a page of every
//! entry of the page tree. So every stream that begins like deflated data is inflated here into
//! nothing first, and dictionaries are counted. A stream that hides its kind behind another filter
//! or encryption is not seen here; the memory of the process is the last bound on that.

use memchr::memmem;

use crate::budget::Budget;
use crate::error::PageError;
use crate::pdf::inflate::inflate;

/// Bytes at the end of the file in which its trailer must begin to end.
const TAIL_BYTES: usize = 4096;
/// Bytes that all streams of objects of a file may hold.
const OBJECT_BYTES_MAX: u64 = 64 << 20;
/// Dictionaries of a file: a page, a font, an annotation is one each.
const DICTIONARIES_MAX: u64 = 500_000;
/// Bytes before a stream in which its dictionary is looked for.
const DICTIONARY_BYTES: usize = 1024;

/// Refuses a file that is cut off or that opening would blow up.
pub(super) fn check(bytes: &[u8], budget: &Budget) -> Result<(), PageError> {
    check_end(bytes)?;
    let mut dictionaries = memmem::find_iter(bytes, b"<<").count() as u64;
    let mut object_bytes = 0;
    let mut total = 0;
    for at in memmem::find_iter(bytes, b"stream") {
        budget.time()?;
        if bytes[..at].ends_with(b"end") {
            continue;
        }
        let before = &bytes[at.saturating_sub(DICTIONARY_BYTES)..at];
        let dictionary = memmem::rfind(before, b"obj").map_or(before, |start| &before[start..]);
        let has = |name: &[u8]| memmem::find(dictionary, name).is_some();
        let holds_objects = has(b"/ObjStm") || has(b"/XRef");
        let data = &bytes[at + b"stream".len()..];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let weight = inflate(data, budget, |piece| {
            if holds_objects {
                dictionaries += memmem::find_iter(piece, b"<<").count() as u64;
            }
        })?;
        total += weight;
        check_weight("the streams", total, budget.limits().total_px_max.saturating_mul(8))?;
        if holds_objects {
            object_bytes += weight;
            check_weight("the streams of objects", object_bytes, OBJECT_BYTES_MAX)?;
        }
    }
    if dictionaries > DICTIONARIES_MAX {
        return Err(PageError::TooLarge(format!(
            "the PDF file has {dictionaries} dictionaries; at most {DICTIONARIES_MAX} are read"
        )));
    }
    Ok(())
}

fn check_weight(what: &str, weight: u64, max: u64) -> Result<(), PageError> {
    if weight > max {
        return Err(PageError::TooLarge(format!(
            "{what} of the PDF file hold more than {max} bytes"
        )));
    }
    Ok(())
}

/// A file that was cut off has lost its trailer. What the renderer would recover of it is a part
/// that nobody chose.
fn check_end(bytes: &[u8]) -> Result<(), PageError> {
    let padding = bytes.iter().rev().take_while(|b| b.is_ascii_whitespace() || **b == 0).count();
    let end = bytes.len() - padding;
    let tail = &bytes[end.saturating_sub(TAIL_BYTES)..end];
    let marks: [&[u8]; 2] = [b"%%EOF", b"startxref"];
    if marks.iter().any(|mark| memmem::find(tail, mark).is_some()) {
        return Ok(());
    }
    let count = bytes.len();
    Err(PageError::Damaged(format!("the PDF file is cut off: {count} bytes and no trailer")))
}
