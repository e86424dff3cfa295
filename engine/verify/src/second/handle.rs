//! Tesseract itself: a handle that reads one line at a time.

use std::sync::{Mutex, PoisonError};

use tesseract_rs::{TessPageSegMode, TesseractAPI, TesseractError};

use super::cut::Cut;
use super::error::{SecondAbsent, SecondError};
use super::language::{self, LANGUAGE};
use super::reader::{Kind, SecondReading};
use crate::contain::contain;

/// Its network, and never the older reader of shapes that some language data holds beside it.
const NETWORK_ONLY: i32 = 1;

/// The resolution that is told, in pixels per inch: without one it guesses, and says so.
const RESOLUTION: i32 = 300;

/// What it says of odd lines goes nowhere: an answer or an error says the same.
const SILENT: (&str, &str) = ("debug_file", "/dev/null");

/// Handles are opened one after the other, and whether one was: [`SILENT`] belongs to the process
/// and must not be set again while another thread reads.
static OPENED: Mutex<bool> = Mutex::new(false);

/// One reader of Tesseract, for one thread at a time.
pub(super) struct Handle(TesseractAPI);

impl Handle {
    /// Opens a reader for lines of this kind.
    ///
    /// # Errors
    /// [`SecondAbsent::NoData`] or [`SecondAbsent::Refused`].
    pub(super) fn open(kind: Kind) -> Result<Self, SecondAbsent> {
        let folder = language::folder()?;
        let refused = |problem| SecondAbsent::Refused { folder: folder.clone(), problem };
        let Some(path) = folder.to_str() else {
            return Err(refused("its path is no UTF-8".to_owned()));
        };
        let opened = contain("opening it", || open(path, kind));
        opened.and_then(|result| result.map_err(|error| error.to_string())).map_err(refused)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`SecondError::Failed`]; the handle is then to be dropped.
    pub(super) fn read(&self, line: &Cut) -> Result<SecondReading, SecondError> {
        let read = contain("reading", || self.recognise(line));
        read.and_then(|result| result.map_err(|error| error.to_string()))
            .map_err(SecondError::Failed)
    }

    fn recognise(&self, line: &Cut) -> Result<SecondReading, TesseractError> {
        let (width, height) = (line.width as i32, line.height as i32);
        self.0.set_image(&line.pixels, width, height, 1, width)?;
        self.0.set_source_resolution(RESOLUTION)?;
        self.0.recognize()?;
        let text = self.0.get_utf8_text()?.split_whitespace().collect::<Vec<_>>().join(" ");
        let percent = self.0.mean_text_conf()? as f32;
        self.0.clear()?;
        let confidence = if text.is_empty() { 0.0 } else { (percent / 100.0).clamp(0.0, 1.0) };
        Ok(SecondReading { text, confidence })
    }
}

fn open(path: &str, kind: Kind) -> Result<Handle, TesseractError> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let tesseract = TesseractAPI::new();
    tesseract.init_2(path, LANGUAGE, NETWORK_ONLY)?;
    if !*opened {
        tesseract.set_variable(SILENT.0, SILENT.1)?;
        *opened = true;
    }
    if let Some(characters) = kind.characters() {
        tesseract.set_variable("tessedit_char_whitelist", characters)?;
    }
    tesseract.set_page_seg_mode(TessPageSegMode::PSM_SINGLE_LINE)?;
    Ok(Handle(tesseract))
}
