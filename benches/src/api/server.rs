//! The program that is measured: `ivendor-review`, started as a person does.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use ivendor_store::settings::StoreSettings;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::failed;
use crate::error::BenchError;

/// What one token may ask, at once and in a minute.
const REQUESTS_OF_ONE_MAX: &str = "4000000000";

/// A server that ends with this value.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts the program over these databases, with so many connections to each.
    pub(super) fn start(
        program: Option<PathBuf>,
        settings: &StoreSettings,
        connections: u32,
    ) -> Result<Self, BenchError> {
        let program = program.map_or_else(beside, Ok)?;
        let broken = |error| {
            let hint = "build it with cargo build --release -p ivendor-api, or name it: --server";
            failed("start ivendor-review", format!("{}: {error}; {hint}", program.display()))
        };
        let reference = settings.reference.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--store-reference", &reference]);
        command.args(["--store-connections-max", &connections.to_string()]);
        // A few tokens ask for everybody here, so what one token may ask must not be the bound.
        command.env("IVENDOR_REVIEW_REQUESTS_OF_ONE_AT_ONCE", REQUESTS_OF_ONE_MAX);
        command.env("IVENDOR_REVIEW_REQUESTS_OF_ONE_PER_MINUTE", REQUESTS_OF_ONE_MAX);
        if let Some(path) = &settings.password_file {
            command.arg("--store-password-file").arg(path);
        }
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(broken)?;
        let silent = || failed("start ivendor-review", "it has no standard error");
        let mut said = BufReader::new(child.stderr.take().ok_or_else(silent)?);
        let mut line = String::new();
        let read = said.read_line(&mut line);
        let address = line.trim().rsplit_once("http://").and_then(|(_, at)| at.parse().ok());
        let Some(address) = address.filter(|_| read.is_ok()) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(failed("start ivendor-review", line));
        };
        // What it says later is for whoever watches.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::stderr()));
        Ok(Self { child, address })
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program in the folder of this one.
fn beside() -> Result<PathBuf, BenchError> {
    let me = std::env::current_exe().map_err(|e| failed("find ivendor-review", e))?;
    Ok(me.with_file_name("ivendor-review"))
}

/// Lets this process and the ones that it starts open so many files; a connection is one on each
/// side.
pub(super) fn allow_files(wanted: u64) -> Result<(), BenchError> {
    let broken = |error| failed("raise the limit of open files", error);
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(broken)?;
    if hard < wanted {
        let problem = format!("{wanted} are wanted, {hard} are allowed here; see ulimit -Hn");
        return Err(failed("open enough files", problem));
    }
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(wanted), hard).map_err(broken)
}
