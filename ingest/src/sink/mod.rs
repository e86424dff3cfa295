//! Where verdicts go: standard output, or a file that a later run can continue. A verdict is one
//! line, written at once, so that a kill tears at most the last one.
//!
//! What was no request goes beside the verdicts, to `OUTPUT.rejected.jsonl`. Both files are
//! written in the order of the requests, so each of them tells how far a run came.

mod append;
mod resume;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ivendor_core::verdict::Verdict;
use serde::Serialize;

use crate::error::RunError;
use crate::source::Rejected;
use append::AppendFile;

pub use resume::{Kept, KeptVerdict, take_up};

/// What is to be done with an output that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The run stops before it begins.
    Refuse,
    /// It is emptied.
    Replace,
    /// It is continued.
    Continue,
}

/// Takes verdicts and rejected lines, one at a time.
#[derive(Debug)]
pub enum Sink {
    /// Verdicts to standard output; rejected lines are only told to the person.
    Stdout,
    /// No verdicts as data: an explanation takes their place.
    Nowhere,
    /// Something that is no file on a disk: a pipe or a device.
    Stream {
        /// Where.
        path: PathBuf,
        /// Open for writing.
        file: File,
    },
    /// Files that can be continued.
    Files(Box<OutputFiles>),
}

/// The verdicts and, beside them, the rejected lines. The lock on the first guards both.
#[derive(Debug)]
pub struct OutputFiles {
    verdicts: AppendFile,
    rejected: AppendFile,
}

/// Where the rejected lines of the output at `path` go.
#[must_use]
pub fn rejected_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".rejected.jsonl");
    PathBuf::from(name)
}

impl Sink {
    /// Opens the output at `path`, locks it, and makes sure that it holds what it may.
    ///
    /// # Errors
    /// [`RunError::Usage`] for an output that is not empty, or that another run writes.
    pub fn open(path: &Path, existing: Existing) -> Result<Self, RunError> {
        let unusable = |source: io::Error| {
            RunError::Usage(format!("cannot write {}: {source}", path.display()))
        };
        if fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            if existing == Existing::Continue {
                return Err(RunError::Usage(format!(
                    "{} is no regular file, so --resume cannot read what it holds",
                    path.display()
                )));
            }
            let file = OpenOptions::new().write(true).open(path).map_err(unusable)?;
            return Ok(Self::Stream { path: path.to_owned(), file });
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = options.open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Usage(format!(
                    "another run is writing {}; wait for it, or choose another --output",
                    path.display()
                )));
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let files = OutputFiles::open(path, file, existing)?;
        Ok(Self::Files(Box::new(files)))
    }

    /// Writes a verdict as one line.
    ///
    /// # Errors
    /// [`RunError::Output`] where it cannot be written.
    pub fn verdict(&mut self, verdict: &Verdict) -> Result<(), RunError> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Stdout => {
                let line = line(verdict)?;
                let mut stdout = io::stdout().lock();
                stdout.write_all(&line).and_then(|()| stdout.flush()).map_err(|source| {
                    RunError::Output { what: "standard output".to_owned(), source }
                })
            }
            Self::Stream { path, file } => {
                file.write_all(&line(verdict)?).map_err(|source| RunError::output(path, source))
            }
            Self::Files(files) => files.verdicts.append(&line(verdict)?),
        }
    }

    /// Keeps a rejected line, where there is a place for it.
    ///
    /// # Errors
    /// [`RunError::Output`] where it cannot be written.
    pub fn rejected(&mut self, rejected: &Rejected) -> Result<(), RunError> {
        match self {
            Self::Files(files) => files.rejected.append(&line(rejected)?),
            Self::Nowhere | Self::Stdout | Self::Stream { .. } => Ok(()),
        }
    }

    /// Leaves the files as they must be on the disk, torn ends cut off.
    ///
    /// # Errors
    /// [`RunError::Output`] where the disk does not take them.
    pub fn finish(&mut self) -> Result<(), RunError> {
        if let Self::Files(files) = self {
            files.verdicts.finish()?;
            files.rejected.finish()?;
        }
        Ok(())
    }

    /// The files, where the output can be continued.
    #[must_use]
    pub fn files(&self) -> Option<&OutputFiles> {
        match self {
            Self::Files(files) => Some(files),
            Self::Nowhere | Self::Stdout | Self::Stream { .. } => None,
        }
    }
}

impl OutputFiles {
    fn open(path: &Path, file: File, existing: Existing) -> Result<Self, RunError> {
        let beside = rejected_path(path);
        let unusable = |path: &Path, source: io::Error| {
            RunError::Usage(format!("cannot use {}: {source}", path.display()))
        };
        let size = |path: &Path| fs::metadata(path).map(|m| m.len()).unwrap_or(0);
        match existing {
            Existing::Refuse => {
                if let Some(full) = [path, &beside].into_iter().find(|path| size(path) > 0) {
                    return Err(RunError::Usage(format!(
                        "{} holds something already; --resume continues it, --force replaces it",
                        full.display()
                    )));
                }
            }
            Existing::Replace => {
                file.set_len(0).map_err(|source| unusable(path, source))?;
                if beside.exists() {
                    fs::remove_file(&beside).map_err(|source| unusable(&beside, source))?;
                }
            }
            Existing::Continue => {}
        }
        let verdicts = AppendFile::of(file, path).map_err(|source| unusable(path, source))?;
        let rejected = AppendFile::at(&beside).map_err(|source| unusable(&beside, source))?;
        Ok(Self { verdicts, rejected })
    }
}

fn line(value: &impl Serialize) -> Result<Vec<u8>, RunError> {
    let mut line = serde_json::to_vec(value)
        .map_err(|error| RunError::Internal(format!("cannot write as JSON: {error}")))?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests;
