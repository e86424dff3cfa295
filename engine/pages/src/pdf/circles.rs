//! stub
use crate::error::PageError;
use hayro::hayro_syntax::Pdf;
pub(super) fn check(_pdf: &Pdf) -> Result<(), PageError> {
    Ok(())
}
