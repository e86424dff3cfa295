//! The peers that this project is measured against: programs in a Python environment that
//! `scripts/peers` makes. Without them the measurements go on and say that they were left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::error::BenchError;
use crate::side::Side;

/// The environment variable that names the peers' folder.
pub const PEERS_VARIABLE: &str = "IVENDOR_PEERS";

/// A program of the peers. It is handed to Python as text, so that it needs no place of its own.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// For people.
    pub name: &'static str,
    text: &'static str,
    /// Modules of Python, or programs, without which it does not start.
    needs: &'static [&'static str],
}

/// RapidOCR, which reads the text of a picture.
pub const RAPIDOCR: Program = Program {
    name: "rapidocr",
    text: include_str!("../peers/rapidocr_run.py"),
    needs: &["rapidocr"],
};

/// PassportEye, which reads the machine-readable zone of a picture with Tesseract.
pub const PASSPORT_EYE: Program = Program {
    name: "passporteye",
    text: include_str!("../peers/passporteye_run.py"),
    needs: &["passporteye", "tesseract"],
};

/// The script that a person would write: RapidOCR's text, and rapidfuzz for each claim.
pub const CLAIMS_SCRIPT: Program = Program {
    name: "rapidocr and rapidfuzz",
    text: include_str!("../peers/claims_script.py"),
    needs: &["rapidocr", "rapidfuzz", "pypdfium2"],
};

/// Ends well where all of its arguments are modules or programs.
const INSTALLED: &str = "import shutil, sys; from importlib.util import find_spec; \
    sys.exit(not all(find_spec(name) or shutil.which(name) for name in sys.argv[1:]))";

/// Endings of the files that the peer reads.
const READABLE: [&str; 5] = ["jpg", "jpeg", "png", "bmp", "webp"];

/// Whom to measure against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PeerChoice {
    /// RapidOCR (PP-OCRv6 small on ONNX Runtime) and what is built on it, and PassportEye for
    /// zones, where `scripts/peers` has set them up
    #[default]
    Rapidocr,
    /// Nobody
    None,
}

impl PeerChoice {
    /// Starts `program` with `threads` threads; without it, says why.
    ///
    /// # Errors
    /// Where it is installed and does not start.
    pub fn start(
        self,
        program: Program,
        threads: usize,
        left_out: &mut Vec<String>,
    ) -> Result<Option<Side>, BenchError> {
        if self == Self::None {
            return Ok(None);
        }
        let Some(python) = python().filter(|python| program.is_installed(python)) else {
            left_out.push(format!("{} (not installed; run ./scripts/peers)", program.name));
            return Ok(None);
        };
        let mut command = Command::new(python);
        command.args(["-c", program.text, &threads.to_string()]);
        Side::start(program.name, &mut command).map(Some)
    }
}

impl Program {
    fn is_installed(self, python: &Path) -> bool {
        let status = Command::new(python).args(["-c", INSTALLED]).args(self.needs).status();
        status.is_ok_and(|status| status.success())
    }
}

/// Whether RapidOCR reads all of this kind of file: no PDF, and of a TIFF only the first page.
#[must_use]
pub fn reads(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    READABLE.contains(&ending.as_str())
}

/// The Python of the peers: in `IVENDOR_PEERS`, else in the user's cache, as `scripts/peers` has
/// it.
fn python() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = variable(PEERS_VARIABLE)
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("ivendor/peers")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/ivendor/peers")))?;
    Some(folder.join("bin/python")).filter(|python| python.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_gets_pictures_of_one_page() {
        let cases = [("a/b.JPG", true), ("b.png", true), ("b.pdf", false), ("b.tiff", false)];
        for (path, expected) in cases {
            assert_eq!(reads(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn nobody_to_compare_with_is_no_error() {
        let mut left_out = Vec::new();
        assert!(PeerChoice::None.start(RAPIDOCR, 2, &mut left_out).unwrap().is_none());
        assert!(left_out.is_empty());
    }
}
