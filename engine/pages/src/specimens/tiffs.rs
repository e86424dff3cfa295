//! TIFF files with directories in circles, sizes that lie and strips that are not there.

use crate::specimens::Specimen;
use crate::specimens::jpeg_file::JpegFile;
use crate::specimens::pdf_file::{deflate, deflated_zeros};
use crate::specimens::tiff_file::{Entry, Next, TiffFile, grey};

const NONE: u32 = 1;
const LZW: u32 = 5;
const JPEG: u32 = 7;
const DEFLATE: u32 = 8;
const PACK_BITS: u32 = 32_773;
/// Where the strip stands in a file of one picture: after the header and nine entries.
const STRIP: u32 = 8 + 2 + 9 * 12 + 4;

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all = chains();
    all.extend(sizes());
    all.extend(strips());
    all.extend(tags());
    all
}

/// A file of one grey picture with these strip bytes.
fn one(size: (u32, u32), compression: u32, data: &[u8]) -> Vec<u8> {
    let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut file = TiffFile::new();
    file.directory(&grey(size, compression, (STRIP, count)), Next::End);
    file.data(data);
    file.bytes()
}

/// A file of one picture of 64 x 64 in which one entry is another.
fn patched(entry: Entry) -> Vec<u8> {
    let mut entries = grey((64, 64), NONE, (STRIP, 64 * 64));
    match entries.iter_mut().find(|other| other.0 == entry.0) {
        Some(other) => *other = entry,
        None => entries.push(entry),
    }
    entries.sort_unstable();
    let mut file = TiffFile::new();
    file.directory(&entries, Next::End);
    file.data(&[200; 64 * 64 + 12]);
    file.bytes()
}

/// A file of so many directories, each of 64 x 64 pixels that stand at its start.
fn many(count: u32, subfile: u32) -> Vec<u8> {
    let mut file = TiffFile::new();
    for nth in 1..=count {
        let mut entries = vec![(254, 4, 1, subfile)];
        entries.extend(grey((64, 64), NONE, (8, 64 * 64)));
        file.directory(&entries, if nth == count { Next::End } else { Next::Following });
    }
    file.data(&[200; 64 * 64]);
    file.bytes()
}

fn chains() -> Vec<Specimen> {
    let entries = grey((64, 64), NONE, (8, 64));
    let mut own = TiffFile::new();
    own.directory(&entries, Next::Offset(8));
    let mut pair = TiffFile::new();
    pair.directory(&entries, Next::Following);
    pair.directory(&entries, Next::Offset(8));
    let mut astray = TiffFile::new();
    astray.directory(&grey((64, 64), NONE, (8, 64 * 64)), Next::Offset(0x7fff_fff0));
    astray.data(&[0; 64 * 64]);
    vec![
        Specimen::damaged("TIFF whose directory follows itself", own.bytes()),
        Specimen::damaged("TIFF whose directories follow each other", pair.bytes()),
        Specimen::damaged("TIFF whose next directory is outside", astray.bytes()),
        Specimen::too_large("TIFF of 21 pages", many(21, 0)),
        Specimen::too_large("TIFF of 10,000 pages", many(10_000, 0)),
        Specimen::too_large("TIFF of 10,000 thumbnails", many(10_000, 1)),
        Specimen::damaged("TIFF of a thumbnail alone", many(1, 1)),
        Specimen::damaged("TIFF whose directory is outside", b"II\x2a\0\xff\xff\xff\x7f".to_vec()),
        Specimen::damaged("TIFF whose directory is its header", b"II\x2a\0\0\0\0\0".to_vec()),
        Specimen::damaged(
            "TIFF whose directory is empty",
            b"II\x2a\0\x08\0\0\0\0\0\0\0\0\0".to_vec(),
        ),
    ]
}

