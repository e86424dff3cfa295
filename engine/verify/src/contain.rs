//! Keeps a panic inside the document that caused it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` gives, or what its panic said; `who` begins the sentence.
pub(crate) fn contain<T>(who: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("{who} panicked: {}", text.unwrap_or("without words"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        assert_eq!(contain("nobody", || 7), Ok(7));
        let said = contain("the check", || -> u8 { panic!("slice index {}", 1) });
        assert_eq!(said, Err("the check panicked: slice index 1".to_owned()));
    }
}
