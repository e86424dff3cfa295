//! `ivendor-worker` with an engine that reads nothing: for tests that kill it, and for measures.
//!
//! `FAKE_TAKES_US` is what each document takes, in microseconds. With `FAKE_DEVICE` (such as
//! `lost@0,passing@7`, or nothing) the engine is the real one, on a device that fails at these
//! calls.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use ivendor_fetch::Documents;
use ivendor_ingest::engine_choices::EngineChoices;
use ivendor_ingest::error::RunError;
use ivendor_ingest::stop::Stop;
use ivendor_ingest::voice::Voice;
use ivendor_ingest::worker::Worker;
use ivendor_ingest::worker::fake::FakeEngine;
use ivendor_ingest::worker::verifier::Verifier;
use ivendor_settings::{Settings, Variables};
use ivendor_verify::device::faulty::Faults;
use ivendor_verify::engine::Engine;

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
    let mut settings = Settings::load(None, variables.clone())?;
    let voice = Voice::new(false);
    let _telemetry = voice.log("ivendor-worker", (&settings.log, &settings.trace))?;
    let verifier: Box<dyn Verifier> = match std::env::var("FAKE_DEVICE") {
        Ok(script) => Box::new(failing(&script, &mut settings)?),
        Err(_) => {
            let takes = std::env::var("FAKE_TAKES_US").ok().and_then(|us| us.parse().ok());
            Box::new(FakeEngine::taking(Duration::from_micros(takes.unwrap_or(0))))
        }
    };
    let fetch = Documents::open(&settings.fetch, settings.limits.bytes_max, &variables)?;
    let stop = Stop::listen()?;
    stop.ends_within(settings.ends_within())?;
    Worker { settings, verifier, fetch }.run(stop.flag())
}

/// The real engine on a device that fails when the script says so.
fn failing(script: &str, settings: &mut Settings) -> Result<Engine, RunError> {
    let config = EngineChoices::default().lay_over(settings)?;
    let faults = Arc::new(Faults::default());
    let engine = Engine::open_faulty(config, slice::from_ref(&faults))?;
    faults.script(script).map_err(RunError::Usage)?;
    Ok(engine)
}
