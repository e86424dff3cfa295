//! The second reader: a pool of handles, from which each line borrows one.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use image::RgbImage;
use ivendor_core::geometry::Polygon;
use ivendor_models::timing;

use super::cut;
use super::error::{SecondAbsent, SecondError};
use super::handle::Handle;

/// What the second reader makes of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondReading {
    /// As it stands there, single spaces between words; of empty paper nothing, or a character of
    /// no confidence.
    pub text: String,
    /// How sure Tesseract is, 0–1: the mean of its words; not calibrated.
    pub confidence: f32,
}

/// What a line may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A line of a machine-readable zone (ICAO 9303).
    Zone,
}

impl Kind {
    /// The characters that may stand there; `None` for any.
    pub(super) fn characters(self) -> Option<&'static str> {
        match self {
            Self::Text => None,
            Self::Zone => Some("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"),
        }
    }
}

/// Reads lines with Tesseract, from any number of threads.
pub struct SecondReader {
    text: Pool,
    zone: Pool,
}

impl SecondReader {
    /// Opens Tesseract with its English language data.
    ///
    /// # Errors
    /// [`SecondAbsent`] where it was not compiled in or its data is not there.
    pub fn open() -> Result<Self, SecondAbsent> {
        let reader = Self { text: Pool::new(Kind::Text), zone: Pool::new(Kind::Zone) };
        reader.text.give_back(Handle::open(Kind::Text)?);
        Ok(reader)
    }

    /// Reads the line of `page` inside `outline`, whose first side is the text's upper edge.
    ///
    /// # Errors
    /// [`SecondError`] where the outline is too small or too long, or Tesseract fails; it stays
    /// with this line.
    pub fn read(&self, page: &RgbImage, outline: &Polygon) -> Result<SecondReading, SecondError> {
        self.text.read(page, outline)
    }

    /// Reads a line of a machine-readable zone: only `A`–`Z`, `0`–`9` and `<` are looked for.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_zone(
        &self,
        page: &RgbImage,
        outline: &Polygon,
    ) -> Result<SecondReading, SecondError> {
        let reading = self.zone.read(page, outline)?;
        // Such a line has no spaces; a reader sees some between its wide letters.
        Ok(SecondReading { text: reading.text.replace(' ', ""), ..reading })
    }
}

impl fmt::Debug for SecondReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondReader").finish_non_exhaustive()
    }
}

/// Handles that nobody uses just now: as many as ever read at the same time.
struct Pool {
    kind: Kind,
    idle: Mutex<Vec<Handle>>,
}

impl Pool {
    fn new(kind: Kind) -> Self {
        Self { kind, idle: Mutex::new(Vec::new()) }
    }

    fn read(&self, page: &RgbImage, outline: &Polygon) -> Result<SecondReading, SecondError> {
        let line = cut::cut(page, outline)?;
        let handle = self.take()?;
        let reading = timing::measure("second reader", 0, || handle.read(&line))?;
        // One that failed is not given back, for its state is unknown.
        self.give_back(handle);
        Ok(reading)
    }

    fn take(&self) -> Result<Handle, SecondError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Handle::open(self.kind), Ok)
            .map_err(|absent| SecondError::Failed(absent.to_string()))
    }

    fn give_back(&self, handle: Handle) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
    }
}

#[cfg(all(test, feature = "tesseract"))]
mod tests;
