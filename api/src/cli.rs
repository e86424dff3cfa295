//! The command line of `ivendor-review`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use ivendor_store::reference::Scope;
use ivendor_store::settings::{Address, StoreSettings};

use crate::serve::ReviewSettings;

const EXAMPLES: &str = "\
Examples:
  IVENDOR_STORE_REFERENCE=db:5432/ivendor ivendor-review serve --listen 127.0.0.1:8080
      Answers over HTTP until it is asked to end (SIGTERM, Ctrl-C).
  ivendor-review token create --reviewer ann --scope review --tenant acme --days 30
      Prints a token for ann, once; only its hash is kept.
  ivendor-review token revoke ivr_…
      Lets the token in no more.

Exit codes:
  0  done
  2  wrong usage or configuration
  3  a database is away";

/// The review queue over HTTP.
#[derive(Debug, Parser)]
#[command(name = "ivendor-review", version, about, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where the databases are.
    #[command(flatten)]
    pub store: StoreArguments,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer over HTTP.
    Serve(ServeArguments),
    /// Let people in, or no more.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

/// Where the databases are.
#[derive(Debug, Args)]
pub struct StoreArguments {
    /// The reference database, which names the shards.
    #[arg(long, global = true, value_name = "HOST:PORT/DATABASE", env = "IVENDOR_STORE_REFERENCE")]
    store_reference: Option<Address>,
    /// The user of all databases.
    #[arg(long, global = true, value_name = "NAME", env = "IVENDOR_STORE_USER")]
    store_user: Option<String>,
    /// The file with the user's password.
    #[arg(long, global = true, value_name = "FILE", env = "IVENDOR_STORE_PASSWORD_FILE")]
    store_password_file: Option<PathBuf>,
    /// Connections to each database.
    #[arg(long, global = true, value_name = "N", env = "IVENDOR_STORE_CONNECTIONS_MAX")]
    store_connections_max: Option<u32>,
}

impl StoreArguments {
    /// As the store wants them. The password may stand in `IVENDOR_STORE_PASSWORD`.
    #[must_use]
    pub fn settings(self) -> StoreSettings {
        let default = StoreSettings::default();
        StoreSettings {
            reference: self.store_reference,
            user: self.store_user.unwrap_or(default.user),
            password: std::env::var("IVENDOR_STORE_PASSWORD").ok().map(Into::into),
            password_file: self.store_password_file,
            connections_max: self.store_connections_max.unwrap_or(default.connections_max),
            ..StoreSettings::default()
        }
    }
}

/// How it answers.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Where.
    #[arg(long, default_value = "127.0.0.1:8080", env = "IVENDOR_REVIEW_LISTEN")]
    pub listen: SocketAddr,
    /// Seconds that a lease lasts.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400),
        env = "IVENDOR_REVIEW_LEASE_S")]
    lease_s: u32,
    /// Seconds within which an answer can be taken back.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=86_400),
        env = "IVENDOR_REVIEW_GRACE_S")]
    grace_s: u32,
    /// Share of the cases that two people decide, 0 to 1, where a tenant has set no other.
    #[arg(long, default_value_t = 0.0, value_parser = share,
        env = "IVENDOR_REVIEW_SECOND_OPINION_SHARE")]
    second_opinion_share: f64,
}

impl ServeArguments {
    /// How reviews run.
    #[must_use]
    pub fn settings(&self) -> ReviewSettings {
        let Self { lease_s, grace_s, second_opinion_share, .. } = *self;
        ReviewSettings { lease_s, grace_s, second_opinion_share, ..ReviewSettings::default() }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} does not lie between 0 and 1"))
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Print a new token.
    Create {
        /// Whose it is, as the audit log will name him.
        #[arg(long, value_name = "ID")]
        reviewer: String,
        /// The person's name; the identifier where it is not given.
        #[arg(long)]
        name: Option<String>,
        /// What it allows; may be given more than once.
        #[arg(long = "scope", required = true)]
        scopes: Vec<ScopeChoice>,
        /// The tenant whose cases it opens; may be given more than once; all where none is named.
        #[arg(long = "tenant")]
        tenants: Vec<ivendor_core::ids::TenantId>,
        /// Days after which it ends.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
    /// Let a token in no more.
    Revoke {
        /// The token.
        token: String,
    },
}

/// What a token may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeChoice {
    /// To decide cases.
    Review,
    /// To decide what was escalated, and to read the audit log.
    Admin,
    /// To look.
    Read,
}

impl From<ScopeChoice> for Scope {
    fn from(choice: ScopeChoice) -> Self {
        match choice {
            ScopeChoice::Review => Self::Review,
            ScopeChoice::Admin => Self::Admin,
            ScopeChoice::Read => Self::Read,
        }
    }
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
        let create = ["token", "create", "--reviewer", "ann"];
        let with = |more: &[&'static str]| [&create[..], more].concat();
        let cases = [
            ("serve", vec!["serve"], true),
            ("no scope", with(&[]), false),
            ("a scope", with(&["--scope", "review"]), true),
            ("another scope", with(&["--scope", "root"]), false),
            ("a tenant that cannot be", with(&["--scope", "read", "--tenant", "a b"]), false),
            ("no days", with(&["--scope", "read", "--days", "0"]), false),
            ("a share of 2", vec!["serve", "--second-opinion-share", "2"], false),
            ("a password in the address", vec!["serve", "--store-reference", "u:p@h:1/d"], false),
        ];
        for (name, arguments, good) in cases {
            let all = ["ivendor-review"].iter().copied().chain(arguments);
            assert_eq!(Cli::try_parse_from(all).is_ok(), good, "{name}");
        }
    }
}
