//! A file of lines that grows at its end.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Take, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::error::RunError;

/// A file of lines. It is not touched, and not made, before the first line is appended or it is
/// finished: until then it may turn out to belong to another run.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: Option<File>,
    /// Bytes of whole lines that were there at the start; what comes after is torn.
    whole: u64,
    begun: bool,
}

impl AppendFile {
    /// The file that is open at `path`.
    pub(super) fn of(file: File, path: &Path) -> io::Result<Self> {
        let whole = whole_lines(&file)?;
        Ok(Self { path: path.to_owned(), file: Some(file), whole, begun: false })
    }

    /// The file at `path`, which need not be there.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => Self::of(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { path: path.to_owned(), file: None, whole: 0, begun: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The whole lines that were there at the start; `None` where there was no file.
    pub(super) fn reader(&self) -> io::Result<Option<BufReader<Take<File>>>> {
        if self.file.is_none() {
            return Ok(None);
        }
        Ok(Some(BufReader::with_capacity(1 << 16, File::open(&self.path)?.take(self.whole))))
    }

    /// Appends a line, its end included.
    pub(super) fn append(&mut self, line: &[u8]) -> Result<(), RunError> {
        let path = &self.path;
        let failed = |source| RunError::output(path, source);
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut options = OpenOptions::new();
                let file = options.create_new(true).read(true).write(true).open(path);
                self.file.insert(file.map_err(failed)?)
            }
        };
        if !self.begun {
            cut(file, self.whole).map_err(failed)?;
            self.begun = true;
        }
        file.write_all(line).map_err(failed)
    }

    /// Cuts off what was torn and has the disk take the rest.
    pub(super) fn finish(&mut self) -> Result<(), RunError> {
        let failed = |source| RunError::output(&self.path, source);
        let Some(file) = &mut self.file else { return Ok(()) };
        if !self.begun {
            cut(file, self.whole).map_err(failed)?;
            self.begun = true;
        }
        file.sync_data().map_err(failed)
    }
}

fn cut(file: &mut File, whole: u64) -> io::Result<()> {
    if file.metadata()?.len() != whole {
        file.set_len(whole)?;
    }
    file.seek(SeekFrom::Start(whole)).map(|_| ())
}

/// Bytes up to the last end of a line, looked for from the end of the file.
fn whole_lines(file: &File) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut end = file.metadata()?.len();
    while end > 0 {
        let size = usize::try_from(end).unwrap_or(usize::MAX).min(buffer.len());
        let start = end - size as u64;
        file.read_exact_at(&mut buffer[..size], start)?;
        if let Some(at) = memchr::memrchr(b'\n', &buffer[..size]) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_torn_end_is_cut_with_the_first_line_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let long = "x".repeat(70_000);
        let cases = [
            ("missing", None, "new\n".to_owned()),
            ("empty", Some(String::new()), "new\n".to_owned()),
            ("whole", Some("a\nb\n".to_owned()), "a\nb\nnew\n".to_owned()),
            ("torn", Some("a\nb".to_owned()), "a\nnew\n".to_owned()),
            ("torn first", Some("ab".to_owned()), "new\n".to_owned()),
            ("long torn", Some(format!("a\n{long}")), "a\nnew\n".to_owned()),
            ("long whole", Some(format!("{long}\n")), format!("{long}\nnew\n")),
        ];
        for (name, before, after) in cases {
            let _ = fs::remove_file(&path);
            if let Some(text) = &before {
                fs::write(&path, text).unwrap();
            }
            let mut file = AppendFile::at(&path).unwrap();
            assert_eq!(fs::read_to_string(&path).ok(), before, "{name}: touched too early");
            file.append(b"new\n").unwrap();
            file.finish().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after, "{name}");
        }
    }

    #[test]
    fn finishing_without_a_line_cuts_and_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        AppendFile::at(&path).unwrap().finish().unwrap();
        assert!(!path.exists());
        fs::write(&path, "a\nb").unwrap();
        AppendFile::at(&path).unwrap().finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\n");
    }
}
