//! What makes a result traceable: the program, the machine, the data, the models.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ivendor_core::verdict::Provenance;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::samples::{DataReference, file_name};
use crate::side::Ready;

/// Where a result comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// This program's version.
    pub version: String,
    /// The commit of the tree it was built in, with `+` where the tree differed from it; absent
    /// where that tree is gone.
    pub commit: Option<String>,
    /// When the measurement ended.
    pub date: Timestamp,
    /// The command line, paths reduced to their last part.
    pub command: Vec<String>,
    /// The machine.
    pub machine: Machine,
    /// Threads that each side computed with.
    pub threads: usize,
    /// The data set.
    pub data: DataReference,
    /// What of it, or of the comparison, was left out and why.
    pub left_out: Vec<String>,
    /// The engine: models, policy, device.
    pub engine: BTreeMap<String, String>,
    /// The peer and its libraries, where there was one.
    pub peer: Option<BTreeMap<String, String>>,
}

/// The machine of a measurement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Its cores, as far as this process may use them.
    pub cores: usize,
    /// The operating system and the architecture.
    pub system: String,
}

impl Metadata {
    /// The present program on this machine.
    #[must_use]
    pub fn now(data: DataReference, left_out: Vec<String>, threads: usize) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: commit(Path::new(env!("CARGO_MANIFEST_DIR"))),
            date: Timestamp::now(),
            command: command_line(std::env::args()),
            machine: Machine::this(),
            threads,
            data,
            left_out,
            engine: BTreeMap::new(),
            peer: None,
        }
    }

    /// With what the engine says of itself.
    #[must_use]
    pub fn with_provenance(mut self, provenance: &Provenance) -> Self {
        self.engine = provenance_details(provenance);
        self.engine.insert("version".to_owned(), provenance.engine.clone());
        self
    }

    /// With what our own process says of itself.
    #[must_use]
    pub fn with_ours(mut self, ready: &Ready) -> Self {
        self.engine = details(ready);
        self
    }

    /// With what the peer says of itself.
    #[must_use]
    pub fn with_peer(mut self, ready: Option<&Ready>) -> Self {
        self.peer = ready.map(details);
        self
    }

    /// The rows of a table: name and value.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, String)> {
        let documents: Vec<String> =
            self.data.documents.iter().map(|(subset, n)| format!("{subset} {n}")).collect();
        let mut rows = vec![
            ("program", format!("ivendor-bench {}", self.version)),
            ("commit", self.commit.clone().unwrap_or_else(|| "not known".to_owned())),
            ("date", self.date.to_string()),
            ("command", self.command.join(" ")),
            ("processor", format!("{}, {} cores", self.machine.cpu, self.machine.cores)),
            ("system", self.machine.system.clone()),
            ("threads", self.threads.to_string()),
            ("data", format!("{} ({})", self.data.name, documents.join(", "))),
            ("digest of the data", self.data.digest.clone()),
        ];
        if !self.left_out.is_empty() {
            rows.push(("left out", self.left_out.join("; ")));
        }
        let mut rows: Vec<(String, String)> =
            rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        rows.extend(self.engine.iter().map(|(k, v)| (format!("engine: {k}"), v.clone())));
        let peer = self.peer.iter().flatten();
        rows.extend(peer.map(|(k, v)| (format!("peer: {k}"), v.clone())));
        rows
    }
}

/// What made a verdict, name → value.
#[must_use]
pub fn provenance_details(provenance: &Provenance) -> BTreeMap<String, String> {
    let models = provenance.models.iter();
    let mut details: BTreeMap<String, String> =
        models.map(|(name, digest)| (format!("model.{name}"), digest.to_string())).collect();
    details.insert("policy".to_owned(), provenance.policy.name.clone());
    details.insert("policy.digest".to_owned(), provenance.policy.digest.to_string());
    details.insert("device".to_owned(), provenance.device.clone());
    details.insert("dtype".to_owned(), provenance.dtype.clone());
    details
}

fn details(ready: &Ready) -> BTreeMap<String, String> {
    let mut details = ready.details.clone();
    details.insert("name".to_owned(), ready.name.clone());
    details.insert("version".to_owned(), ready.version.clone());
    details
}

impl Machine {
    fn this() -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        Self { cpu: cpu_name(&cpuinfo), cores, system }
    }
}

fn cpu_name(cpuinfo: &str) -> String {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "not known".to_owned(), |(_, name)| name.trim().to_owned())
}

/// The commit of the tree around `folder`.
fn commit(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}+") })
}

/// The arguments with each path reduced to its last part: a result is passed around, and where a
/// person keeps things is nobody's business.
fn command_line(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let reduced = |argument: String| {
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (format!("{flag}="), value.to_owned()),
            _ => (String::new(), argument),
        };
        let is_path = value.contains('/') || value.contains('\\');
        if is_path { format!("{flag}{}", file_name(Path::new(&value))) } else { flag + &value }
    };
    arguments.map(reduced).collect()
}

/// Writes a result as JSON, in place of what stood there.
///
/// # Errors
/// [`BenchError::Io`] where it cannot be written.
pub fn write_json(path: &Path, result: &impl Serialize) -> Result<(), BenchError> {
    let mut text = serde_json::to_string_pretty(result)
        .map_err(|e| BenchError::write(path, std::io::Error::other(e)))?;
    text.push('\n');
    std::fs::write(path, text).map_err(|e| BenchError::write(path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_keeps_its_flags_and_loses_its_folders() {
        let given = ["/a/b/ivendor-bench", "accuracy", "--data", "../x/data", "--json=/y/a.json"];
        let reduced = command_line(given.iter().map(|&a| a.to_owned()));
        assert_eq!(reduced, ["ivendor-bench", "accuracy", "--data", "data", "--json=a.json"]);
    }

    #[test]
    fn the_processor_is_named_where_the_system_names_it() {
        assert_eq!(cpu_name("vendor_id\t: X\nmodel name\t: A 9 CPU\n"), "A 9 CPU");
        assert_eq!(cpu_name("Processor: 0"), "not known");
    }

    #[test]
    fn a_folder_outside_any_tree_has_no_commit() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(commit(folder.path()), None);
    }
}
