//! Sizes of pictures inside of a PDF file, read from the pictures themselves.

/// The size (width, height) of a JPEG 2000 picture times the number of its components, the largest
/// of all that begin in `data` (ISO/IEC 15444-1, A.5.1).
pub(super) fn jpx_samples(data: &[u8]) -> Option<u64> {
    memchr::memmem::find_iter(data, b"\xff\x4f\xff\x51")
        .filter_map(|at| {
            let size = data.get(at + 8..at + 42)?;
            let field = |nth: usize| {
                let bytes = size.get(nth * 4..nth * 4 + 4)?.try_into().ok()?;
                Some(u64::from(u32::from_be_bytes(bytes)))
            };
            let components = u64::from(u16::from_be_bytes([size[32], size[33]]));
            let width = field(0)?.saturating_sub(field(2)?);
            let height = field(1)?.saturating_sub(field(3)?);
            Some(width.saturating_mul(height).saturating_mul(components))
        })
        .max()
}

/// Segments of a JBIG2 stream that are looked at.
const SEGMENTS_MAX: usize = 4096;

/// The pixels of the largest page or region of a JBIG2 stream (ISO/IEC 14492, 7.2 and 7.4).
pub(super) fn jbig2_pixels(data: &[u8]) -> Option<u64> {
    let mut rest = data;
    let mut largest = None;
    for _ in 0..SEGMENTS_MAX {
        let Some((kind, header_bytes, data_bytes)) = jbig2_segment(rest) else { break };
        let Some(body) = rest.get(header_bytes..) else { break };
        // Page information and every region begin with a width and a height.
        if matches!(kind, 4..=7 | 20..=23 | 36..=43 | 48)
            && let Some(size) = body.get(..8)
        {
            let side = |b: &[u8]| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
            let (width, height) = (side(&size[..4]), side(&size[4..]));
            // A page of which the height is not known yet grows by its regions.
            let height = if kind == 48 && height == u64::from(u32::MAX) { 1 } else { height };
            largest = largest.max(Some(width.saturating_mul(height)));
        }
        let Some(next) = usize::try_from(data_bytes).ok().and_then(|n| body.get(n..)) else {
            break;
        };
        rest = next;
    }
    largest
}

/// A segment's kind and the bytes of its header and of its data.
fn jbig2_segment(data: &[u8]) -> Option<(u8, usize, u32)> {
    let number = u32::from_be_bytes(data.get(..4)?.try_into().ok()?);
    let flags = *data.get(4)?;
    let short_count = data.get(5)? >> 5;
    let (count, mut at) = if short_count == 7 {
        let count = u32::from_be_bytes(data.get(5..9)?.try_into().ok()?) & 0x1fff_ffff;
        let count = usize::try_from(count).ok()?;
        (count, 9 + (count + 8) / 8)
    } else {
        (usize::from(short_count), 6)
    };
    let reference_bytes = match number {
        0..=256 => 1,
        257..=65_536 => 2,
        _ => 4,
    };
    at = at.checked_add(count.checked_mul(reference_bytes)?)?;
    at += if flags & 0x40 == 0 { 1 } else { 4 };
    let length = u32::from_be_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?);
    Some((flags & 0x3f, at + 4, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_from_the_picture() {
        let mut jpx = b"\0\0\0\x0cjP  junk\xff\x4f\xff\x51\x00\x2f\x00\x00".to_vec();
        for field in [1000_u32, 700, 10, 20, 64, 64, 0, 0] {
            jpx.extend(field.to_be_bytes());
        }
        jpx.extend([0, 3]);
        assert_eq!(jpx_samples(&jpx), Some(990 * 680 * 3));
        let mut jbig2 = b"\0\0\0\0\x30\x00\x01\0\0\0\x13".to_vec();
        jbig2.extend([0, 0, 0x10, 0, 0, 0, 0x20, 0]);
        jbig2.extend([0; 11]);
        assert_eq!(jbig2_pixels(&jbig2), Some(0x1000 * 0x2000));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = jpx_samples(&bytes);
            let _ = jbig2_pixels(&bytes);
        }
    }
}
