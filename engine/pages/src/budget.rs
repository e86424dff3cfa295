//! The limits of one document and what of them is used up.
//!
//! Sizes come here from headers, before anything of that size is allocated.

use std::time::Instant;

use ivendor_core::limits::DecodeLimits;

use crate::error::PageError;

/// Bytes of one pixel in the widest format that a decoder may hand out: RGBA of 16 bits.
const PX_BYTES_MAX: u64 = 8;
/// Bytes that a decoder may need beside the pixels.
const OVERHEAD_BYTES_MAX: u64 = 16 << 20;

/// What is left for a document.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: DecodeLimits,
    deadline: Instant,
    pages: u32,
    px: u64,
}

/// Refuses a document for its bytes.
pub(crate) fn check_bytes(bytes: &[u8], limits: &DecodeLimits) -> Result<(), PageError> {
    let (count, limit) = (bytes.len() as u64, limits.bytes_max);
    if count > limit {
        return Err(PageError::TooLarge(format!("{count} bytes; at most {limit} are read")));
    }
    Ok(())
}

impl Budget {
    /// Nothing used yet.
    pub(crate) fn new(limits: DecodeLimits, deadline: Instant) -> Self {
        Self { limits, deadline, pages: 0, px: 0 }
    }

    /// The limits.
    pub(crate) fn limits(&self) -> &DecodeLimits {
        &self.limits
    }

    /// Takes a page of this size; `Ok` is its number, from 1.
    pub(crate) fn page(&mut self, width: u32, height: u32) -> Result<u32, PageError> {
        let limits = &self.limits;
        let number = self.pages + 1;
        let page = format!("page {number} has {width}x{height} pixels");
        check_pages(number, limits)?;
        if width == 0 || height == 0 || width.min(height) < limits.side_px_min {
            let min = limits.side_px_min.max(1);
            return Err(PageError::Damaged(format!("{page}; a side needs at least {min}")));
        }
        if width.max(height) > limits.side_px_max {
            let max = limits.side_px_max;
            return Err(PageError::TooLarge(format!("{page}; a side may have {max}")));
        }
        let px = u64::from(width) * u64::from(height);
        if px > limits.page_px_max {
            let max = limits.page_px_max;
            return Err(PageError::TooLarge(format!("{page}; a page may have {max} in all")));
        }
        let total = self.px + px;
        if total > limits.total_px_max {
            let max = limits.total_px_max;
            return Err(PageError::TooLarge(format!(
                "the first {number} pages have {total} pixels; a document may have {max}"
            )));
        }
        self.pages = number;
        self.px = total;
        Ok(number)
    }

    /// An error once the time is up.
    pub(crate) fn time(&self) -> Result<(), PageError> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(overrun(self.limits.decode_s_max)) }
    }

    /// What the `image` crate may allocate for one page.
    pub(crate) fn image_limits(&self) -> image::Limits {
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(self.limits.side_px_max);
        limits.max_image_height = Some(self.limits.side_px_max);
        limits.max_alloc = Some(self.page_bytes_max() + OVERHEAD_BYTES_MAX);
        limits
    }

    /// Bytes of the largest page in the widest pixel format.
    pub(crate) fn page_bytes_max(&self) -> u64 {
        self.limits.page_px_max.saturating_mul(PX_BYTES_MAX)
    }
}

/// Refuses a document for the number of its pages.
pub(crate) fn check_pages(count: u32, limits: &DecodeLimits) -> Result<(), PageError> {
    let max = limits.pages_max;
    if count > max {
        return Err(PageError::TooLarge(format!("{count} pages or more; at most {max} are read")));
    }
    Ok(())
}

/// The error of a document that takes too long.
pub(crate) fn overrun(decode_s_max: f64) -> PageError {
    PageError::TooLarge(format!("decoding takes more than {decode_s_max} seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> DecodeLimits {
        DecodeLimits {
            pages_max: 3,
            side_px_min: 8,
            side_px_max: 100,
            page_px_max: 5_000,
            total_px_max: 9_000,
            ..DecodeLimits::default()
        }
    }

    fn budget() -> Budget {
        Budget::new(limits(), Instant::now())
    }

    #[test]
    fn a_page_past_a_limit_is_refused_with_what_was_measured() {
        let cases = [
            ("no width", (0, 50), "content.damaged", "0x50"),
            ("too narrow", (7, 50), "content.damaged", "at least 8"),
            ("a strip", (101, 10), "content.too_large", "may have 100"),
            ("too many pixels", (100, 51), "content.too_large", "5000"),
        ];
        for (name, (width, height), reason, detail) in cases {
            let error = budget().page(width, height).unwrap_err();
            assert_eq!(error.reason().as_str(), reason, "{name}");
            assert!(error.to_string().contains(detail), "{name}: {error}");
        }
        assert_eq!(budget().page(100, 50), Ok(1));
    }

    #[test]
    fn pages_add_up() {
        let mut pixels = budget();
        assert_eq!(pixels.page(100, 50), Ok(1));
        assert_eq!(pixels.page(80, 50), Ok(2));
        assert!(matches!(pixels.page(8, 8), Err(PageError::TooLarge(_))));
        let mut pages = budget();
        for number in 1..=3 {
            assert_eq!(pages.page(8, 8), Ok(number));
        }
        assert!(matches!(pages.page(8, 8), Err(PageError::TooLarge(_))));
    }

    #[test]
    fn time_that_is_up_is_an_error() {
        assert!(matches!(budget().time(), Err(PageError::TooLarge(_))));
    }
}
