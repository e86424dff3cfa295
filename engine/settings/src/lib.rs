//! The configuration: one TOML file, then the environment. The command line comes last, and is
//! laid over by the caller.
//!
//! Paths in the file count from the file's folder, paths elsewhere from the working folder.

mod environment;
mod fetch;
mod keys;
mod review;
mod services;
mod telemetry;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ivendor_core::limits::DecodeLimits;
use ivendor_store::settings::StoreSettings;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use environment::Variables;
pub use fetch::FetchSettings;
pub use review::ReviewSettings;
pub use services::{BatchSettings, KafkaSettings, WorkerSettings};
pub use telemetry::{LogFormat, LogSettings, TraceSettings};

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no TOML, or a value is of the wrong kind.
    #[error("the configuration {path} is wrong: {source}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A key that no part of the program knows.
    #[error("{origin}: the key {key:?} is not known; did you mean {nearest:?}?")]
    UnknownKey {
        /// The file or the variable.
        origin: String,
        /// The key with its section.
        key: String,
        /// The known key that is most like it.
        nearest: String,
    },
    /// A value that cannot be.
    #[error("{origin}: {problem}")]
    Value {
        /// The file, the variable or the key.
        origin: String,
        /// What is wrong.
        problem: String,
    },
}

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where and with what the engine computes.
    pub engine: EngineSettings,
    /// What one document may cost.
    pub limits: DecodeLimits,
    /// How a backfill runs.
    pub backfill: BackfillSettings,
    /// How the broker is reached and what the topics are called.
    pub kafka: KafkaSettings,
    /// How the databases are reached.
    pub store: StoreSettings,
    /// Where a service gets the bytes of documents.
    pub fetch: FetchSettings,
    /// When a batch goes to the device.
    pub batch: BatchSettings,
    /// How the worker runs.
    pub worker: WorkerSettings,
    /// How people review.
    pub review: ReviewSettings,
    /// What is logged.
    pub log: LogSettings,
    /// Where traces go.
    pub trace: TraceSettings,
}

/// Where and with what the engine computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// `auto`, `cpu`, `cuda:N` or several as `cuda:N,M`.
    pub device: Option<String>,
    /// Seconds between two known questions to a device that serves.
    pub canary_s: f64,
    /// Seconds that a device which broke is left alone before it is tried again; twice as long
    /// each time.
    pub rest_s_first: f64,
    /// The most of them.
    pub rest_s_max: f64,
    /// Seconds that a device may take for a group of documents before it counts as stuck.
    pub read_s_max: f64,
    /// Columns of lines that go to a device at a time; measured when it is opened without it.
    pub budget_px: Option<usize>,
    /// Streams of each GPU, 1 to 8.
    pub streams: Option<usize>,
    /// `auto`, `f32` or `int8`.
    pub precision: Option<String>,
    /// Whether Tesseract is asked about lines in doubt: `auto`, `on` or `off`.
    pub second_reader: Option<String>,
    /// The folder of the weights.
    pub models_dir: Option<PathBuf>,
    /// The policy file.
    pub policy: Option<PathBuf>,
    /// Threads that compute; also `WORKER_THREADS`.
    pub threads: Option<usize>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            device: None,
            canary_s: 60.0,
            rest_s_first: 5.0,
            rest_s_max: 300.0,
            read_s_max: 120.0,
            budget_px: None,
            streams: None,
            precision: None,
            second_reader: None,
            models_dir: None,
            policy: None,
            threads: None,
        }
    }
}

/// How a backfill runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackfillSettings {
    /// Folders that requests may name besides that of the request file.
    pub roots: Vec<PathBuf>,
    /// The tenant of documents that come without a request.
    pub tenant: String,
    /// Bytes of documents after which a batch is full.
    pub batch_bytes_max: u64,
    /// Seconds after which a batch goes on its way though it is not full.
    pub batch_age_s_max: f64,
}

impl Default for BackfillSettings {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            tenant: "local".to_owned(),
            batch_bytes_max: 64 << 20,
            batch_age_s_max: 1.0,
        }
    }
}

impl Settings {
    /// Reads the file, if there is one, and lays the variables over it.
    ///
    /// # Errors
    /// [`SettingsError`] names the file or the variable and what is wrong with it.
    pub fn load(file: Option<&Path>, variables: Variables) -> Result<Self, SettingsError> {
        let mut table = match file {
            Some(path) => Self::table(path)?,
            None => toml::Table::new(),
        };
        environment::lay_over(&mut table, variables)?;
        let settings: Self = table.try_into().map_err(|error: toml::de::Error| {
            let problem = error.message().to_owned();
            SettingsError::Value { origin: "the environment".to_owned(), problem }
        })?;
        settings.check()?;
        Ok(settings)
    }

    /// Until when a worker that was asked to end has ended, whatever hangs: the time to finish,
    /// that for the last commit, the last events and leaving the group, and that for the last
    /// spans.
    #[must_use]
    pub fn ends_within(&self) -> Duration {
        const LEAVING: Duration = Duration::from_secs(20);
        let settled_s = self.worker.grace_s_max + self.trace.flush_s_max;
        Duration::from_secs_f64(settled_s) + LEAVING
    }

    fn table(path: &Path) -> Result<toml::Table, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        let wrong =
            |source| SettingsError::Toml { path: path.to_owned(), source: Box::new(source) };
        let mut table: toml::Table = toml::from_str(&text).map_err(wrong)?;
        keys::check(&table, &path.display().to_string())?;
        // Read once more for what this error says: it knows the line of a wrong value.
        toml::from_str::<Self>(&text).map_err(wrong)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        keys::resolve_paths(&mut table, folder);
        Ok(table)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let wrong = |key: &str, problem: &str| {
            Err(SettingsError::Value { origin: key.to_owned(), problem: problem.to_owned() })
        };
        if self.engine.threads == Some(0) {
            return wrong("engine.threads", "must be at least 1");
        }
        let engine = &self.engine;
        let seconds = [
            ("engine.canary_s", engine.canary_s, 1.0),
            ("engine.rest_s_first", engine.rest_s_first, 0.1),
            ("engine.rest_s_max", engine.rest_s_max, 0.1),
            ("engine.read_s_max", engine.read_s_max, 1.0),
        ];
        for (key, seconds, min) in seconds {
            if !(min..=86_400.0).contains(&seconds) {
                return wrong(key, &format!("must lie between {min} and 86400 seconds"));
            }
        }
        if engine.budget_px == Some(0) {
            return wrong("engine.budget_px", "must be at least 1");
        }
        if engine.streams.is_some_and(|streams| !(1..=8).contains(&streams)) {
            return wrong("engine.streams", "must lie between 1 and 8");
        }
        if self.backfill.batch_bytes_max == 0 {
            return wrong("backfill.batch_bytes_max", "must be at least 1");
        }
        if !(0.0..=3600.0).contains(&self.backfill.batch_age_s_max) {
            return wrong("backfill.batch_age_s_max", "must lie between 0 and 3600");
        }
        if let Some((key, problem)) = self.problem() {
            return wrong(key, &problem);
        }
        Ok(())
    }

    fn problem(&self) -> Option<(&'static str, String)> {
        let of_services = || services::problem(self);
        of_services()
            .or_else(|| self.fetch.problem())
            .or_else(|| self.review.problem())
            .or_else(|| self.trace.problem())
    }
}

#[cfg(test)]
mod tests;
