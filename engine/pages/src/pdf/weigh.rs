//! Weighs a stream of a PDF file through its filters, in constant memory.

use std::io::Read;

use hayro::hayro_syntax::object::{Array, Dict, Name, Stream};

use crate::budget::Budget;
use crate::error::PageError;
use crate::pdf::ascii::{Ascii85, AsciiHex};
use crate::pdf::inflate::{Lzw, RunLength, drain, flate};

/// Filters of one stream; more are not of this world.
const FILTERS_MAX: usize = 8;

/// A coding of pictures, which ends a chain of filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picture {
    /// JPEG.
    Dct,
    /// JPEG 2000.
    Jpx,
    /// JBIG2.
    Jbig2,
    /// CCITT fax.
    Ccitt,
}

enum Filter {
    Hex,
    Ascii85,
    Lzw,
    Flate,
    RunLength,
    Picture(Picture),
    /// Decryption, which the file's reader has done, or a filter that nobody knows.
    Other,
}

impl Filter {
    fn from_name(name: &[u8]) -> Self {
        match name {
            b"ASCIIHexDecode" | b"AHx" => Self::Hex,
            b"ASCII85Decode" | b"A85" => Self::Ascii85,
            b"LZWDecode" | b"LZW" => Self::Lzw,
            b"FlateDecode" | b"Fl" => Self::Flate,
            b"RunLengthDecode" | b"RL" => Self::RunLength,
            b"DCTDecode" | b"DCT" => Self::Picture(Picture::Dct),
            b"JPXDecode" => Self::Picture(Picture::Jpx),
            b"JBIG2Decode" => Self::Picture(Picture::Jbig2),
            b"CCITTFaxDecode" | b"CCF" => Self::Picture(Picture::Ccitt),
            _ => Self::Other,
        }
    }
}

/// What a stream holds.
pub(super) struct Weight {
    /// Bytes after the filters, up to a picture's own coding.
    pub(super) bytes: u64,
    /// Whether the data end where their coding says, rather than break off.
    pub(super) is_whole: bool,
    /// The picture's coding, if the stream ends in one.
    pub(super) picture: Option<Picture>,
}

/// Weighs `stream`, and shows `see` what it holds in pieces.
pub(super) fn weigh(
    stream: &Stream<'_>,
    budget: &Budget,
    see: impl FnMut(&[u8]),
) -> Result<Weight, PageError> {
    let data = stream.raw_data();
    let dict = stream.dict();
    let mut reader: Box<dyn Read + '_> = Box::new(&*data);
    let mut picture = None;
    let names = filters(dict);
    if names.len() > FILTERS_MAX {
        let count = names.len();
        return Err(PageError::Unsupported(format!(
            "a stream of the PDF file has {count} filters; at most {FILTERS_MAX} are read"
        )));
    }
    for name in names {
        reader = match Filter::from_name(&name) {
            Filter::Hex => Box::new(AsciiHex::new(reader)),
            Filter::Ascii85 => Box::new(Ascii85::new(reader)),
            Filter::Lzw => Box::new(Lzw::new(reader, early_change(dict))),
            Filter::Flate => flate(reader),
            Filter::RunLength => Box::new(RunLength::new(reader)),
            Filter::Picture(coding) => {
                picture = Some(coding);
                break;
            }
            Filter::Other => reader,
        };
    }
    let (bytes, ended) = drain(reader, budget, see)?;
    // Some writers leave a stream empty and name its coding all the same.
    let is_whole = ended || data.is_empty();
    Ok(Weight { bytes, is_whole, picture })
}

fn filters(dict: &Dict<'_>) -> Vec<Vec<u8>> {
    for key in ["F", "Filter"] {
        if let Some(name) = dict.get::<Name<'_>>(key) {
            return vec![name.to_vec()];
        }
        if let Some(names) = dict.get::<Array<'_>>(key) {
            return names.iter::<Name<'_>>().take(FILTERS_MAX + 1).map(|n| n.to_vec()).collect();
        }
    }
    Vec::new()
}

/// The dictionaries of parameters of the stream's filters.
pub(super) fn parameters<'a>(dict: &Dict<'a>) -> Vec<Dict<'a>> {
    for key in ["DP", "DecodeParms"] {
        if let Some(of_one) = dict.get::<Dict<'a>>(key) {
            return vec![of_one];
        }
        if let Some(of_many) = dict.get::<Array<'a>>(key) {
            return of_many.iter::<Dict<'a>>().take(FILTERS_MAX).collect();
        }
    }
    Vec::new()
}

fn early_change(dict: &Dict<'_>) -> bool {
    parameters(dict).iter().all(|of_one| of_one.get::<i32>("EarlyChange") != Some(0))
}
