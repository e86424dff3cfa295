//! `ivendor-bench`: draws documents and measures the engine on them or on real ones.

use std::io;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use ivendor_bench::error::BenchError;
use ivendor_bench::{
    Ending, accuracy, api, fit, generate, gpu_model, ingest, latency, report, run_ours, throughput,
};
use ivendor_verify::second::limit_threads;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXAMPLES: &str = "\
Examples:
  ivendor-bench generate --out DIR --count 40 --seed 1
  ivendor-bench accuracy --data DIR --json accuracy.json --worst
  ivendor-bench accuracy --data DIR --json receipts.json --subset receipts --limit 30
  ivendor-bench accuracy --data DIR --json all.json --labelled all.jsonl --fit policy.toml
  ivendor-bench fit all.jsonl decided.jsonl --out policy.toml
  ivendor-bench throughput --data DIR --json throughput.json --subset receipts --limit 20
  ivendor-bench latency --data DIR --json latency.json --limit 20
  ivendor-bench ingest --messages 100000 --json ingest.json
  ivendor-bench outage --away-s 60 --json outage.json
  ivendor-bench api --cases 1000000 --shards 4 --json api.json
  ivendor-bench gpu-model --counts counts.json --documents 8 --json model.json
  ivendor-bench overhead --data DIR --limit 100 --json overhead.json
  ivendor-bench report accuracy.json throughput.json latency.json --out report.md
  ivendor-bench completions bash > /etc/bash_completion.d/ivendor-bench

The peer (RapidOCR) is set up by ./scripts/peers; without it only this project is measured.
Exit codes: 0 done; 1 done, but some documents could not be processed; 2 wrong usage, data or
configuration.";

/// Draws documents of known truth and measures the engine: reading, decisions, speed, memory
#[derive(Debug, Parser)]
#[command(name = "ivendor-bench", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Documents of known truth, with true and false claims about them
    Generate(generate::GenerateArgs),
    /// What is read and what is decided, against known truth and beside the peer
    Accuracy(accuracy::AccuracyArgs),
    /// A policy from labelled verdicts, and how well it would decide
    Fit(fit::command::FitArgs),
    /// Documents a second and peak memory, in turns with the peer
    Throughput(throughput::ThroughputArgs),
    /// Cold start to the first verdict, and milliseconds a document
    Latency(latency::LatencyArgs),
    /// Messages a second from the queue to the shards, beside the parts alone
    Ingest(ingest::IngestArgs),
    /// What an outage of one shard does to the documents of the others
    Outage(ingest::outage::OutageArgs),
    /// How the review queue answers over HTTP when many ask at once
    Api(api::ApiArgs),
    /// What a batch would take on a GPU, computed from counts of the emulated device
    GpuModel(gpu_model::GpuModelArgs),
    /// What the way from the queue to the shards costs beside the engine alone
    Overhead(ingest::overhead::OverheadArgs),
    /// One Markdown page out of the JSON files
    Report(report::ReportArgs),
    /// Completions for a shell, to standard output
    Completions(CompletionsArgs),
    /// This project's reader behind a pipe, for throughput and latency
    #[command(hide = true)]
    RunOurs(run_ours::RunOursArgs),
}

#[derive(Debug, Args)]
struct CompletionsArgs {
    shell: Shell,
}

fn main() -> ExitCode {
    // Before anything else: Tesseract on several threads a line is six times slower than on one.
    limit_threads();
    match run(Cli::parse().command) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::SomeFailed) => ExitCode::from(1),
        Err(error) => {
            let text = format!("error: {error:#}\n");
            let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<Ending, BenchError> {
    match command {
        Command::Generate(args) => generate::run(&args),
        Command::Accuracy(args) => accuracy::run(&args),
        Command::Fit(args) => fit::command::run(&args),
        Command::Throughput(args) => throughput::run(&args),
        Command::Latency(args) => latency::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Outage(args) => ingest::outage::run(&args),
        Command::Api(args) => api::run(&args),
        Command::GpuModel(args) => gpu_model::run(&args),
        Command::Overhead(args) => ingest::overhead::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Completions(args) => {
            let mut command = Cli::command();
            clap_complete::generate(args.shell, &mut command, "ivendor-bench", &mut io::stdout());
            Ok(Ending::Done)
        }
        Command::RunOurs(args) => run_ours::run(&args).map(|()| Ending::Done),
    }
}
