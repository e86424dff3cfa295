//! What stands for Tesseract where it was not compiled in: a handle that cannot be had.

use super::cut::Cut;
use super::error::{SecondAbsent, SecondError};
use super::reader::{Kind, SecondReading};

/// There is none.
pub(super) enum Handle {}

impl Handle {
    /// Never opens.
    ///
    /// # Errors
    /// [`SecondAbsent::NotCompiled`].
    pub(super) fn open(_kind: Kind) -> Result<Self, SecondAbsent> {
        Err(SecondAbsent::NotCompiled)
    }

    /// Never called.
    pub(super) fn read(&self, _line: &Cut) -> Result<SecondReading, SecondError> {
        match *self {}
    }
}
