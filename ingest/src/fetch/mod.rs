//! Gets the bytes that a request names, and nothing else: only files under the roots are opened.
//!
//! A path is opened relative to a handle of its root by the kernel's own rules (openat2 with
//! "beneath", or its equal by steps), so no link and no exchange of folders between the check
//! and the open leads out of it.

pub mod documents;
mod uri;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt as _};
use ivendor_core::reason::Reason;
use ivendor_verify::job::ContentError;
use rustix::fs::OFlags;

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
}

impl Fetcher {
    /// Reads under `roots` (besides the base of each request file), at most `bytes_max` bytes a
    /// document.
    #[must_use]
    pub fn new(roots: Vec<Root>, bytes_max: u64) -> Self {
        Self { roots, bytes_max }
    }

    /// The bytes of the document at `place`; `uri` is what its request says.
    ///
    /// # Errors
    /// [`ContentError`] with `content.unreachable` or `content.too_large`.
    pub fn fetch(&self, place: &Place, uri: &str) -> Result<Vec<u8>, ContentError> {
        let file = match place {
            Place::Beneath { root, path } => self.open(root, path)?,
            Place::Uri { base } => match uri::parse(uri).map_err(unreachable)? {
                Target::Relative(path) => self.open(base, &path)?,
                Target::Absolute(path) => self.open_absolute(base, &path)?,
            },
        };
        self.read(file).map_err(|problem| match problem {
            Problem::Io(error) => unreachable(format!("cannot read {uri:?}: {error}")),
            Problem::Kind(what) => unreachable(format!("{uri:?} is {what}, not a regular file")),
            Problem::Size => ContentError {
                reason: Reason::CONTENT_TOO_LARGE,
                detail: format!(
                    "{uri:?} has more than {} bytes, the most that limits.bytes_max allows",
                    self.bytes_max
                ),
            },
        })
    }

    fn open_absolute(&self, base: &Root, path: &Path) -> Result<File, ContentError> {
        refuse_parents(path)?;
        let roots = || std::iter::once(base).chain(&self.roots);
        if let Some((root, rest)) = roots().find_map(|r| r.below(path).map(|rest| (r, rest))) {
            return self.open_in(base, root, &rest);
        }
        self.open_canonical(base, path).unwrap_or_else(|| Err(outside(path)))
    }

    fn open(&self, root: &Root, path: &Path) -> Result<File, ContentError> {
        refuse_parents(path)?;
        self.open_in(root, root, path)
    }

    fn open_in(&self, base: &Root, root: &Root, path: &Path) -> Result<File, ContentError> {
        let shown = root.canonical.join(path);
        match open_beneath(root, path) {
            Ok(file) => Ok(file),
            // A link that leaves this root may lead into another one, and that is allowed.
            Err(error) if leaves_root(&error) => {
                self.open_canonical(base, &shown).unwrap_or_else(|| Err(outside(path)))
            }
            Err(error) => Err(unreachable(format!("cannot open {}: {error}", path.display()))),
        }
    }

    /// Opens the place that `path` leads to once its links are followed, if a root holds it.
    fn open_canonical(&self, base: &Root, path: &Path) -> Option<Result<File, ContentError>> {
        let path = fs::canonicalize(path).ok()?;
        let mut roots = std::iter::once(base).chain(&self.roots);
        let (root, rest) = roots.find_map(|r| r.below(&path).map(|rest| (r, rest)))?;
        let failed =
            |error: io::Error| unreachable(format!("cannot open {}: {error}", path.display()));
        Some(open_beneath(root, &rest).map_err(failed))
    }

    fn read(&self, file: File) -> Result<Vec<u8>, Problem> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Problem::Kind(if metadata.is_dir() { "a folder" } else { "a device" }));
        }
        if metadata.len() > self.bytes_max {
            return Err(Problem::Size);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        // The file may have grown since, so the bound holds for the reading too.
        file.take(self.bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > self.bytes_max {
            return Err(Problem::Size);
        }
        Ok(bytes)
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

fn refuse_parents(path: &Path) -> Result<(), ContentError> {
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(unreachable(format!("{} holds \"..\", which is refused", path.display())));
    }
    Ok(())
}

fn outside(path: &Path) -> ContentError {
    unreachable(format!(
        "{} lies outside of the folders that may be read; allow its folder with --root",
        path.display()
    ))
}

fn unreachable(detail: String) -> ContentError {
    ContentError { reason: Reason::CONTENT_UNREACHABLE, detail }
}

#[cfg(test)]
mod tests;
