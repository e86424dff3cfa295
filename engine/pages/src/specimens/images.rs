//! PNG, JPEG, WebP and BMP files with sizes that lie, data that blow up, or parts that are missing.

use image::{DynamicImage, ImageFormat, RgbImage};

use crate::specimens::Specimen;
use crate::specimens::jpeg_file::{JpegFile, segment};
use crate::specimens::pdf_file::{deflate, deflated_zeros};
use crate::specimens::png_file::{SIGNATURE, chunk, header, png};
use crate::specimens::sound::{encoded, picture};

/// Bytes that a small zlib stream blows up to.
const BOMB_BYTES: usize = 64 << 20;

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all = pngs();
    all.extend(png_parts());
    all.extend(jpegs());
    all.extend(jpeg_parts());
    all.extend(bmps());
    all.extend(webps());
    all
}

fn pngs() -> Vec<Specimen> {
    let empty = deflate(b"");
    let stated = |width, height| png(&header(width, height, 8, 2), &empty);
    let rows = |width: usize, height: usize| deflate(&vec![0; (width * 3 + 1) * height]);
    vec![
        Specimen::too_large("PNG of 65,535 x 65,535", stated(65_535, 65_535)),
        Specimen::too_large("PNG of 2 billion x 1000", stated(0x7fff_ffff, 1000)),
        Specimen::too_large(
            "PNG strip of 40,000 x 16",
            png(&header(40_000, 16, 8, 2), &rows(40_000, 16)),
        ),
        Specimen::too_large(
            "PNG strip of 16 x 40,000",
            png(&header(16, 40_000, 8, 2), &rows(16, 40_000)),
        ),
        Specimen::too_large("PNG of 20,000 x 20,000, one bit", {
            png(&header(20_000, 20_000, 1, 0), &deflated_zeros(2_501 * 20_000))
        }),
        Specimen::damaged(
            "PNG of one pixel",
            encoded(&DynamicImage::new_rgb8(1, 1), ImageFormat::Png),
        ),
        Specimen::damaged("PNG of seven rows", encoded(&picture(60, 7).into(), ImageFormat::Png)),
        Specimen::damaged("PNG of no width", stated(0, 100)),
        Specimen::damaged("PNG of no height", stated(100, 0)),
        Specimen::damaged("PNG without data", stated(100, 100)),
        Specimen::damaged("PNG with half of its rows", png(&header(64, 64, 8, 2), &rows(64, 32))),
        Specimen::open("PNG with a bomb for its data", {
            png(&header(64, 64, 8, 2), &deflated_zeros(BOMB_BYTES))
        }),
    ]
}

fn png_parts() -> Vec<Specimen> {
    let sound = encoded(&picture(60, 40).into(), ImageFormat::Png);
    let body = &sound[SIGNATURE.len() + 25..];
    let head = |header: &[u8]| [SIGNATURE, &chunk(b"IHDR", header)].concat();
    let right = head(&header(60, 40, 8, 2));
    let bomb = deflated_zeros(BOMB_BYTES);
    let with = |kind: &[u8; 4], data: &[u8]| [&right, chunk(kind, data).as_slice(), body].concat();
    let mut wrong_sum = sound.clone();
    wrong_sum[SIGNATURE.len() + 22] ^= 0xff;
    vec![
        Specimen::damaged("PNG with a wrong checksum", wrong_sum),
        Specimen::damaged("PNG of no depth", [&head(&header(60, 40, 0, 2)), body].concat()),
        Specimen::damaged("PNG of depth 7", [&head(&header(60, 40, 7, 2)), body].concat()),
        Specimen::damaged("PNG of colour type 5", [&head(&header(60, 40, 8, 5)), body].concat()),
        Specimen::open(
            "PNG of a palette that is not there",
            [&head(&header(60, 40, 8, 3)), body].concat(),
        ),
        Specimen::damaged("PNG without a header", [SIGNATURE, body].concat()),
        Specimen::damaged("PNG without an end", sound[..sound.len() - 12].to_vec()),
        Specimen::damaged("PNG chunk that is longer than the file", {
            [&right, b"\x7f\xff\xff\xffIDAT".as_slice(), body].concat()
        }),
        Specimen::open("PNG with a bomb for its colour profile", {
            with(b"iCCP", &[b"p\0\0".as_slice(), &bomb].concat())
        }),
        Specimen::open("PNG with a bomb for its comment", {
            with(b"zTXt", &[b"c\0\0".as_slice(), &bomb].concat())
        }),
        Specimen::open("PNG with EXIF that is none", with(b"eXIf", b"II\x2a\0\xff\xff\xff\xff")),
    ]
}

