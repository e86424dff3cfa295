//! Files with a JSON object a line: requests, truths, labelled verdicts.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::BenchError;

/// The lines of `text` that hold something, with their numbers from 1.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line)).filter(|(_, l)| !l.trim().is_empty())
}

/// Reads a file; empty lines do not count.
///
/// # Errors
/// Where it cannot be read, or a line is no such object.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, BenchError> {
    let text = fs::read_to_string(path).map_err(|e| BenchError::read(path, e))?;
    let one = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|e| BenchError::data(path, format!("line {number}: {e}")))
    };
    lines(&text).map(one).collect()
}

/// Writes a file.
///
/// # Errors
/// Where it cannot be written.
pub fn write<T: Serialize>(path: &Path, records: &[T]) -> Result<(), BenchError> {
    let mut text = Vec::new();
    for record in records {
        serde_json::to_writer(&mut text, record).map_err(|e| BenchError::write(path, e.into()))?;
        text.push(b'\n');
    }
    fs::write(path, text).map_err(|e| BenchError::write(path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_broken_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.jsonl");
        write(&path, &[1, 2, 3]).unwrap();
        assert_eq!(read::<u8>(&path).unwrap(), [1, 2, 3]);
        fs::write(&path, "1\n\n  \nnone\n").unwrap();
        let error = read::<u8>(&path).unwrap_err().to_string();
        assert!(error.contains("numbers.jsonl") && error.contains("line 4"), "{error}");
        assert!(read::<u8>(&folder.path().join("gone")).is_err());
        fs::write(&path, [0xFF, 0xFE, 0x0A]).unwrap();
        assert!(read::<u8>(&path).is_err(), "no text");
    }
}
