//! Files and objects for a service: within a time, within a size, and with the digest taken on the
//! way. How many are fetched at once is for the caller to bound.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use ivendor_core::ids::Sha256;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore as _};
use sha2::{Digest as _, Sha256 as Hasher};

use super::address::{self, Address, Bucket, shown};
use super::buckets::{self, Buckets};
use super::client::{Note, Said};
use super::error::{FetchError, too_large, unreachable};
use super::{Fetcher, Place, Root, uri};
use ivendor_settings::{FetchSettings, SettingsError, Variables};

/// Characters of another program's words that an error repeats.
const WORDS_LEN_MAX: usize = 200;

/// Codes that say something of the bucket or of the program's rights, and nothing of the object.
const NOT_OF_THE_OBJECT: [&str; 12] = [
    "AuthenticationFailed",
    "ContainerNotFound",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidAuthenticationInfo",
    "InvalidSecurity",
    "InvalidToken",
    "NoSuchBucket",
    "NotSignedUp",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];

/// A document that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The encoded document.
    pub bytes: Vec<u8>,
    /// The digest of `bytes`.
    pub sha256: Sha256,
}

/// Gets documents from the configured roots and buckets, and from nowhere else.
pub struct Documents {
    files: Option<Arc<Files>>,
    buckets: Buckets,
    bytes_max: u64,
    timeout: Duration,
    tries_max: u32,
}

#[derive(Debug)]
struct Files {
    fetcher: Fetcher,
    place: Place,
}

/// Without what the buckets are opened with, which holds credentials.
impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, buckets, bytes_max, timeout, tries_max } = self;
        f.debug_struct("Documents")
            .field("files", files)
            .field("buckets", &buckets.keys())
            .field("bytes_max", bytes_max)
            .field("timeout", timeout)
            .field("tries_max", tries_max)
            .finish()
    }
}

impl Documents {
    /// Opens the roots and the buckets of `settings`. Documents have at most `bytes_max` bytes.
    /// `variables` is the environment: credentials come from there, and from nowhere else.
    ///
    /// # Errors
    /// [`SettingsError`] where a root cannot be opened, a value cannot be, or the variables of a
    /// service do not fit together. No service is asked.
    pub fn open(
        settings: &FetchSettings,
        bytes_max: u64,
        variables: &Variables,
    ) -> Result<Self, SettingsError> {
        if let Some((key, problem)) = settings.problem() {
            return Err(SettingsError::Value { origin: key.to_owned(), problem });
        }
        let roots = settings.roots.iter().map(|path| {
            Root::open(path).map_err(|error| SettingsError::Value {
                origin: "fetch.roots".to_owned(),
                problem: format!("cannot open {}: {error}", path.display()),
            })
        });
        let mut roots = roots.collect::<Result<Vec<Root>, _>>()?.into_iter();
        let files = roots.next().map(|first| {
            let fetcher = Fetcher::new(roots.collect(), bytes_max).allowed_with("fetch.roots");
            Arc::new(Files { fetcher, place: Place::Uri { base: Arc::new(first) } })
        });
        Ok(Self {
            files,
            buckets: buckets::open(settings, variables)?,
            bytes_max,
            timeout: Duration::from_secs_f64(settings.timeout_s_max),
            tries_max: settings.tries_max,
        })
    }

    /// The document that `uri` names: a path (a relative one counts from the first root), a `file:`
    /// URI, or an object as `s3://bucket/key`, `gs://bucket/key` or `az://container/key`.
    ///
    /// # Errors
    /// [`FetchError`] says whether another try may help.
    pub async fn get(&self, uri: &str) -> Result<Content, FetchError> {
        let fetching = async {
            match address::parse(uri).map_err(unreachable)? {
                Address::File => self.file(uri).await,
                Address::Object { bucket, key } => self.object(uri, &bucket, &key).await,
            }
        };
        tokio::time::timeout(self.timeout, fetching).await.unwrap_or_else(|_| {
            let (uri, limit_s) = (shown(uri), self.timeout.as_secs_f64());
            let detail = format!(
                "{uri} was not had within {limit_s} s; where that is too short, raise \
                 fetch.timeout_s_max"
            );
            Err(FetchError::Transient { detail })
        })
    }