fn jpegs() -> Vec<Specimen> {
    let of = |width, height, blocks| {
        JpegFile { size: (width, height), channels: &[90, 128, 128], segments: &[], blocks }.bytes()
    };
    vec![
        Specimen::too_large("JPEG of 65,535 x 65,535", of(65_535, 65_535, 4)),
        Specimen::too_large("JPEG strip of 40,000 x 16", of(40_000, 16, 10_000)),
        Specimen::too_large("JPEG strip of 16 x 40,000", of(16, 40_000, 10_000)),
        Specimen::damaged("JPEG of one pixel", of(1, 1, 1)),
        Specimen::damaged("JPEG of no width", of(0, 16, 4)),
        Specimen::damaged("JPEG of no height", of(16, 0, 4)),
        Specimen::damaged("JPEG with half of its blocks", of(160, 160, 200)),
        Specimen::open("JPEG with no blocks", of(160, 160, 0)),
    ]
}

fn jpeg_parts() -> Vec<Specimen> {
    let sound = JpegFile { size: (32, 16), channels: &[90, 128, 128], segments: &[], blocks: 8 };
    let bytes = sound.bytes();
    let at = |marker: u8| bytes.windows(2).position(|w| w == [0xff, marker]).unwrap_or(0);
    let without = |marker: u8| {
        let start = at(marker);
        let length = usize::from(u16::from_be_bytes([bytes[start + 2], bytes[start + 3]]));
        [&bytes[..start], &bytes[start + 2 + length..]].concat()
    };
    let patched = |offset: usize, value: u8| {
        let mut patched = bytes.clone();
        patched[offset] = value;
        patched
    };
    let frame = at(0xc0);
    let endless = segment(0xe1, b"Exif\0\0II\x2a\0\x08\0\0\0\xff\xff\x12\x01");
    vec![
        Specimen::damaged("JPEG without a frame", without(0xc0)),
        Specimen::damaged("JPEG without a quantisation table", without(0xdb)),
        Specimen::damaged("JPEG without a Huffman table", without(0xc4)),
        Specimen::damaged("JPEG without a scan", without(0xda)),
        Specimen::damaged("JPEG without an end", bytes[..bytes.len() - 2].to_vec()),
        Specimen::open("JPEG of 12 bits", patched(frame + 4, 12)),
        Specimen::open("JPEG of arithmetic coding", patched(frame + 1, 0xc9)),
        Specimen::open("JPEG without loss", patched(frame + 1, 0xc3)),
        Specimen::open("JPEG of seven channels", patched(frame + 9, 7)),
        Specimen::open("JPEG sampled 15 by 15", patched(frame + 11, 0xff)),
        Specimen::open("JPEG sampled never", patched(frame + 11, 0)),
        Specimen::open("JPEG with endless EXIF", [&bytes[..2], &endless, &bytes[2..]].concat()),
    ]
}

/// A bitmap's headers, of 24 bits unless said otherwise.
fn bmp(width: i32, height: i32, bits: u16, compression: u32) -> Vec<u8> {
    let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(bits.to_le_bytes());
    bytes.extend(compression.to_le_bytes());
    bytes.extend([0; 20]);
    bytes
}

