//! What was at the engine when the process died.
//!
//! A panic is caught and its document found at once; a fault that ends the process (a driver, a
//! stack that overflows, the system that needs memory) would take every worker that reads the
//! document again. So the documents of a batch are written down before they go to the engine.
//! Those that a dead process left there are suspects: the next process takes each of them alone,
//! and one that ended a process several times while it was alone is not tried any more.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use ivendor_verify::job::Job;
use serde::{Deserialize, Serialize};

/// Processes that may end with a document that was alone at the engine.
pub(crate) const DEATHS_MAX: u32 = 3;
/// Workers of one machine that share a folder.
const SLOTS: u32 = 256;
/// Bytes that are read of a journal; what a worker writes is far below.
const BYTES_MAX: u64 = 64 << 20;

/// What stands in the file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Page {
    /// The engine, its models and policy: another one may do better.
    engine: String,
    /// At the engine now.
    at_engine: Vec<String>,
    /// Documents with which a process ended, and how many of them ended while the document was
    /// alone.
    suspects: BTreeMap<String, u32>,
}

/// The journal of one process. Without a file it remembers nothing beyond the process.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    file: Option<File>,
    page: Page,
}

impl Journal {
    /// Takes the first journal of the folder that no living process holds, and what the process
    /// before left in it.
    ///
    /// # Errors
    /// Where the folder cannot be made or written.
    pub(crate) fn open(folder: &Path, engine: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for slot in 0..SLOTS {
            let path = folder.join(format!("engine-{slot}.journal"));
            let mut file =
                File::options().read(true).write(true).create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let mut text = Vec::new();
            (&mut file).take(BYTES_MAX).read_to_end(&mut text)?;
            let mut journal = Self { file: Some(file), page: inherited(&text, engine) };
            journal.write();
            return Ok(journal);
        }
        Err(io::Error::other(format!("{SLOTS} workers hold the journals of the folder")))
    }

    /// Whether a process ended with this document: how many while it was alone.
    pub(crate) fn suspicion(&self, document: &str) -> Option<u32> {
        self.page.suspects.get(document).copied()
    }

    /// These documents go to the engine.
    pub(crate) fn enter(&mut self, documents: Vec<String>) {
        self.page.at_engine = documents;
        self.write();
    }

    /// What was at the engine has come back: it is under no suspicion.
    pub(crate) fn leave(&mut self) {
        for document in std::mem::take(&mut self.page.at_engine) {
            self.page.suspects.remove(&document);
        }
        self.write();
    }

    fn write(&mut self) {
        let Some(file) = &mut self.file else { return };
        let written = serde_json::to_vec(&self.page).map_err(io::Error::from).and_then(|text| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&text)?;
            file.set_len(text.len() as u64)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the worker's journal cannot be written any more");
            self.file = None;
        }
    }
}

/// What a process finds that comes after another one.
fn inherited(text: &[u8], engine: &str) -> Page {
    let fresh = Page { engine: engine.to_owned(), ..Page::default() };
    // Nothing, or a page that was torn: then nothing was at the engine.
    let Ok(mut page) = serde_json::from_slice::<Page>(text) else { return fresh };
    if page.engine != engine {
        return fresh;
    }
    let alone = page.at_engine.len() == 1;
    for document in std::mem::take(&mut page.at_engine) {
        let deaths = page.suspects.entry(document).or_insert(0);
        *deaths += u32::from(alone);
    }
    page
}

/// What a document is called in the journal.
pub(crate) fn name(job: &Job) -> String {
    let request = &job.request;
    let bytes = job.sha256.map_or_else(|| "-".to_owned(), |digest| digest.to_string());
    format!("{}/{}/{bytes}", request.tenant_id, request.document_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_dead_process_left_at_the_engine_is_suspected_until_it_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Journal::open(folder.path(), "e").unwrap();
        first.enter(names(&["a", "b"]));
        first.leave();
        first.enter(names(&["c", "d"]));
        drop(first);
        let mut second = Journal::open(folder.path(), "e").unwrap();
        let told = |journal: &Journal| ["a", "b", "c", "d"].map(|name| journal.suspicion(name));
        assert_eq!(told(&second), [None, None, Some(0), Some(0)]);
        second.enter(names(&["c"]));
        second.leave();
        second.enter(names(&["d"]));
        drop(second);
        let mut third = Journal::open(folder.path(), "e").unwrap();
        assert_eq!(told(&third), [None, None, None, Some(1)]);
        third.enter(names(&["d"]));
        drop(third);
        let fourth = Journal::open(folder.path(), "e").unwrap();
        assert_eq!(told(&fourth), [None, None, None, Some(2)]);
        drop(fourth);
        let other = Journal::open(folder.path(), "another engine").unwrap();
        assert_eq!(told(&other), [None; 4]);
    }

    #[test]
    fn two_living_processes_have_two_journals() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Journal::open(folder.path(), "e").unwrap();
        first.enter(names(&["a"]));
        let second = Journal::open(folder.path(), "e").unwrap();
        assert_eq!(second.suspicion("a"), None);
        drop((first, second));
        assert_eq!(Journal::open(folder.path(), "e").unwrap().suspicion("a"), Some(1));
    }

    #[test]
    fn garbage_in_a_journal_is_no_suspicion_and_no_error() {
        for text in ["", "{", "[]", "\u{fffd}", r#"{"engine": 1}"#] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("engine-0.journal"), text).unwrap();
            let mut journal = Journal::open(folder.path(), "e").unwrap();
            assert_eq!(journal.page.suspects.len(), 0, "{text}");
            journal.enter(names(&["a"]));
            journal.leave();
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Journal::open(file.path(), "e").is_err(), "a file is no folder");
    }
}
