//! The batch program: `ivendor-backfill`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use ivendor_ingest::backfill;
use ivendor_ingest::cli::{Cli, Command};
use ivendor_verify::second::limit_threads;

/// Many threads decode and crop at once; this allocator keeps their memory from piling up.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything else: Tesseract on several threads a line is six times slower than on one.
    limit_threads();
    let exit = match Cli::parse().command {
        Command::Verify(arguments) => backfill::verify(*arguments),
        Command::Enqueue(arguments) => backfill::enqueue(&arguments),
        Command::Status(arguments) => backfill::status(&arguments),
        Command::Redrive(arguments) => backfill::redrive(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "ivendor-backfill", &mut script);
            // A reader that has gone away needs no completions.
            let _ = io::stdout().write_all(&script);
            return ExitCode::SUCCESS;
        }
    };
    match exit {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(error.exit().code())
        }
    }
}
