//! The documents of a folder, in the order of their names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::{Asked, Entry, REJECTED_SCHEMA, Rejected, Template};
use ivendor_fetch::{Place, Root};

/// Everything in a folder and below that may be a document. Left out are hidden files and
/// folders, JSONL files (requests or verdicts, never documents), links to folders, and what the
/// run itself writes. A link to a file counts: whether it may be read is decided when it is opened.
#[derive(Debug)]
pub(super) struct Walk {
    inner: walkdir::IntoIter,
    left_out: Vec<PathBuf>,
}

impl Walk {
    /// Through the folder at `path`, which has no links in it.
    pub(super) fn new(path: &Path, left_out: &[PathBuf]) -> Self {
        let inner = WalkDir::new(path).min_depth(1).sort_by_file_name().into_iter();
        Self { inner, left_out: left_out.to_vec() }
    }

    fn is_left_out(&self, entry: &DirEntry) -> bool {
        entry.file_name().as_encoded_bytes().starts_with(b".")
            || self.left_out.iter().any(|path| path == entry.path())
    }
}

impl Iterator for Walk {
    type Item = walkdir::Result<DirEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match self.inner.next()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(error)),
            };
            let is_folder = entry.file_type().is_dir();
            if self.is_left_out(&entry) {
                if is_folder {
                    self.inner.skip_current_dir();
                }
                continue;
            }
            let is_link_to_folder = entry.path_is_symlink() && entry.path().is_dir();
            if is_link_to_folder {
                tracing::warn!(path = %entry.path().display(), "a link to a folder is left out");
            }
            if !is_folder && !is_link_to_folder && !is_jsonl(entry.path()) {
                return Some(Ok(entry));
            }
        }
    }
}

/// Whether the name at `path` says that it holds requests.
pub(super) fn is_jsonl(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"))
}

/// A walk whose files become requests.
#[derive(Debug)]
pub(super) struct Documents {
    walk: Walk,
    root: Arc<Root>,
    prefix: PathBuf,
}

impl Documents {
    /// The documents below `root`; `prefix` goes before their names.
    pub(super) fn new(root: Root, prefix: PathBuf, left_out: &[PathBuf]) -> Self {
        let walk = Walk::new(root.path(), left_out);
        Self { walk, root: Arc::new(root), prefix }
    }

    /// The next document.
    pub(super) fn next_entry(&mut self, template: &Template) -> Option<Entry> {
        match self.walk.next()? {
            Ok(entry) => {
                let path = entry.path().strip_prefix(self.root.path()).unwrap_or(entry.path());
                let request = template.request(&self.prefix.join(path));
                let place = Place::Beneath { root: Arc::clone(&self.root), path: path.to_owned() };
                Some(Entry::Asked(Box::new(Asked { request, place })))
            }
            Err(error) => {
                let path = error.path().unwrap_or(self.root.path());
                Some(Entry::Rejected(Box::new(Rejected {
                    schema: REJECTED_SCHEMA.to_owned(),
                    input: path.display().to_string(),
                    line: None,
                    code: "folder.unreadable".to_owned(),
                    error: error.to_string(),
                    raw: String::new(),
                    raw_bytes: 0,
                })))
            }
        }
    }
}
