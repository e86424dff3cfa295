//! The command line of `ivendor-worker`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use ivendor_verify::device::DeviceChoice;

const EXAMPLES: &str = "\
Examples:
  ivendor-worker migrate --config ivendor.toml
      Brings the reference database and every shard up to this program's schema.
  ivendor-worker check --config ivendor.toml
      Says of the configuration, the device, the broker and each shard whether it is ready.
  ivendor-worker check --device cuda:0
      Says what the GPU is and how far its results lie from the CPU's, or what is missing.
  KAFKA_BROKERS=kafka:9092 IVENDOR_STORE_REFERENCE=db:5432/ivendor ivendor-worker run
      Verifies what comes in, until it is asked to end (SIGTERM, Ctrl-C).

Exit codes:
  0    done
  2    wrong usage or configuration, or the device is not there
  3    the broker or a database is away
  130  asked to end, but not done within the time for it; nothing is lost";

/// Verifies documents from Kafka and stores the verdicts in sharded PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "ivendor-worker", version, about, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "IVENDOR_CONFIG", global = true)]
    pub config: Option<PathBuf>,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify what comes in, until asked to end.
    Run,
    /// Bring the reference database and the shards up to this program's schema.
    Migrate {
        /// Add a shard first, or change its address: its number and host:port/database.
        #[arg(long = "shard", value_name = "N=HOST:PORT/DATABASE", value_parser = shard)]
        shards: Vec<(u16, String)>,
    },
    /// Say whether everything that the worker needs is ready.
    Check {
        /// The device to look at: auto, cpu, cuda:N or cuda:N,M; else that of the configuration.
        #[arg(long, value_name = "DEVICE")]
        device: Option<DeviceChoice>,
    },
    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

fn shard(text: &str) -> Result<(u16, String), String> {
    let wrong = || format!("{text:?} is not N=HOST:PORT/DATABASE");
    let (number, address) = text.split_once('=').ok_or_else(wrong)?;
    Ok((number.parse().map_err(|_| wrong())?, address.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_told_apart_from_right_usage() {
        let cases: [(&str, &[&str], bool); 9] = [
            ("a device", &["check", "--device", "cuda:0"], true),
            ("no device", &["check", "--device", "gpu"], false),
            ("run", &["run"], true),
            ("configuration after", &["run", "--config", "a"], true),
            ("a shard", &["migrate", "--shard", "0=a:1/b"], true),
            ("a shard without a number", &["migrate", "--shard", "a:1/b"], false),
            ("a shard with a wrong number", &["migrate", "--shard", "x=a:1/b"], false),
            ("nothing", &[], false),
            ("something else", &["walk"], false),
        ];
        for (name, arguments, good) in cases {
            let all = ["ivendor-worker"].iter().chain(arguments);
            assert_eq!(Cli::try_parse_from(all).is_ok(), good, "{name}");
        }
    }
}