    async fn file(&self, uri: &str) -> Result<Content, FetchError> {
        let Some(files) = self.files.clone() else {
            uri::parse(uri).map_err(unreachable)?;
            let uri = shown(uri);
            let detail = format!("{uri} is a file, and no folder may be read; set fetch.roots");
            return Err(unreachable(detail));
        };
        let asked = uri.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            let mut hasher = Hasher::new();
            let bytes = files.fetcher.get(&files.place, &asked, &mut |piece| hasher.update(piece));
            Ok(content(bytes?, hasher))
        });
        reading.await.unwrap_or_else(|error| {
            let detail = format!("reading {} ended before its end: {error}", shown(uri));
            Err(FetchError::Transient { detail })
        })
    }

    async fn object(&self, uri: &str, bucket: &Bucket, key: &Key) -> Result<Content, FetchError> {
        let Some(store) = self.buckets.get(bucket) else {
            return Err(unreachable(format!(
                "{} is in no bucket that may be read; allow its bucket with fetch.buckets",
                shown(uri)
            )));
        };
        let note = Note::default();
        let failed = |error| self.failed(uri, &note, &error);
        let mut options = GetOptions::default();
        options.extensions.insert(note.clone());
        let answer = store.get_opts(key, options).await.map_err(failed)?;
        let size = answer.meta.size;
        if size > self.bytes_max {
            return Err(too_large(shown(uri), self.bytes_max));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        let mut hasher = Hasher::new();
        let mut chunks = answer.into_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(failed)?;
            if (bytes.len() + chunk.len()) as u64 > self.bytes_max {
                return Err(too_large(shown(uri), self.bytes_max));
            }
            // A chunk is as long as a read of the socket: too short to hold others up.
            hasher.update(&chunk);
            bytes.extend_from_slice(&chunk);
        }
        if bytes.len() as u64 != size {
            let (uri, len) = (shown(uri), bytes.len());
            let detail = format!("{uri} ended after {len} of {size} bytes; it is worth a new try");
            return Err(FetchError::Transient { detail });
        }
        Ok(content(bytes, hasher))
    }

    /// What an error of a service means for the document.
    fn failed(&self, uri: &str, note: &Note, error: &object_store::Error) -> FetchError {
        let uri = shown(uri);
        let Some(said) = note.said() else {
            let (words, tries) = (root_words(error), self.tries_max);
            return FetchError::Transient {
                detail: format!(
                    "{uri} cannot be had in {tries} tries (fetch.tries_max): {words}; look whether \
                     the service runs and the credentials in the environment are right"
                ),
            };
        };
        let Said { status, code } = said;
        let known = code.as_deref().unwrap_or("without a code");
        let of_object = !code.as_deref().is_some_and(|code| NOT_OF_THE_OBJECT.contains(&code));
        match status {
            404 | 410 if of_object => {
                unreachable(format!("{uri} does not exist: the service answers {status} {known}"))
            }
            403 if of_object => unreachable(format!(
                "{uri} is refused: the service answers 403 {known}; allow this program to read it"
            )),
            300..=399 => FetchError::Transient {
                detail: format!(
                    "{uri}: the service answers {status} and leads elsewhere, which is not \
                     followed; set the bucket's fetch.region or fetch.endpoint"
                ),
            },
            408 | 429 | 500.. => FetchError::Transient {
                detail: format!(
                    "{uri}: the service answers {status} {known}, in {} tries (fetch.tries_max) \
                     or until the time was up; it is away or busy",
                    self.tries_max
                ),
            },
            _ => FetchError::Transient {
                detail: format!(
                    "{uri}: the service answers {status} {known}; look at the bucket's name, at \
                     fetch.endpoint and fetch.region, and at the credentials in the environment"
                ),
            },
        }
    }
}

fn content(bytes: Vec<u8>, hasher: Hasher) -> Content {
    let sha256 = Sha256::from(<[u8; 32]>::from(hasher.finalize()));
    Content { bytes, sha256 }
}

/// What the innermost of the errors says: the outer ones repeat addresses and answers, which may
/// hold what was signed.
fn root_words(error: &object_store::Error) -> String {
    let mut root: &dyn std::error::Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string().chars().take(WORDS_LEN_MAX).collect()
}

#[cfg(test)]
mod service;
#[cfg(test)]
mod tests;
