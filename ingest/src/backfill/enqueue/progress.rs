//! How far a request file is sent: `REQUESTS.jsonl.enqueued`, beside it, and the lines that were
//! none: `REQUESTS.jsonl.rejected.jsonl`.
//!
//! The progress is written whole, beside its place, and then put there, so that a kill leaves the
//! old one or the new one. It never says more than what the brokers have acknowledged.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ivendor_core::ids::Sha256;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};

use crate::error::RunError;
use crate::sink::{Existing, rejected_path};
use crate::source::Rejected;
use crate::source::lines::next_line;

/// The name and version of the schema.
const SCHEMA: &str = "ivendor.backfill.enqueued/1";

/// Bytes of a progress file that is believed to be one.
const BYTES_MAX: u64 = 64 << 10;

/// Bytes of a line of the rejected lines: a rejected line with its escapes fits.
const REJECTED_BYTES_MAX: usize = 1 << 20;

/// How often the progress is written. Each time costs the disk a few milliseconds.
const WRITE_EVERY: Duration = Duration::from_millis(250);

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    schema: String,
    /// Where the requests went.
    topic: String,
    /// The request file, so that another one is not taken for it.
    input_bytes: u64,
    input_sha256: Sha256,
    /// Every line that ends at or before this byte is acknowledged or rejected.
    acknowledged_bytes: u64,
}

/// The progress of one request file, which is locked for as long as this lives.
#[derive(Debug)]
pub(super) struct Progress {
    input: File,
    path: PathBuf,
    told: Told,
    written: Instant,
    rejected: RejectedLines,
    lines: Counted,
}

/// Lines of the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// All of them.
    pub(super) all: u64,
    /// Those before the place where this run begins.
    pub(super) before: u64,
}

impl Progress {
    /// Locks the request file at `input` and finds out how far it is sent to `topic`.
    pub(super) fn open(input: &Path, topic: &str, existing: Existing) -> Result<Self, RunError> {
        let path = beside(input, ".enqueued");
        let unusable = |source| RunError::input(input, source);
        let file = File::open(input).map_err(unusable)?;
        lock(&file, input)?;
        let earlier = match existing {
            Existing::Replace => None,
            Existing::Refuse | Existing::Continue => read(&path)?,
        };
        if let (Existing::Refuse, Some(earlier)) = (existing, &earlier) {
            return Err(RunError::Usage(format!(
                "{} says that {} of {} bytes are sent to {} already; --resume goes on there, \
                 --force sends everything again",
                path.display(),
                earlier.acknowledged_bytes,
                earlier.input_bytes,
                earlier.topic
            )));
        }
        let begin = earlier.as_ref().map_or(0, |told| told.acknowledged_bytes);
        let (told, lines) = look_through(&file, topic, begin).map_err(unusable)?;
        if let Some(earlier) = earlier
            && earlier != told
        {
            let what = if earlier.topic == topic { "another file" } else { "another topic" };
            return Err(RunError::Usage(format!(
                "{} is about {what} ({} bytes to {}), so there is nothing to go on with; --force \
                 sends everything",
                path.display(),
                earlier.input_bytes,
                earlier.topic
            )));
        }
        let rejected = RejectedLines::open(&rejected_path(input), lines.before)?;
        Ok(Self { input: file, path, told, written: Instant::now(), rejected, lines })
    }

    /// The request file, from where this run begins.
    pub(super) fn reader(&self) -> io::Result<BufReader<File>> {
        let mut file = self.input.try_clone()?;
        file.seek(SeekFrom::Start(self.told.acknowledged_bytes))?;
        Ok(BufReader::with_capacity(1 << 18, file))
    }

    /// Bytes of the request file up to which everything is acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.told.acknowledged_bytes
    }

    /// Bytes of the request file.
    pub(super) fn size(&self) -> u64 {
        self.told.input_bytes
    }

    /// Lines of the request file, the blank ones too.
    pub(super) fn lines(&self) -> Counted {
        self.lines
    }

    /// Lines that this run and those before it have rejected.
    pub(super) fn rejected_lines(&self) -> u64 {
        self.rejected.count
    }

    /// Keeps a line that is no request.
    pub(super) fn reject(&mut self, rejected: &Rejected) -> Result<(), RunError> {
        self.rejected.append(rejected)
    }

    /// Takes in how far the brokers are, and writes it down where it is time to.
    pub(super) fn advance(&mut self, acknowledged: u64) -> Result<(), RunError> {
        let is_news = acknowledged > self.told.acknowledged_bytes;
        if is_news && self.written.elapsed() >= WRITE_EVERY {
            self.told.acknowledged_bytes = acknowledged.min(self.told.input_bytes);
            self.write()?;
        }
        Ok(())
    }

    /// Writes down how far the brokers are.
    pub(super) fn finish(&mut self, acknowledged: Option<u64>) -> Result<(), RunError> {
        if let Some(acknowledged) = acknowledged {
            let acknowledged = acknowledged.min(self.told.input_bytes);
            self.told.acknowledged_bytes = self.told.acknowledged_bytes.max(acknowledged);
        }
        self.write()
    }

    /// Writes the progress. The rejected lines go first: it counts them as done.
    pub(super) fn write(&mut self) -> Result<(), RunError> {
        self.rejected.sync()?;
        let failed = |source| RunError::output(&self.path, source);
        let json = serde_json::to_vec(&self.told)
            .map_err(|error| RunError::Internal(format!("cannot write as JSON: {error}")))?;
        let part = beside(&self.path, ".part");
        let write = || {
            let mut file = File::create(&part)?;
            file.write_all(&json)?;
            file.write_all(b"\n")?;
            file.sync_data()?;
            fs::rename(&part, &self.path)
        };
        write().map_err(failed)?;
        self.written = Instant::now();
        Ok(())
    }
}

