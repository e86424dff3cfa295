//! What keeps a measurement from being made. Each error says what, where and what to do.

use std::path::{Path, PathBuf};

use ivendor_verify::error::EngineError;
use thiserror::Error;

/// A measurement that cannot be made.
#[derive(Debug, Error)]
pub enum BenchError {
    /// A data set is missing, empty or broken.
    #[error("the data set {path} cannot be used: {problem}")]
    Data {
        /// The folder or the file of it that is wrong.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file or folder cannot be read or written.
    #[error("{path} cannot be {action}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// The engine cannot be opened.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// One of the processes that are compared went wrong.
    #[error("the process of {name} {problem}")]
    Side {
        /// Which.
        name: String,
        /// What happened.
        problem: String,
    },
    /// A file is not one of this program's results.
    #[error("{path} is no result of ivendor-bench: {problem}")]
    Result {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
}

impl BenchError {
    pub(crate) fn data(path: &Path, problem: impl Into<String>) -> Self {
        Self::Data { path: path.to_owned(), problem: problem.into() }
    }

    pub(crate) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), action: "read", source }
    }

    pub(crate) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), action: "written", source }
    }

    pub(crate) fn side(name: &str, problem: impl Into<String>) -> Self {
        Self::Side { name: name.to_owned(), problem: problem.into() }
    }
}
