//! Where Tesseract's language data lies.

use std::path::{Path, PathBuf};

use super::error::SecondAbsent;

/// The language, as Tesseract names it.
pub(super) const LANGUAGE: &str = "eng";

const FILE: &str = "eng.traineddata";

/// The variable in which Tesseract's users say where the data is.
const VARIABLE: &str = "TESSDATA_PREFIX";

/// Where Debian and other systems put it, the newest version first.
const PLACES: [&str; 5] = [
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
];

/// The folder of the language data: where `TESSDATA_PREFIX` says, else where it is usual.
///
/// # Errors
/// [`SecondAbsent::NoData`] where it is not there.
pub(super) fn folder() -> Result<PathBuf, SecondAbsent> {
    let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    find(named.as_deref().map(Path::new))
}

/// `named` is the only place where it is given; the data lies in it or in its folder `tessdata`.
fn find(named: Option<&Path>) -> Result<PathBuf, SecondAbsent> {
    let places = match named {
        Some(folder) => vec![folder.to_owned(), folder.join("tessdata")],
        None => PLACES.iter().map(PathBuf::from).collect(),
    };
    match places.iter().find(|place| place.join(FILE).is_file()) {
        Some(place) => Ok(place.clone()),
        None => Err(SecondAbsent::NoData { file: FILE, places }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_that_is_named_is_taken_and_so_is_the_data_below_it() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("tessdata");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join(FILE), b"").unwrap();
        for named in [root.path(), &data] {
            assert_eq!(find(Some(named)).as_ref(), Ok(&data), "{}", named.display());
        }
    }

    #[test]
    fn data_that_is_not_there_is_told_with_the_places_and_what_to_install() {
        let root = tempfile::tempdir().unwrap();
        let error = find(Some(root.path())).unwrap_err().to_string();
        for part in [root.path().to_str().unwrap(), FILE, "tesseract-ocr-eng", VARIABLE] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
