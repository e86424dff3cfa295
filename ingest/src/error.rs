//! What ends a run before its work is done, and with which exit code.

use std::io;
use std::path::{Path, PathBuf};

use ivendor_store::error::{Kind, StoreError};
use ivendor_telemetry::TelemetryError;
use ivendor_verify::error::EngineError;
use thiserror::Error;

use crate::kafka::error::QueueError;
use ivendor_settings::SettingsError;

/// How a program ended, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// Everything was done, but some documents could not be processed.
    SomeFailed,
    /// The command line, the configuration, an input or the device is wrong.
    Usage,
    /// Something that the run needs went away: the disk of the output, or the input while it was
    /// being read. The run can be resumed.
    ServiceAway,
    /// The user, or the system, asked the run to stop.
    Stopped,
}

impl Exit {
    /// The number that the shell gets.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::ServiceAway => 3,
            Self::Stopped => 130,
        }
    }
}

/// An error that ends a run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// The configuration is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What the run tells of itself cannot be told.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The engine cannot be opened.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The broker is away, or refuses.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A database is away, or refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output cannot be written.
    #[error("cannot write {what}: {source}; what is written is whole, go on with --resume")]
    Output {
        /// Which output.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// An input cannot be read any further.
    #[error("cannot read {path}: {source}")]
    Input {
        /// Which input.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A part of the program broke its promise.
    #[error("internal error: {0}")]
    Internal(String),
}

impl RunError {
    /// An input that cannot be read.
    #[must_use]
    pub fn input(path: &Path, source: io::Error) -> Self {
        Self::Input { path: path.to_owned(), source }
    }

    /// An output that cannot be written.
    #[must_use]
    pub fn output(path: &Path, source: io::Error) -> Self {
        Self::Output { what: path.display().to_string(), source }
    }

    /// How the program ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Settings(_) | Self::Telemetry(_) | Self::Engine(_) => {
                Exit::Usage
            }
            Self::Queue(error) if !error.is_transient() => Exit::Usage,
            Self::Store(error) if error.kind() == Kind::Permanent => Exit::Usage,
            Self::Queue(_) | Self::Store(_) => Exit::ServiceAway,
            Self::Output { .. } | Self::Input { .. } | Self::Internal(_) => Exit::ServiceAway,
        }
    }

    /// Whether the reader of standard output has gone away, which is no error.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