fn bmps() -> Vec<Specimen> {
    let filled = |header: Vec<u8>, count: usize| [header, vec![7; count]].concat();
    let palette = |header: Vec<u8>| filled(header, 1024);
    vec![
        Specimen::too_large("BMP of 60,000 x 60,000", bmp(60_000, 60_000, 24, 0)),
        Specimen::too_large(
            "BMP strip of 40,000 x 16",
            filled(bmp(40_000, 16, 24, 0), 120_000 * 16),
        ),
        Specimen::too_large("BMP strip of 16 x 40,000", bmp(16, -40_000, 24, 0)),
        Specimen::damaged(
            "BMP of one pixel",
            encoded(&DynamicImage::new_rgb8(1, 1), ImageFormat::Bmp),
        ),
        Specimen::unsupported("BMP of no width", bmp(0, 16, 24, 0)),
        Specimen::damaged("BMP without data", bmp(64, 64, 24, 0)),
        Specimen::damaged("BMP of a width below zero", bmp(-64, 64, 24, 0)),
        Specimen::open("BMP of the least height", bmp(64, i32::MIN, 24, 0)),
        Specimen::open("BMP of the most width", bmp(i32::MAX, i32::MAX, 24, 0)),
        Specimen::open("BMP of no depth", filled(bmp(64, 64, 0, 0), 1000)),
        Specimen::open("BMP of depth 7", filled(bmp(64, 64, 7, 0), 1000)),
        Specimen::open("BMP of an unknown compression", filled(bmp(64, 64, 24, 99), 1000)),
        Specimen::open("BMP of runs that never end", palette(bmp(64, 64, 8, 1))),
        Specimen::open("BMP that holds a JPEG", filled(bmp(64, 64, 24, 4), 1000)),
    ]
}

/// A WebP file of one chunk.
fn webp(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let body = [b"WEBP".as_slice(), kind, &length.to_le_bytes(), data].concat();
    let total = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [b"RIFF".as_slice(), &total.to_le_bytes(), &body].concat()
}

/// The first bytes of lossless data: two sizes of 14 bits.
fn lossless(width: u32, height: u32) -> Vec<u8> {
    let sizes = (width - 1) | (height - 1) << 14;
    [&[0x2f][..], &sizes.to_le_bytes(), &[0; 64]].concat()
}

fn webps() -> Vec<Specimen> {
    let lossy = |width: u16, height: u16| {
        let head = [&[0x10, 0x02, 0, 0x9d, 0x01, 0x2a][..], &width.to_le_bytes()].concat();
        [&head[..], &height.to_le_bytes(), &[0; 64]].concat()
    };
    let canvas = [&[0x10, 0, 0, 0][..], &[0xff; 6]].concat();
    let sound = encoded(&RgbImage::from(picture(60, 40)).into(), ImageFormat::WebP);
    vec![
        Specimen::too_large(
            "WebP, lossless, of 16,383 x 16,383",
            webp(b"VP8L", &lossless(16_383, 16_383)),
        ),
        Specimen::too_large(
            "WebP, lossy, of 16,383 x 16,383",
            webp(b"VP8 ", &lossy(16_383, 16_383)),
        ),
        Specimen::open("WebP of a canvas of 16 million x 16 million", webp(b"VP8X", &canvas)),
        Specimen::damaged(
            "WebP of one pixel",
            encoded(&DynamicImage::new_rgb8(1, 1), ImageFormat::WebP),
        ),
        Specimen::damaged("WebP without a picture", webp(b"XXXX", &[0; 64])),
        Specimen::open("WebP, lossless, of nothing but zeros", webp(b"VP8L", &lossless(64, 64))),
        Specimen::open("WebP, lossy, of nothing but zeros", webp(b"VP8 ", &lossy(64, 64))),
        Specimen::damaged("WebP that states more than it has", {
            [&sound[..4], &[0xff, 0xff, 0xff, 0x7f], &sound[8..]].concat()
        }),
    ]
}
