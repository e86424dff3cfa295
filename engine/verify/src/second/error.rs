//! What keeps the second reader from opening, and what keeps it from reading a line.

use std::path::PathBuf;

use thiserror::Error;

/// A second reader that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SecondAbsent {
    /// Tesseract was left out when the program was compiled.
    #[error(
        "this program was compiled without the second reader; build it with the cargo feature \
         \"tesseract\", or use --second-reader off"
    )]
    NotCompiled,
    /// The language data is nowhere.
    #[error(
        "the second reader's language data, {file}, is in none of {}; install Debian's package \
         tesseract-ocr-eng, set TESSDATA_PREFIX to its folder, or use --second-reader off",
        list(.places)
    )]
    NoData {
        /// The file that is wanted.
        file: &'static str,
        /// Where it was looked for.
        places: Vec<PathBuf>,
    },
    /// The language data is there, and Tesseract does not take it.
    #[error(
        "Tesseract cannot use the language data in {}: {problem}; install Debian's package \
         tesseract-ocr-eng again, or use --second-reader off",
        .folder.display()
    )]
    Refused {
        /// The folder of the language data.
        folder: PathBuf,
        /// What Tesseract says.
        problem: String,
    },
}

fn list(places: &[PathBuf]) -> String {
    places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl SecondAbsent {
    /// Whether the same call may succeed later without a change: it never does.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        false
    }
}

/// A line that the second reader could not read; other lines are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SecondError {
    /// There is nothing to read inside the outline.
    #[error("the outline of the line is {width_px} by {height_px} pixels: too small to be read")]
    TooSmall {
        /// Its width in whole pixels.
        width_px: u32,
        /// Its height in whole pixels.
        height_px: u32,
    },
    /// So long a line would take too much time.
    #[error("the line is {width_px} pixels wide at the height of reading; {width_px_max} are read")]
    TooLong {
        /// Its width in pixels when it is brought to the height of reading.
        width_px: usize,
        /// The most that is read.
        width_px_max: usize,
    },
    /// Tesseract failed.
    #[error("Tesseract failed on the line: {0}")]
    Failed(String),
}

impl SecondError {
    /// Whether the same call may succeed later without a change: the same line fails again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        false
    }
}
