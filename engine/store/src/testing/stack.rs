//! A private stack of services, started by `scripts/stack` as a person does, in a folder of its
//! own. It ends with the value, and with the process however that ends.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::error::StoreError;
use crate::settings::{Address, StoreSettings};

/// A stack that is up.
#[derive(Debug)]
pub struct Stack {
    folder: TempDir,
    services: Vec<Service>,
}

/// One of its services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `reference`, `shard-N` or `broker`.
    pub name: String,
    /// Where it is: `host:port/database`, or `host:port` for the broker.
    pub address: String,
    /// Its process, where it runs.
    pub process: Option<u32>,
}

impl Stack {
    /// Starts a reference database and `shards` shards, and waits until they answer.
    ///
    /// # Errors
    /// Where the script fails; its messages stand on standard error.
    pub fn start(shards: u16) -> io::Result<Self> {
        Self::up(shards, 0)
    }

    /// The same with a broker of Apache Kafka, which has no topics yet.
    ///
    /// # Errors
    /// As [`Stack::start`].
    pub fn with_broker(shards: u16) -> io::Result<Self> {
        Self::up(shards, 1)
    }

    fn up(shards: u16, brokers: u16) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("ivendor-stack-").tempdir()?;
        let owner = std::process::id().to_string();
        let mut stack = Self { folder, services: Vec::new() };
        let (shards, brokers) = (shards.to_string(), brokers.to_string());
        let wanted = ["up", "--shards", &shards, "--brokers", &brokers, "--owner", &owner];
        stack.services = stack.run(&wanted)?;
        Ok(stack)
    }

    /// Starts again what does not run any more.
    ///
    /// # Errors
    /// As [`Stack::start`].
    pub fn restart(&self) -> io::Result<Vec<Service>> {
        self.run(&["up"])
    }

    /// The services as they are now.
    ///
    /// # Errors
    /// As [`Stack::start`].
    pub fn status(&self) -> io::Result<Vec<Service>> {
        self.run(&["status"])
    }

    /// The services as they were started, the reference database first.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The databases among them, by the name of their service.
    pub fn databases(&self) -> impl Iterator<Item = (&str, Address)> {
        let database = |service: &Service| service.address.parse().ok();
        self.services.iter().filter_map(move |s| Some((s.name.as_str(), database(s)?)))
    }

    /// Where the broker is, as `host:port`, if the stack has one.
    #[must_use]
    pub fn broker(&self) -> Option<&str> {
        let broker = self.services.iter().find(|service| service.name == "broker");
        broker.map(|service| service.address.as_str())
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How to reach the database of the stack's reference service.
    #[must_use]
    pub fn settings(&self) -> StoreSettings {
        let reference = self.databases().find(|(name, _)| *name == "reference");
        StoreSettings {
            reference: reference.map(|(_, address)| address),
            password_file: Some(self.folder.path().join("password")),
            ..StoreSettings::default()
        }
    }

    fn run(&self, arguments: &[&str]) -> io::Result<Vec<Service>> {
        let output = Command::new(script())
            .args(arguments)
            .arg("--dir")
            .arg(self.folder.path())
            .stderr(std::process::Stdio::inherit())
            .output()?;
        if !output.status.success() {
            let problem = format!("scripts/stack {}: {}", arguments.join(" "), output.status);
            return Err(io::Error::other(problem));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().map(|line| Service::read(line).map_err(io::Error::other)).collect()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Err(error) = self.run(&["wipe"]) {
            tracing::warn!(%error, "the stack cannot be ended");
        }
    }
}

impl Service {
    /// Reads a line of `scripts/stack status`.
    fn read(line: &str) -> Result<Self, StoreError> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (&[name, address, ..], process) = (fields.as_slice(), fields.get(3)) else {
            return Err(StoreError::Usage(format!("the stack's status says {line:?}")));
        };
        if address.parse::<SocketAddr>().is_err() {
            address.parse::<Address>()?;
        }
        let process = process.and_then(|number| number.parse().ok());
        Ok(Self { name: name.to_owned(), address: address.to_owned(), process })
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/stack")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_status_is_read() {
        let up = Service::read("shard-0 127.0.0.1:20001/ivendor up 4711").unwrap();
        assert_eq!((up.name.as_str(), up.process), ("shard-0", Some(4711)));
        assert_eq!(up.address, "127.0.0.1:20001/ivendor");
        let broker = Service::read("broker 127.0.0.1:20002 up 4712").unwrap();
        assert_eq!((broker.address.as_str(), broker.process), ("127.0.0.1:20002", Some(4712)));
        assert_eq!(Service::read("reference 127.0.0.1:1/a down").unwrap().process, None);
        for garbage in ["", "shard-0", "shard-0 nowhere up 1", "broker 127.0.0.1:x up 1"] {
            assert!(Service::read(garbage).is_err(), "{garbage}");
        }
    }
}
