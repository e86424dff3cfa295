//! Whether the second reader is wanted, and what comes of it.

use std::fmt;
use std::str::FromStr;

use super::error::SecondAbsent;
use super::reader::SecondReader;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondChoice {
    /// Where it is there; its absence is a warning.
    #[default]
    Auto,
    /// In any case: its absence is an error.
    On,
    /// Never.
    Off,
}

/// What came of a [`SecondChoice`].
#[derive(Debug)]
pub enum Second {
    /// It reads.
    Ready(SecondReader),
    /// It was wanted where it is there, and it is not: its checks cannot be executed.
    Absent(SecondAbsent),
    /// Nobody wanted it.
    Off,
}

impl SecondChoice {
    /// Opens the second reader as it was asked for; `auto` says once, as a warning, where it is
    /// not there.
    ///
    /// # Errors
    /// [`SecondAbsent`] where it was asked for with `on` and is not there.
    pub fn open(self) -> Result<Second, SecondAbsent> {
        self.open_with(SecondReader::open)
    }

    fn open_with(
        self,
        open: impl FnOnce() -> Result<SecondReader, SecondAbsent>,
    ) -> Result<Second, SecondAbsent> {
        match self {
            Self::Off => Ok(Second::Off),
            Self::On => open().map(Second::Ready),
            Self::Auto => Ok(open().map_or_else(
                |absent| {
                    tracing::warn!(%absent, "there is no second reader; going on without it");
                    Second::Absent(absent)
                },
                Second::Ready,
            )),
        }
    }
}

impl FromStr for SecondChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(format!("{text:?} is no choice of a second reader; use auto, on or off")),
        }
    }
}

impl fmt::Display for SecondChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_named_as_they_are_asked_for() {
        for text in ["auto", "on", "off"] {
            assert_eq!(text.parse::<SecondChoice>().unwrap().to_string(), text);
        }
        for text in ["", "ON", "tesseract"] {
            assert!(
                text.parse::<SecondChoice>().unwrap_err().contains("auto, on or off"),
                "{text}"
            );
        }
        assert_eq!(SecondChoice::default(), SecondChoice::Auto);
    }

    #[test]
    fn absence_is_an_error_only_where_the_reader_was_asked_for() {
        let absent = || Err(SecondAbsent::NotCompiled);
        assert!(matches!(SecondChoice::Off.open_with(absent), Ok(Second::Off)));
        assert_eq!(SecondChoice::On.open_with(absent).unwrap_err(), SecondAbsent::NotCompiled);
        let auto = SecondChoice::Auto.open_with(absent);
        assert!(matches!(auto, Ok(Second::Absent(SecondAbsent::NotCompiled))));
    }

    #[cfg(not(feature = "tesseract"))]
    #[test]
    fn a_program_without_the_second_reader_says_so() {
        let auto = SecondChoice::Auto.open();
        assert!(matches!(auto, Ok(Second::Absent(SecondAbsent::NotCompiled))));
        let error = SecondChoice::On.open().unwrap_err();
        assert!(error.to_string().contains("compiled without"), "{error}");
    }
}
