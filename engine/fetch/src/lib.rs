//! Gets the bytes that a request names, and nothing else: only files under the roots are opened,
//! and only buckets that are named in the configuration are asked. It knows neither where requests
//! come from nor what the bytes mean.
//!
//! [`Fetcher`] waits for files, [`Documents`] gets files and objects for a service that has other
//! things to do meanwhile.
//!
//! A path is opened relative to a handle of its root by the kernel's own rules (openat2 with
//! "beneath", or its equal by steps), so no link and no exchange of folders between the check
//! and the open leads out of it.

mod address;
mod buckets;
mod client;
mod documents;
mod error;
mod uri;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt as _};
use ivendor_core::content::ContentError;
use rustix::fs::OFlags;

pub use documents::{Content, Documents};
pub use error::FetchError;
use error::{may_pass, too_large, unreachable};
use uri::Target;

/// A folder under which files may be read.
#[derive(Debug)]
pub struct Root {
    /// The path as the user wrote it, made absolute.
    given: PathBuf,
    /// The path without links.
    canonical: PathBuf,
    folder: Dir,
}

impl Root {
    /// Opens the folder; it stays this folder, whatever its path comes to name later.
    ///
    /// # Errors
    /// Where the folder cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let canonical = fs::canonicalize(path)?;
        let folder = Dir::open_ambient_dir(&canonical, ambient_authority())?;
        Ok(Self { given: std::path::absolute(path)?, canonical, folder })
    }

    /// The path of the folder without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.canonical
    }

    /// What remains of the absolute `path` below this root.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let rest = path.strip_prefix(&self.given).or_else(|_| path.strip_prefix(&self.canonical));
        rest.ok().map(|rest| Path::new(".").join(rest))
    }
}

/// Where the bytes of one document are.
#[derive(Debug, Clone)]
pub enum Place {
    /// Where the request's `uri` says; relative ones count from `base`.
    Uri {
        /// The folder of the request file.
        base: Arc<Root>,
    },
    /// At `path` below `root`.
    Beneath {
        /// The folder that was named on the command line.
        root: Arc<Root>,
        /// Relative to `root`.
        path: PathBuf,
    },
}

/// Reads documents under roots and within a bound.
#[derive(Debug)]
pub struct Fetcher {
    roots: Vec<Root>,
    bytes_max: u64,
    /// Where a person allows another folder.
    allowed_with: &'static str,
}

impl Fetcher {
    /// Reads under `roots` (besides the base of each request file), at most `bytes_max` bytes a
    /// document.
    #[must_use]
    pub fn new(roots: Vec<Root>, bytes_max: u64) -> Self {
        Self { roots, bytes_max, allowed_with: "--root" }
    }

    /// The same, but folders are allowed with the setting `key`.
    fn allowed_with(self, key: &'static str) -> Self {
        Self { allowed_with: key, ..self }
    }

    /// The bytes of the document at `place`; `uri` is what its request says.
    ///
    /// # Errors
    /// [`ContentError`] with `content.unreachable` or `content.too_large`.
    pub fn fetch(&self, place: &Place, uri: &str) -> Result<Vec<u8>, ContentError> {
        self.get(place, uri, &mut |_| {}).map_err(FetchError::into_content)
    }

