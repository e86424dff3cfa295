//! The arguments of what works on the queue: `enqueue`, `status` and `redrive`.

use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

/// The examples of `enqueue`.
pub(super) const ENQUEUE_EXAMPLES: &str = "\
A uri that is relative is sent as a file: URI below the folder of its request file (for standard
input: the working folder), since who reads the queue does not know that folder. Everything else
in a line is sent byte for byte. Lines that are no request go to REQUESTS.jsonl.rejected.jsonl.

How far a file is sent stands in REQUESTS.jsonl.enqueued. After a run that ended early --resume
goes on there; requests that were on their way just then may be sent twice, which changes nothing.

Examples:
  ivendor-backfill enqueue requests.jsonl --brokers kafka:9092
  ivendor-backfill enqueue january.jsonl february.jsonl --resume
  producer | ivendor-backfill enqueue -";

/// The examples of `status`.
pub(super) const STATUS_EXAMPLES: &str = "\
Decisions are told where store.reference is configured.

Examples:
  ivendor-backfill status
  ivendor-backfill status --watch
  ivendor-backfill status --json | jq .lag";

/// The examples of `redrive`.
pub(super) const REDRIVE_EXAMPLES: &str = "\
Letters go to the queue with key and bytes unchanged. What went is remembered beside the letters,
in the topic DEAD_LETTER_TOPIC.redriven, so that no later run sends it again; letters that fail once
more come back as new ones. A run that is killed may leave up to 1000 letters that went and are not
remembered yet: they go again, which changes nothing, since a result is stored once.

Examples:
  ivendor-backfill redrive --dry-run
  ivendor-backfill redrive --code content.unreachable --since 2h
  ivendor-backfill redrive --tenant acme --limit 1000";

/// How the queue is reached.
#[derive(Debug, Args)]
pub struct QueueArguments {
    /// The brokers, as host:port, separated by commas [default: KAFKA_BROKERS]
    #[arg(long, value_name = "HOST:PORT,…", help_heading = "Configuration")]
    pub brokers: Option<String>,
    /// The topic of the requests [default: KAFKA_TOPIC, or verification.queue]
    #[arg(long, help_heading = "Configuration")]
    pub topic: Option<String>,
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "IVENDOR_CONFIG", help_heading = "Configuration")]
    pub config: Option<PathBuf>,
}

/// The arguments of `enqueue`.
#[derive(Debug, Args)]
pub struct EnqueueArguments {
    /// Request files; - is standard input.
    #[arg(required = true, value_name = "REQUESTS.jsonl")]
    pub inputs: Vec<PathBuf>,
    /// Go on where an earlier run on the same files stopped.
    #[arg(long)]
    pub resume: bool,
    /// Send everything, whatever an earlier run has sent.
    #[arg(long, conflicts_with = "resume")]
    pub force: bool,
    /// Draw no progress bar.
    #[arg(long)]
    pub no_progress: bool,
    /// How the queue is reached.
    #[command(flatten)]
    pub queue: QueueArguments,
}

/// The arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// The consumer group of the workers [default: ivendor-worker]
    #[arg(long)]
    pub group: Option<String>,
    /// Look again every second until stopped.
    #[arg(long)]
    pub watch: bool,
    /// One JSON object a look, for programs.
    #[arg(long)]
    pub json: bool,
    /// How the queue is reached.
    #[command(flatten)]
    pub queue: QueueArguments,
}

/// The arguments of `redrive`.
#[derive(Debug, Args)]
pub struct RedriveArguments {
    /// Only letters with this error code; may be given more than once.
    #[arg(long = "code", value_name = "CODE", help_heading = "Which letters")]
    pub codes: Vec<String>,
    /// Only letters of this tenant; may be given more than once.
    #[arg(long = "tenant", value_name = "TENANT", help_heading = "Which letters")]
    pub tenants: Vec<String>,
    /// Only letters from this offset on, in each partition of the dead-letter topic.
    #[arg(long, value_name = "OFFSET", value_parser = clap::value_parser!(i64).range(0..))]
    #[arg(help_heading = "Which letters")]
    pub from_offset: Option<i64>,
    /// Only letters that were written since: a time (2026-01-31T12:00:00Z) or how long ago (2h)
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "from_offset")]
    #[arg(help_heading = "Which letters")]
    pub since: Option<Timestamp>,
    /// At most so many letters.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    #[arg(help_heading = "Which letters")]
    pub limit: Option<u64>,
    /// Send nothing; tell what would go.
    #[arg(long)]
    pub dry_run: bool,
    /// The counts as one JSON object, for programs.
    #[arg(long)]
    pub json: bool,
    /// How the queue is reached.
    #[command(flatten)]
    pub queue: QueueArguments,
}

fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let ago = text.parse::<SignedDuration>().ok().filter(|ago| !ago.is_negative());
    ago.and_then(|ago| Timestamp::now().checked_sub(ago).ok())
        .ok_or_else(|| "must be a time like 2026-01-31T12:00:00Z or a span like 2h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_takes_a_time_or_how_long_ago() {
        let time = since("2026-01-31T12:00:00Z").unwrap();
        assert_eq!(time.to_string(), "2026-01-31T12:00:00Z");
        let time = since("2h 30m").unwrap();
        let ago = Timestamp::now().duration_since(time);
        assert!((9000..9010).contains(&ago.as_secs()), "{ago}");
        for garbage in ["", "yesterday", "-2h", "2026-01-31", "2h ago2", "999999999999h"] {
            assert!(since(garbage).is_err(), "{garbage}");
        }
    }
}
