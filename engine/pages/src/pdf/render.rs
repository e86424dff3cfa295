//! Draws a page of a PDF file.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::RgbImage;
use ivendor_core::limits::DecodeLimits;

use crate::error::PageError;

/// Points of a PDF page to an inch.
const POINTS_PER_INCH: f64 = 72.0;
/// The renderer's coordinates have 16 bits.
const RENDER_SIDE_PX_MAX: f64 = 65_535.0;

/// How large a page is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    /// Pixels across.
    pub(super) width: u32,
    /// Pixels down.
    pub(super) height: u32,
    /// Dots per inch.
    pub(super) dpi: f32,
    /// Pixels to a point.
    pub(super) scale: f32,
}

/// The size in which a page is drawn: that of the wanted resolution, or of a lower one where it
/// would be past the limits of a page. Forms printed as posters are common, and still legible.
pub(super) fn size(page: &Page<'_>, limits: &DecodeLimits) -> Result<Size, PageError> {
    let (across, down) = page.render_dimensions();
    fit(f64::from(across), f64::from(down), limits).ok_or_else(|| {
        PageError::Damaged(format!("a page of the PDF file measures {across}x{down} points"))
    })
}

fn fit(across: f64, down: f64, limits: &DecodeLimits) -> Option<Size> {
    if !(across.is_finite() && down.is_finite() && across > 0.0 && down > 0.0) {
        return None;
    }
    let side_max = f64::from(limits.side_px_max).min(RENDER_SIDE_PX_MAX);
    let wanted = f64::from(limits.render_dpi) / POINTS_PER_INCH;
    let of_side = side_max / across.max(down);
    let of_pixels = (limits.page_px_max as f64 / across / down).sqrt();
    let allowed = of_side.min(of_pixels);
    let is_allowed = wanted <= allowed;
    // The renderer cuts off fractions: a hair more keeps a page of 11 inches from losing a row,
    // a hair less than what is allowed keeps rounding from leading past it.
    let scale = if is_allowed { wanted * 1.000_001 } else { allowed * 0.999_9 } as f32;
    let dpi = if is_allowed { limits.render_dpi } else { scale * POINTS_PER_INCH as f32 };
    // Multiplied and cut as the renderer does it.
    let side = |points: f64| u32::from((points as f32 * scale) as u16);
    Some(Size { width: side(across), height: side(down), dpi, scale })
}

/// Draws the pages of one file.
pub(super) struct Renderer<'a> {
    cache: RenderCache<'a>,
    settings: InterpreterSettings,
    lost_images: Arc<AtomicU32>,
    drawn: Cell<u32>,
}

impl<'a> Renderer<'a> {
    /// Nothing drawn yet.
    pub(super) fn new() -> Self {
        let lost_images = Arc::new(AtomicU32::new(0));
        let lost = Arc::clone(&lost_images);
        let settings = InterpreterSettings {
            warning_sink: Arc::new(move |warning| {
                if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }),
            ..InterpreterSettings::default()
        };
        Self { cache: RenderCache::new(), settings, lost_images, drawn: Cell::new(0) }
    }

    /// Draws a page on white. A picture that cannot be decoded may be the whole page, so a page
    /// without it is no page.
    pub(super) fn draw(&self, page: &'a Page<'a>, size: &Size) -> Result<RgbImage, PageError> {
        let number = self.drawn.get() + 1;
        self.drawn.set(number);
        let pixmap = render(
            page,
            &self.cache,
            &self.settings,
            &RenderSettings::default(),
            &PixmapSettings { x_scale: size.scale, y_scale: size.scale, bg_color: WHITE },
        );
        if self.lost_images.load(Ordering::Relaxed) > 0 {
            return Err(PageError::Damaged(format!(
                "a picture on page {number} of the PDF file cannot be decoded"
            )));
        }
        to_rgb(&pixmap, size)
            .ok_or_else(|| PageError::Damaged(format!("page {number} was drawn in another size")))
    }
}

/// On an opaque ground every pixel is opaque.
fn to_rgb(pixmap: &Pixmap, size: &Size) -> Option<RgbImage> {
    let samples = pixmap.data_as_u8_slice();
    let mut pixels = vec![0; samples.len() / 4 * 3];
    let of_page = pixels.as_chunks_mut::<3>().0.iter_mut().zip(samples.as_chunks::<4>().0);
    for (rgb, [red, green, blue, _]) in of_page {
        *rgb = [*red, *green, *blue];
    }
    let is_sized =
        u32::from(pixmap.width()) == size.width && u32::from(pixmap.height()) == size.height;
    if is_sized { RgbImage::from_raw(size.width, size.height, pixels) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_is_drawn_at_the_wanted_resolution_or_the_best_that_is_allowed() {
        let limits = DecodeLimits::default();
        let cases = [
            ("letter", (612.0, 792.0), Some((1275, 1650))),
            ("a square mile", (1e7, 1e7), Some((6323, 6323))),
            ("a strip of a mile", (1e6, 100.0), Some((19_998, 1))),
            ("no number", (f64::NAN, 10.0), None),
            ("without end", (f64::INFINITY, 10.0), None),
            ("nothing", (0.0, 10.0), None),
        ];
        for (name, (across, down), expected) in cases {
            let size = fit(across, down, &limits).map(|size| (size.width, size.height));
            assert_eq!(size, expected, "{name}");
        }
        let letter = fit(612.0, 792.0, &limits).unwrap();
        assert!((letter.dpi - 150.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn no_page_is_drawn_past_the_limits(across in 0.001_f64..1e12, down in 0.001_f64..1e12) {
            let limits = DecodeLimits::default();
            let size = fit(across, down, &limits).unwrap();
            prop_assert!(size.width.max(size.height) <= limits.side_px_max);
            prop_assert!(u64::from(size.width) * u64::from(size.height) <= limits.page_px_max);
        }
    }
}