    /// The same, with each piece shown to `piece` as it is read, and with the failures told apart
    /// that pass.
    fn get(
        &self,
        place: &Place,
        uri: &str,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Vec<u8>, FetchError> {
        let file = match place {
            Place::Beneath { root, path } => self.open(root, path)?,
            Place::Uri { base } => match uri::parse(uri).map_err(unreachable)? {
                Target::Relative(path) => self.open(base, &path)?,
                Target::Absolute(path) => self.open_absolute(base, &path)?,
            },
        };
        self.read(file, piece).map_err(|problem| match problem {
            Problem::Io(error) => failed(format!("cannot read {uri:?}: {error}"), &error),
            Problem::Kind(what) => unreachable(format!("{uri:?} is {what}, not a regular file")),
            Problem::Size => too_large(format!("{uri:?}"), self.bytes_max),
        })
    }

    fn open_absolute(&self, base: &Root, path: &Path) -> Result<File, FetchError> {
        refuse_parents(path)?;
        let roots = || std::iter::once(base).chain(&self.roots);
        if let Some((root, rest)) = roots().find_map(|r| r.below(path).map(|rest| (r, rest))) {
            return self.open_in(base, root, &rest);
        }
        self.open_canonical(base, path).unwrap_or_else(|| Err(self.outside(path)))
    }

    fn open(&self, root: &Root, path: &Path) -> Result<File, FetchError> {
        refuse_parents(path)?;
        self.open_in(root, root, path)
    }

    fn open_in(&self, base: &Root, root: &Root, path: &Path) -> Result<File, FetchError> {
        let shown = root.canonical.join(path);
        match open_beneath(root, path) {
            Ok(file) => Ok(file),
            // A link that leaves this root may lead into another one, and that is allowed.
            Err(error) if leaves_root(&error) => {
                self.open_canonical(base, &shown).unwrap_or_else(|| Err(self.outside(path)))
            }
            Err(error) => Err(cannot_open(path, &error)),
        }
    }

    /// Opens the place that `path` leads to once its links are followed, if a root holds it.
    fn open_canonical(&self, base: &Root, path: &Path) -> Option<Result<File, FetchError>> {
        let path = fs::canonicalize(path).ok()?;
        let mut roots = std::iter::once(base).chain(&self.roots);
        let (root, rest) = roots.find_map(|r| r.below(&path).map(|rest| (r, rest)))?;
        Some(open_beneath(root, &rest).map_err(|error| cannot_open(&path, &error)))
    }

    fn outside(&self, path: &Path) -> FetchError {
        unreachable(format!(
            "{} lies outside of the folders that may be read; allow its folder with {}",
            path.display(),
            self.allowed_with
        ))
    }

    fn read(&self, file: File, piece: &mut dyn FnMut(&[u8])) -> Result<Vec<u8>, Problem> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Problem::Kind(if metadata.is_dir() { "a folder" } else { "a device" }));
        }
        if metadata.len() > self.bytes_max {
            return Err(Problem::Size);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        // The file may have grown since, so the bound holds for the reading too.
        let file = file.take(self.bytes_max.saturating_add(1));
        Watched { file, piece }.read_to_end(&mut bytes)?;
        if bytes.len() as u64 > self.bytes_max {
            return Err(Problem::Size);
        }
        Ok(bytes)
    }
}

/// Shows what is read while it is read.
struct Watched<'a, F> {
    file: F,
    piece: &'a mut dyn FnMut(&[u8]),
}

impl<F: io::Read> io::Read for Watched<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(into)?;
        (self.piece)(&into[..len]);
        Ok(len)
    }
}

enum Problem {
    Io(io::Error),
    Kind(&'static str),
    Size,
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Opens without waiting for a writer, so that a pipe with a document's name cannot hold the run.
fn open_beneath(root: &Root, path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    root.folder.open_with(path, OpenOptions::new().read(true).custom_flags(flags))
}

/// cap-std reports a path that leaves its folder as a refusal that comes from no system call.
fn leaves_root(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}

fn refuse_parents(path: &Path) -> Result<(), FetchError> {
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(unreachable(format!("{} holds \"..\", which is refused", path.display())));
    }
    Ok(())
}

fn cannot_open(path: &Path, error: &io::Error) -> FetchError {
    failed(format!("cannot open {}: {error}", path.display()), error)
}

fn failed(detail: String, error: &io::Error) -> FetchError {
    if may_pass(error) { FetchError::Transient { detail } } else { unreachable(detail) }
}

#[cfg(test)]
mod tests;
