//! From what a decoder hands out to an upright RGB bitmap on white.

use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView as _, Rgb, RgbImage};

/// Any bitmap as RGB of 8 bits; what is transparent shows white, as on paper.
pub(crate) fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let (width, height) = image.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|value| over_white(value, alpha)))
    })
}

/// The bitmap as a person holds the page.
pub(crate) fn upright(pixels: RgbImage, orientation: Orientation) -> RgbImage {
    let mut image = DynamicImage::ImageRgb8(pixels);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

/// One channel of a colour, not premultiplied, laid over white.
pub(crate) fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let sum = value * alpha + 255 * (255 - alpha);
    // The mean of two values of 8 bits has 8 bits.
    ((sum + 127) / 255) as u8
}

/// One channel of ink, laid under black: how much light is left.
pub(crate) fn light(ink: u8, black: u8) -> u8 {
    let product = u32::from(255 - ink) * u32::from(255 - black);
    ((product + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};
    use proptest::prelude::*;

    #[test]
    fn what_is_transparent_shows_white() {
        let cases = [
            ("opaque", [10, 20, 30, 255], [10, 20, 30]),
            ("clear, whatever its colour", [10, 20, 30, 0], [255, 255, 255]),
            ("half", [0, 0, 0, 128], [127, 127, 127]),
        ];
        for (name, pixel, expected) in cases {
            let image = RgbaImage::from_pixel(2, 1, Rgba(pixel));
            let rgb = on_white(DynamicImage::ImageRgba8(image));
            assert_eq!(rgb.get_pixel(1, 0).0, expected, "{name}");
        }
    }

    #[test]
    fn a_page_that_was_held_sideways_is_turned() {
        let image = RgbImage::from_fn(3, 1, |x, _| Rgb([u8::try_from(x).unwrap(); 3]));
        let turned = upright(image, Orientation::Rotate90);
        assert_eq!(turned.dimensions(), (1, 3));
        assert_eq!(turned.get_pixel(0, 2).0, [2; 3]);
    }

    proptest! {
        #[test]
        fn a_channel_over_white_lies_between_itself_and_white(value: u8, alpha: u8) {
            prop_assert!(over_white(value, alpha) >= value);
            prop_assert_eq!(over_white(value, 255), value);
            prop_assert_eq!(light(value, 255), 0);
            prop_assert_eq!(light(value, 0), 255 - value);
        }
    }
}
