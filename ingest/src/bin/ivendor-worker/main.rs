//! The node daemon: `ivendor-worker`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use ivendor_fetch::Documents;
use ivendor_ingest::engine_choices::EngineChoices;
use ivendor_ingest::error::{Exit, RunError};
use ivendor_ingest::stop::Stop;
use ivendor_ingest::voice::Voice;
use ivendor_ingest::worker::cli::{Cli, Command};
use ivendor_ingest::worker::{Worker, check, migrate};
use ivendor_settings::{Settings, Variables};
use ivendor_verify::engine::Engine;
use ivendor_verify::second::limit_threads;

/// Many threads decode and crop at once; this allocator keeps their memory from piling up.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything else: Tesseract on several threads a line is six times slower than on one.
    limit_threads();
    let cli = Cli::parse();
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "ivendor-worker", &mut script);
        // A reader that has gone away needs no completions.
        let _ = io::stdout().write_all(&script);
        return ExitCode::SUCCESS;
    }
    match go(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(error.exit().code())
        }
    }
}

fn go(cli: Cli) -> Result<Exit, RunError> {
    let variables: Variables = std::env::vars_os().collect();
    let mut settings = Settings::load(cli.config.as_deref(), variables.clone())?;
    let voice = Voice::new(false);
    let _telemetry = voice.log("ivendor-worker", (&settings.log, &settings.trace))?;
    match cli.command {
        Command::Run => {
            let stop = Stop::listen()?;
            stop.ends_within(settings.ends_within())?;
            if let Some(threads) = settings.engine.threads {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
                pool.map_err(|error| RunError::Internal(format!("no threads: {error}")))?;
            }
            let fetch = Documents::open(&settings.fetch, settings.limits.bytes_max, &variables)?;
            let config = EngineChoices::default().lay_over(&mut settings)?;
            let engine = Engine::open(config)?;
            voice.say(&format!(
                "ivendor-worker on {}: {} of {}",
                engine.provenance().device,
                settings.kafka.topic,
                settings.kafka.brokers.as_deref().unwrap_or_default(),
            ));
            let worker = Worker { settings, verifier: Box::new(engine), fetch };
            worker.run(stop.flag())?;
            Ok(Exit::Done)
        }
        Command::Migrate { shards } => {
            for line in migrate::migrate(&settings.store, &shards)? {
                voice.say(&line);
            }
            Ok(Exit::Done)
        }
        Command::Check { device } => {
            let (findings, exit) = check(settings, device)?;
            for finding in findings {
                voice.say(&match finding.how {
                    Ok(how) => format!("ok     {}: {how}", finding.what),
                    Err(problem) => format!("wrong  {}: {problem}", finding.what),
                });
            }
            Ok(exit)
        }
        Command::Completions { .. } => Ok(Exit::Done),
    }
}
