//! How much paper, printer and scanner take from a document.

use std::str::FromStr;

use thiserror::Error;

use super::rng::Rng;

/// The most of each kind of wear; a document gets some of each. All 0 leaves it as printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wear {
    /// Degrees by which a page is turned either way, 0–10.
    pub rotation_deg: f32,
    /// How far a corner moves, as a share of the page's side, as in a photograph; 0–0.1.
    pub perspective: f32,
    /// Pixels by which lines of text sag in their middle, 0–20.
    pub curl_px: f32,
    /// Standard deviation of the blur in pixels, 0–3.
    pub blur_px: f32,
    /// Standard deviation of the noise in grey levels (of 256), 0–40.
    pub noise: f32,
    /// Share of the light that the darkest corner lacks, 0–0.7.
    pub shadow: f32,
    /// Share of the ink that has faded or was not printed, 0–0.8.
    pub fading: f32,
    /// Share of the light that folds and stains take, 0–0.5.
    pub creases: f32,
    /// The least JPEG quality, 1–100.
    pub jpeg_quality: u8,
}

/// A wear that is not known or out of its range.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum WearError {
    /// Not the name of a wear.
    #[error("the wear {0:?} is not known; it is none, light or heavy")]
    Name(String),
    /// A field is out of its range.
    #[error("the wear's {field} is {value}; it must be {least} to {most}")]
    Range {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: f32,
        /// The least that is allowed.
        least: f32,
        /// The most that is allowed.
        most: f32,
    },
}

impl Wear {
    /// As it leaves the printer, pixel for pixel.
    pub const NONE: Self = Self {
        rotation_deg: 0.0,
        perspective: 0.0,
        curl_px: 0.0,
        blur_px: 0.0,
        noise: 0.0,
        shadow: 0.0,
        fading: 0.0,
        creases: 0.0,
        jpeg_quality: 92,
    };

    /// A decent scan.
    pub const LIGHT: Self = Self {
        rotation_deg: 1.6,
        perspective: 0.0,
        curl_px: 1.5,
        blur_px: 0.8,
        noise: 6.0,
        shadow: 0.1,
        fading: 0.3,
        creases: 0.06,
        jpeg_quality: 70,
    };

    /// A photograph of paper out of a pocket.
    pub const HEAVY: Self = Self {
        rotation_deg: 5.0,
        perspective: 0.035,
        curl_px: 9.0,
        blur_px: 1.5,
        noise: 13.0,
        shadow: 0.45,
        fading: 0.55,
        creases: 0.2,
        jpeg_quality: 38,
    };

    /// Whether every field is in its range.
    ///
    /// # Errors
    /// [`WearError::Range`] names the first one that is not.
    pub fn check(&self) -> Result<(), WearError> {
        let fields = [
            ("rotation_deg", self.rotation_deg, 0.0, 10.0),
            ("perspective", self.perspective, 0.0, 0.1),
            ("curl_px", self.curl_px, 0.0, 20.0),
            ("blur_px", self.blur_px, 0.0, 3.0),
            ("noise", self.noise, 0.0, 40.0),
            ("shadow", self.shadow, 0.0, 0.7),
            ("fading", self.fading, 0.0, 0.8),
            ("creases", self.creases, 0.0, 0.5),
            ("jpeg_quality", f32::from(self.jpeg_quality), 1.0, 100.0),
        ];
        // A number that is not one is in no range.
        match fields.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((field, value, least, most)) => {
                Err(WearError::Range { field, value, least, most })
            }
            None => Ok(()),
        }
    }

    /// Whether a page keeps its place and outline.
    pub(crate) fn is_flat(&self) -> bool {
        self.rotation_deg == 0.0 && self.perspective == 0.0 && self.curl_px == 0.0
    }

    /// A quality of at least that of the wear.
    pub(crate) fn quality(&self, rng: &mut Rng) -> u8 {
        let least = i64::from(self.jpeg_quality);
        rng.between(least, least.max(92)) as u8
    }
}

impl FromStr for Wear {
    type Err = WearError;

    fn from_str(name: &str) -> Result<Self, WearError> {
        match name {
            "none" => Ok(Self::NONE),
            "light" => Ok(Self::LIGHT),
            "heavy" => Ok(Self::HEAVY),
            _ => Err(WearError::Name(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_wears_are_in_range_and_other_names_are_refused() {
        for name in ["none", "light", "heavy"] {
            let wear: Wear = name.parse().unwrap();
            assert_eq!(wear.check(), Ok(()), "{name}");
        }
        let error = "hevy".parse::<Wear>().unwrap_err().to_string();
        assert!(error.contains("none, light or heavy"), "{error}");
    }

    #[test]
    fn a_field_out_of_its_range_is_refused_by_name() {
        let light = Wear::LIGHT;
        let cases = [
            ("rotation_deg", Wear { rotation_deg: 11.0, ..light }),
            ("perspective", Wear { perspective: -0.01, ..light }),
            ("curl_px", Wear { curl_px: 21.0, ..light }),
            ("blur_px", Wear { blur_px: f32::NAN, ..light }),
            ("noise", Wear { noise: f32::INFINITY, ..light }),
            ("shadow", Wear { shadow: 0.8, ..light }),
            ("fading", Wear { fading: 1.0, ..light }),
            ("creases", Wear { creases: 0.6, ..light }),
            ("jpeg_quality", Wear { jpeg_quality: 0, ..light }),
        ];
        for (field, wear) in cases {
            let error = wear.check().unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
    }
}