/// The path with more at its end.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The lock goes with the file, and every clone of it, when they are closed.
fn lock(file: &File, path: &Path) -> Result<(), RunError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            Err(RunError::Usage(format!("another run is sending {}; wait for it", path.display())))
        }
        Err(TryLockError::Error(source)) => Err(RunError::input(path, source)),
    }
}

/// What an earlier run wrote, if there was one.
fn read(path: &Path) -> Result<Option<Told>, RunError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|source| RunError::input(path, source))?,
    };
    let mut json = Vec::new();
    let read = file.take(BYTES_MAX).read_to_end(&mut json);
    read.map_err(|source| RunError::input(path, source))?;
    let told: Option<Told> = serde_json::from_slice(&json).ok();
    match told.filter(|told| told.schema == SCHEMA && told.acknowledged_bytes <= told.input_bytes) {
        Some(told) => Ok(Some(told)),
        None => Err(RunError::Usage(format!(
            "{} does not say how far a file is sent (schema {SCHEMA}); --force sends everything",
            path.display()
        ))),
    }
}

/// Reads the whole file once: what it is, and how many lines end before `begin`.
fn look_through(mut file: &File, topic: &str, begin: u64) -> io::Result<(Told, Counted)> {
    file.seek(SeekFrom::Start(0))?;
    let (mut hasher, mut buffer) = (Hasher::new(), vec![0; 1 << 18]);
    let (mut bytes, mut lines, mut last) = (0, Counted::default(), b'\n');
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        let part = &buffer[..read];
        hasher.update(part);
        let ahead = usize::try_from(begin.saturating_sub(bytes)).unwrap_or(usize::MAX);
        let count = |part: &[u8]| memchr::memchr_iter(b'\n', part).count() as u64;
        lines.before += count(&part[..ahead.min(read)]);
        lines.all += count(part);
        last = part[read - 1];
        bytes += read as u64;
    }
    let unended = u64::from(last != b'\n');
    lines.all += unended;
    lines.before += if begin == bytes { unended } else { 0 };
    let told = Told {
        schema: SCHEMA.to_owned(),
        topic: topic.to_owned(),
        input_bytes: bytes,
        input_sha256: <[u8; 32]>::from(hasher.finalize()).into(),
        acknowledged_bytes: begin,
    };
    Ok((told, lines))
}

/// The rejected lines, in the order of their numbers. There is no file before there is one.
#[derive(Debug)]
struct RejectedLines {
    path: PathBuf,
    file: Option<File>,
    count: u64,
}

impl RejectedLines {
    /// Keeps of the file at `path` what is about the first `before` lines of the input; the rest
    /// is read again.
    fn open(path: &Path, before: u64) -> Result<Self, RunError> {
        let failed = |source| RunError::output(path, source);
        let none = Self { path: path.to_owned(), file: None, count: 0 };
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let mut file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(none),
            opened => opened.map_err(failed)?,
        };
        let (mut kept, mut count) = (0, 0);
        let mut reader = BufReader::new(&file);
        while let Some(line) = next_line(&mut reader, REJECTED_BYTES_MAX).map_err(failed)? {
            let rejected: Option<Rejected> = serde_json::from_slice(&line.head).ok();
            if rejected.and_then(|rejected| rejected.line).is_none_or(|number| number > before) {
                break;
            }
            kept += line.bytes + 1;
            count += 1;
        }
        // A line that is whole but for its end is kept with it.
        let size = file.metadata().map_err(failed)?.len();
        if count == 0 {
            fs::remove_file(path).map_err(failed)?;
            return Ok(none);
        }
        file.set_len(kept.min(size)).and_then(|()| file.seek(SeekFrom::End(0))).map_err(failed)?;
        if kept > size {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), file: Some(file), count })
    }

    fn append(&mut self, rejected: &Rejected) -> Result<(), RunError> {
        let failed = |source| RunError::output(&self.path, source);
        let mut line = serde_json::to_vec(rejected)
            .map_err(|error| RunError::Internal(format!("cannot write as JSON: {error}")))?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(File::create_new(&self.path).map_err(failed)?),
        };
        file.write_all(&line).map_err(failed)?;
        self.count += 1;
        Ok(())
    }

    fn sync(&self) -> Result<(), RunError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.sync_data().map_err(|source| RunError::output(&self.path, source))
    }
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
