//! Requests from a file or a stream, one a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ivendor_core::limits::RequestLimits;
use ivendor_core::request::{RequestError, VerificationRequest};

use super::lines::{Line, next_line};
use super::{Asked, Entry, RAW_BYTES_MAX, REJECTED_SCHEMA, Rejected};
use crate::error::RunError;
use ivendor_fetch::{Place, Root};

/// What editors of one system put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The lines of one input that are not blank, each with its place.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    number: u64,
    end: u64,
}

impl<R: BufRead> Lines<R> {
    /// From the start of the input.
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, number: 0, end: 0 }
    }

    /// On from `number` lines and `end` bytes into the input, where `reader` stands.
    pub(crate) fn after(reader: R, number: u64, end: u64) -> Self {
        Self { reader, number, end }
    }

    /// The number of the last line that was given, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes up to the end of that line, its line break included whether it is there or not.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The next line that is not blank. One byte past the bound is kept of it, so that a line of
    /// exactly the bound is seen whole.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let line = next_line(&mut self.reader, RequestLimits::BYTES_MAX + 1)?;
            let Some(mut line) = line else { return Ok(None) };
            self.number += 1;
            self.end += line.bytes + 1;
            if self.number == 1 && line.head.starts_with(BYTE_ORDER_MARK) {
                line.head.drain(..BYTE_ORDER_MARK.len());
                line.bytes -= BYTE_ORDER_MARK.len() as u64;
            }
            if !line.is_whole() || !line.head.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(line));
            }
        }
    }
}

/// The request that a line holds.
pub(crate) fn request(line: &Line) -> Result<VerificationRequest, RequestError> {
    if line.is_whole() {
        VerificationRequest::parse(&line.head)
    } else {
        Err(RequestError::TooLarge(usize::try_from(line.bytes).unwrap_or(usize::MAX)))
    }
}

/// What is told of a line that holds none: the line `number` of the input at `path`.
pub(crate) fn rejected(path: &Path, number: u64, line: &Line, error: &RequestError) -> Rejected {
    let kept = &line.head[..line.head.len().min(RAW_BYTES_MAX)];
    Rejected {
        schema: REJECTED_SCHEMA.to_owned(),
        input: path.display().to_string(),
        line: Some(number),
        code: error.code().to_owned(),
        error: error.to_string(),
        raw: String::from_utf8_lossy(kept).into_owned(),
        raw_bytes: line.bytes,
    }
}

/// The folder from which the relative addresses in the request file at `path` count.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The requests of one input.
#[derive(Debug)]
pub(super) struct Requests {
    reader: Reader,
    path: PathBuf,
    base: Arc<Root>,
}

#[derive(Debug)]
enum Reader {
    File(Lines<BufReader<File>>),
    Stream(Lines<BufReader<Stdin>>),
}

impl Requests {
    /// The requests in the file at `path`; relative addresses count from its folder.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let reader = Reader::File(Lines::new(BufReader::new(File::open(path)?)));
        let base = Arc::new(Root::open(folder_of(path))?);
        Ok(Self { reader, path: path.to_owned(), base })
    }

    /// The requests on standard input; relative addresses count from `base`.
    pub(super) fn stream(base: Arc<Root>) -> Self {
        let reader = Reader::Stream(Lines::new(BufReader::new(io::stdin())));
        Self { reader, path: PathBuf::from("-"), base }
    }

    /// The next line that is not blank.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry>, RunError> {
        let (line, number) = match &mut self.reader {
            Reader::File(lines) => (lines.next_line(), lines.number()),
            Reader::Stream(lines) => (lines.next_line(), lines.number()),
        };
        let Some(line) = line.map_err(|source| RunError::input(&self.path, source))? else {
            return Ok(None);
        };
        Ok(Some(match request(&line) {
            Ok(request) => {
                let place = Place::Uri { base: Arc::clone(&self.base) };
                Entry::Asked(Box::new(Asked { request, place }))
            }
            Err(error) => Entry::Rejected(Box::new(rejected(&self.path, number, &line, &error))),
        }))
    }
}

/// Lines of the file at `path`, the blank ones too.
pub(super) fn count(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let (mut buffer, mut lines, mut last) = (vec![0; 1 << 16], 0, b'\n');
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(lines + u64::from(last != b'\n'));
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
        last = buffer[read - 1];
    }
}
