//! `ivendor-worker` with an engine that reads nothing: for tests that kill it, and for measures.
//!
//! `FAKE_TAKES_US` is what each document takes, in microseconds.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use ivendor_fetch::Documents;
use ivendor_ingest::error::RunError;
use ivendor_ingest::stop::Stop;
use ivendor_ingest::voice::Voice;
use ivendor_ingest::worker::Worker;
use ivendor_ingest::worker::fake::FakeEngine;
use ivendor_settings::{Settings, Variables};

fn main() -> ExitCode {
    match go() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(error.exit().code())
        }
    }
}

fn go() -> Result<(), RunError> {
    let variables: Variables = std::env::vars_os().collect();
    let settings = Settings::load(None, variables.clone())?;
    Voice::new(false).log(&settings.log).map_err(RunError::Usage)?;
    let takes = std::env::var("FAKE_TAKES_US").ok().and_then(|us| us.parse().ok()).unwrap_or(0);
    let engine = FakeEngine::taking(Duration::from_micros(takes));
    let fetch = Documents::open(&settings.fetch, settings.limits.bytes_max, &variables)?;
    let stop = Stop::listen()?;
    stop.ends_within(settings.worker.ends_within())?;
    Worker { settings, verifier: Box::new(engine), fetch }.run(stop.flag())
}
