//! The peer that this project is measured against: RapidOCR in a Python environment that
//! `scripts/peers` makes. Without it the measurements go on and say that it was left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::error::BenchError;
use crate::side::Side;

/// The environment variable that names the peers' folder.
pub const PEERS_VARIABLE: &str = "IVENDOR_PEERS";

/// The peer's program; it is handed to Python as text, so that it needs no place of its own.
const RAPIDOCR: &str = include_str!("../peers/rapidocr_run.py");

/// Endings of the files that the peer reads.
const READABLE: [&str; 5] = ["jpg", "jpeg", "png", "bmp", "webp"];

/// Whom to measure against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PeerChoice {
    /// RapidOCR (PP-OCRv6 small on ONNX Runtime), where `scripts/peers` has set it up
    #[default]
    Rapidocr,
    /// Nobody
    None,
}

impl PeerChoice {
    /// Starts the peer with `threads` threads; without one, says why.
    ///
    /// # Errors
    /// Where the peer is installed and does not start.
    pub fn start(
        self,
        threads: usize,
        left_out: &mut Vec<String>,
    ) -> Result<Option<Side>, BenchError> {
        if self == Self::None {
            return Ok(None);
        }
        let Some(python) = python() else {
            left_out.push("rapidocr (not installed; run ./scripts/peers)".to_owned());
            return Ok(None);
        };
        let mut command = Command::new(python);
        command.args(["-c", RAPIDOCR, &threads.to_string()]);
        Side::start("rapidocr", &mut command).map(Some)
    }
}

/// Whether the peer reads all of this kind of file: no PDF, and of a TIFF only the first page.
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
        assert!(PeerChoice::None.start(2, &mut left_out).unwrap().is_none());
        assert!(left_out.is_empty());
    }
}
