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
use crate::fetch::{Place, Root};

/// What editors of one system put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The lines of one input.
#[derive(Debug)]
pub(super) struct Requests {
    reader: Reader,
    path: PathBuf,
    base: Arc<Root>,
    line: u64,
}

#[derive(Debug)]
enum Reader {
    File(BufReader<File>),
    Stream(BufReader<Stdin>),
}

impl Requests {
    /// The requests in the file at `path`; relative addresses count from its folder.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let base = Arc::new(Root::open(folder)?);
        Ok(Self {
            reader: Reader::File(BufReader::new(file)),
            path: path.to_owned(),
            base,
            line: 0,
        })
    }

    /// The requests on standard input; relative addresses count from `base`.
    pub(super) fn stream(base: Arc<Root>) -> Self {
        let reader = Reader::Stream(BufReader::new(io::stdin()));
        Self { reader, path: PathBuf::from("-"), base, line: 0 }
    }

    /// The next line that is not blank.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry>, RunError> {
        loop {
            let line = match &mut self.reader {
                Reader::File(reader) => read(reader),
                Reader::Stream(reader) => read(reader),
            };
            let failed = |source| RunError::input(&self.path, source);
            let Some(mut line) = line.map_err(failed)? else { return Ok(None) };
            self.line += 1;
            if self.line == 1 && line.head.starts_with(BYTE_ORDER_MARK) {
                line.head.drain(..BYTE_ORDER_MARK.len());
                line.bytes -= BYTE_ORDER_MARK.len() as u64;
            }
            if !line.is_whole() || !line.head.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(self.entry(&line)));
            }
        }
    }

    fn entry(&self, line: &Line) -> Entry {
        let request = if line.is_whole() {
            VerificationRequest::parse(&line.head)
        } else {
            Err(RequestError::TooLarge(usize::try_from(line.bytes).unwrap_or(usize::MAX)))
        };
        match request {
            Ok(request) => {
                let place = Place::Uri { base: Arc::clone(&self.base) };
                Entry::Asked(Box::new(Asked { request, place }))
            }
            Err(error) => {
                let kept = &line.head[..line.head.len().min(RAW_BYTES_MAX)];
                Entry::Rejected(Box::new(Rejected {
                    schema: REJECTED_SCHEMA.to_owned(),
                    input: self.path.display().to_string(),
                    line: Some(self.line),
                    code: error.code().to_owned(),
                    error: error.to_string(),
                    raw: String::from_utf8_lossy(kept).into_owned(),
                    raw_bytes: line.bytes,
                }))
            }
        }
    }
}

/// One byte past the bound is kept, so that a line of exactly the bound is seen whole.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Line>> {
    next_line(reader, RequestLimits::BYTES_MAX + 1)
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