fn sizes() -> Vec<Specimen> {
    let bomb = deflated_zeros(64 << 20);
    vec![
        Specimen::too_large("TIFF of 60,000 x 60,000", one((60_000, 60_000), DEFLATE, &bomb)),
        Specimen::too_large("TIFF of 4 billion x 4 billion", one((u32::MAX, u32::MAX), NONE, b"")),
        Specimen::too_large("TIFF strip of 40,000 x 16", one((40_000, 16), NONE, &[0; 640_000])),
        Specimen::too_large("TIFF strip of 16 x 40,000", one((16, 40_000), NONE, &[0; 640_000])),
        Specimen::damaged("TIFF of one pixel", one((1, 1), NONE, &[0])),
        Specimen::damaged("TIFF of no width", one((0, 64), NONE, &[0; 64])),
        Specimen::damaged("TIFF of no height", one((64, 0), NONE, &[0; 64])),
        Specimen::open("TIFF with a bomb for its strip", one((64, 64), DEFLATE, &bomb)),
    ]
}

fn strips() -> Vec<Specimen> {
    let huge = JpegFile { size: (60_000, 60_000), channels: &[90], segments: &[], blocks: 4 };
    let whole = vec![200; 64 * 64];
    vec![
        Specimen::damaged("TIFF with half of its strip", one((64, 64), NONE, &whole[..2048])),
        Specimen::damaged("TIFF without its strip", one((64, 64), NONE, b"")),
        Specimen::damaged("TIFF, deflated, with half of its rows", {
            one((64, 64), DEFLATE, &deflate(&whole[..2048]))
        }),
        Specimen::damaged("TIFF whose deflated strip is not", one((64, 64), DEFLATE, &whole)),
        Specimen::open("TIFF whose LZW strip is not", one((64, 64), LZW, &whole)),
        Specimen::open("TIFF whose PackBits strip is short", one((64, 64), PACK_BITS, &[0x81, 7])),
        Specimen::too_large("TIFF with a JPEG strip of 60,000 x 60,000", {
            one((64, 64), JPEG, &huge.bytes())
        }),
        Specimen::damaged("TIFF whose JPEG strip is not", one((64, 64), JPEG, &whole)),
    ]
}

fn tags() -> Vec<Specimen> {
    vec![
        Specimen::unsupported("TIFF of an unknown compression", patched((259, 3, 1, 34_000))),
        Specimen::unsupported("TIFF of a palette", patched((262, 3, 1, 3))),
        Specimen::open("TIFF of an unknown photometry", patched((262, 3, 1, 99))),
        Specimen::open("TIFF of no bits", patched((258, 3, 1, 0))),
        Specimen::open("TIFF of 64 bits", patched((258, 3, 1, 64))),
        Specimen::open("TIFF of no samples", patched((277, 3, 1, 0))),
        Specimen::open("TIFF of 60,000 samples", patched((277, 3, 1, 60_000))),
        Specimen::open("TIFF of no rows in a strip", patched((278, 4, 1, 0))),
        Specimen::damaged("TIFF of one row in a strip", patched((278, 4, 1, 1))),
        Specimen::damaged("TIFF whose strip is outside", patched((273, 4, 1, 0x7fff_0000))),
        Specimen::open("TIFF of 4 billion strips", patched((273, 4, u32::MAX, 8))),
        Specimen::open("TIFF whose strip has 4 billion bytes", patched((279, 4, 1, u32::MAX))),
        Specimen::damaged("TIFF whose width is a text", patched((256, 2, 4, 0))),
        Specimen::open("TIFF held in a way that there is not", patched((274, 3, 1, 99))),
        Specimen::open("TIFF of tiles of 2 billion", patched((322, 4, 1, 0x7fff_ffff))),
        Specimen::open("TIFF of floats", patched((339, 3, 1, 3))),
        Specimen::open("TIFF of planes", patched((284, 3, 1, 2))),
        Specimen::open("TIFF predicted in a way that there is not", patched((317, 3, 1, 9))),
    ]
}
