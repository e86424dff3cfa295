//! The hidden subcommand `run-ours`: this project's engine behind the protocol of [`crate::side`].

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Args;
use ivendor_core::verdict::{TimingsMs, Verdict};

use crate::error::BenchError;
use crate::metadata::provenance_details;
use crate::ours::{EngineArgs, Ours, Task, failure, lines};
use crate::side::{DocumentRead, Done, Message, Ready};

/// Arguments of the hidden subcommand.
#[derive(Debug, Clone, Default, Args)]
pub struct RunOursArgs {
    /// Threads to compute with
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where and with what
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// This program, started as the reader of this project.
///
/// # Errors
/// Where the program does not find itself.
pub fn command(args: &RunOursArgs) -> Result<Command, BenchError> {
    let program = std::env::current_exe()
        .map_err(|e| BenchError::side("ivendor", format!("does not find itself: {e}")))?;
    let mut command = Command::new(program);
    command.args(["run-ours", "--threads", &args.threads.to_string()]);
    command.args(["--device", &args.engine.device.to_string()]);
    command.args(["--precision", &args.engine.precision.to_string()]);
    command.args(["--second-reader", &args.engine.second_reader.to_string()]);
    if let Some(models) = &args.engine.models {
        command.arg("--models").arg(models);
    }
    Ok(command)
}

/// Serves the protocol on standard input and output until the input ends.
///
/// # Errors
/// Where the engine does not open or the other end is gone.
pub fn run(args: &RunOursArgs) -> Result<(), BenchError> {
    let broken = |e: io::Error| BenchError::side("ivendor", format!("lost its reader: {e}"));
    crate::use_threads(args.threads)?;
    let begin = Instant::now();
    let ours = Ours::open(&args.engine)?;
    let ready = ready(&ours, begin.elapsed().as_secs_f64());
    let mut out = io::BufWriter::new(io::stdout().lock());
    send(&mut out, &Message::Ready(ready)).map_err(broken)?;
    let mut group: Vec<PathBuf> = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(broken)?;
        if !line.is_empty() {
            group.push(line.into());
            continue;
        }
        for batch in group.chunks(ours.batch_documents()) {
            for verdict in ours.verify(batch.iter().map(|path| task(path)).collect()) {
                send(&mut out, &Message::Document(document(&verdict))).map_err(broken)?;
            }
        }
        send(&mut out, &Message::Done(Done {})).map_err(broken)?;
        group.clear();
    }
    Ok(())
}

fn task(path: &Path) -> Task<'_> {
    let (document_type, claims) = ("other", BTreeMap::new());
    Task { id: "document", path, document_type, claims, submitted_at: None }
}

fn ready(ours: &Ours, load_s: f64) -> Ready {
    let details = provenance_details(&ours.provenance);
    let version = ours.provenance.engine.clone();
    Ready { name: "ivendor".to_owned(), version, details, load_s }
}

fn document(verdict: &Verdict) -> DocumentRead {
    let TimingsMs { fetch, decode, detect, recognise, check, total } = verdict.timings_ms;
    let stages = [
        ("fetch", fetch),
        ("decode", decode),
        ("detect", detect),
        ("recognise", recognise),
        ("check", check),
        ("total", total),
    ];
    DocumentRead {
        lines: lines(verdict),
        pages: verdict.pages.as_ref().map_or(0, |pages| pages.len() as u64),
        error: failure(verdict).map(str::to_owned),
        timings_ms: stages.map(|(name, ms)| (name.to_owned(), ms)).into(),
    }
}

fn send(out: &mut impl Write, message: &Message) -> io::Result<()> {
    serde_json::to_writer(&mut *out, message)?;
    out.write_all(b"\n")?;
    out.flush()
}
