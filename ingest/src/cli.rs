//! The command line of `ivendor-backfill`.

mod queue;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use ivendor_verify::device::{DeviceChoice, PrecisionChoice};
use ivendor_verify::second::SecondChoice;

pub use queue::{EnqueueArguments, QueueArguments, RedriveArguments, StatusArguments};

const EXAMPLES: &str = "\
Examples:
  ivendor-backfill verify requests.jsonl --output verdicts.jsonl
      Verifies the requests, one JSON object a line, into a file.
  ivendor-backfill verify requests.jsonl --output verdicts.jsonl --resume
      Goes on after an interrupted run; no line is repeated or lost.
  ivendor-backfill verify scans/ --type receipt | jq .decision
      Verifies every document of a folder.
  ivendor-backfill verify scan.jpg --type receipt --claims total=9.00 date=2018-12-25 --explain
      Tells a person about one document.
  producer | ivendor-backfill verify - > verdicts.jsonl
      Takes the requests from a pipe.
  ivendor-backfill enqueue requests.jsonl --brokers kafka:9092
      Sends the requests to the queue, for the workers.
  ivendor-backfill status --watch
      Tells how far the workers are.
  ivendor-backfill completions bash > /etc/bash_completion.d/ivendor-backfill

Exit codes:
  0    done; a document that is damaged, gone or wrong has its verdict and counts as done
  1    done, but request lines could not be read, or the engine failed on documents
  2    wrong usage or configuration, or the device is not there
  3    something the run needs is away (the broker, the database, a full disk, an input that
       cannot be read any further)
  130  stopped by Ctrl-C or a signal; --resume goes on";

/// Verifies many documents from the command line.
#[derive(Debug, Parser)]
#[command(name = "ivendor-backfill", version, about, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify documents here, without a server: one verdict a line, in the order of the requests.
    #[command(after_help = EXAMPLES)]
    Verify(Box<VerifyArguments>),
    /// Send requests to the queue, for the workers.
    #[command(after_help = queue::ENQUEUE_EXAMPLES)]
    Enqueue(EnqueueArguments),
    /// Tell how far the workers are with the queue.
    #[command(after_help = queue::STATUS_EXAMPLES)]
    Status(StatusArguments),
    /// Put dead letters back on the queue.
    #[command(after_help = queue::REDRIVE_EXAMPLES)]
    Redrive(RedriveArguments),
    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Request files (*.jsonl; - is standard input), folders and documents, in any mixture.
    #[arg(required = true, value_name = "REQUESTS.jsonl|FOLDER|FILE")]
    pub inputs: Vec<PathBuf>,
    /// The type of the documents in folders and files.
    #[arg(long = "type", value_name = "TYPE", help_heading = "Documents without a request")]
    pub document_type: Option<String>,
    /// What these documents are said to show; put the inputs first.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., value_parser = claim)]
    #[arg(help_heading = "Documents without a request")]
    pub claims: Vec<(String, String)>,
    /// The tenant of these documents [default: local]
    #[arg(long, help_heading = "Documents without a request")]
    pub tenant: Option<String>,
    /// Write the verdicts to this file instead of standard output; lines that are no request go
    /// to OUTPUT.rejected.jsonl
    #[arg(long, value_name = "OUTPUT", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Go on where an earlier run on the same requests stopped.
    #[arg(long, requires = "output", help_heading = "Output")]
    pub resume: bool,
    /// Replace what the output holds.
    #[arg(long, requires = "output", conflicts_with = "resume", help_heading = "Output")]
    pub force: bool,
    /// Put the text of the pages into the verdicts.
    #[arg(long, help_heading = "Output")]
    pub text: bool,
    /// Explain each verdict to a person, on standard output.
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Write a picture of each page with the evidence drawn in.
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub overlay: Option<PathBuf>,
    /// Draw no progress bar.
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,
    /// Where to compute: auto, cpu or cuda:N [default: auto]
    #[arg(long, value_name = "DEVICE", help_heading = "Engine")]
    pub device: Option<DeviceChoice>,
    /// How the large products are computed: auto, f32 or int8 [default: auto]
    #[arg(long, value_name = "PRECISION", help_heading = "Engine")]
    pub precision: Option<PrecisionChoice>,
    /// Ask Tesseract about lines in doubt: auto, on or off [default: auto]
    #[arg(long, value_name = "CHOICE", help_heading = "Engine")]
    pub second_reader: Option<SecondChoice>,
    /// Threads that compute [default: all cores]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Engine")]
    pub threads: Option<usize>,
    /// Send what came before in this run under another identifier, in bytes or in looks, to a
    /// person. A run that is resumed cannot know what came before it.
    #[arg(long, conflicts_with = "resume", help_heading = "Engine")]
    pub duplicates: bool,
    /// The folder of the weights.
    #[arg(long, value_name = "FOLDER", help_heading = "Engine")]
    pub models: Option<PathBuf>,
    /// The policy file.
    #[arg(long, value_name = "FILE", help_heading = "Engine")]
    pub policy: Option<PathBuf>,
    /// Another folder from which requests may name documents, besides that of the request file.
    #[arg(long = "root", value_name = "FOLDER", help_heading = "Configuration")]
    pub roots: Vec<PathBuf>,
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "IVENDOR_CONFIG", help_heading = "Configuration")]
    pub config: Option<PathBuf>,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a claim is KEY=VALUE; inputs stand before --claims".to_owned()),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number from 1 up".to_owned()),
        Ok(threads) => Ok(threads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_told_apart_from_right_usage() {
        let cases: [(&str, &[&str], bool); 20] = [
            ("one input", &["verify", "a"], true),
            ("many claims", &["verify", "a", "--claims", "x=1", "y=2=3"], true),
            ("no input", &["verify"], false),
            ("claim without a value", &["verify", "a", "--claims", "x"], false),
            ("claim without a key", &["verify", "a", "--claims", "=x"], false),
            ("resume without output", &["verify", "a", "--resume"], false),
            ("resume and force", &["verify", "a", "--output", "o", "--resume", "--force"], false),
            ("no device", &["verify", "a", "--device", "gpu"], false),
            ("no threads", &["verify", "a", "--threads", "0"], false),
            ("requests to send", &["enqueue", "a", "b", "--topic", "t", "--resume"], true),
            ("nothing to send", &["enqueue"], false),
            ("send anew and go on", &["enqueue", "a", "--resume", "--force"], false),
            ("a look", &["status", "--json", "--watch", "--group", "g"], true),
            ("letters", &["redrive", "--code", "a", "--code", "b", "--tenant", "t"], true),
            ("letters of a day", &["redrive", "--since", "24h", "--dry-run", "--limit", "9"], true),
            ("no letters", &["redrive", "--limit", "0"], false),
            ("letters from nowhere", &["redrive", "--from-offset", "-1"], false),
            ("two starts", &["redrive", "--from-offset", "1", "--since", "2h"], false),
            ("no time", &["redrive", "--since", "soon"], false),
            ("no shell", &["completions", "cmd"], false),
        ];
        for (name, arguments, good) in cases {
            let all = ["ivendor-backfill"].iter().chain(arguments);
            assert_eq!(Cli::try_parse_from(all).is_ok(), good, "{name}");
        }
    }
}
