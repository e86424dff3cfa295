//! The command line of `ivendor-review`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use ivendor_settings::ReviewSettings;
use ivendor_store::reference::{Scope, TenantKey};
use ivendor_store::review::LabelFilter;
use ivendor_store::settings::{Address, StoreSettings};

const EXAMPLES: &str = "\
Examples:
  ivendor-review serve --config ivendor.toml --listen 127.0.0.1:8080
      Answers over HTTP until it is asked to end (SIGTERM, Ctrl-C).
  ivendor-review serve --listen 0.0.0.0:8443 --tls-certificates chain.pem --tls-key key.pem
      The same over TLS.
  ivendor-review token create --reviewer ann --scope review --tenant acme --days 30
      Prints a token for ann, once; only its hash is kept.
  ivendor-review token revoke ivr_…
      Lets the token in no more.
  ivendor-review tenant set acme due_within_s 3600
      Cases of acme are due an hour after they open.
  ivendor-review export-labels --decided-from 2026-03-01T00:00:00Z --output labels.jsonl
      Writes what people decided; ivendor-bench fit makes a policy of it.

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
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "IVENDOR_CONFIG", global = true)]
    pub config: Option<PathBuf>,
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
    /// Show or change what a tenant wants otherwise than the others.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Write decided cases as labels, a JSON object a line, for `ivendor-bench fit`.
    ExportLabels(LabelArguments),
    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

/// Which cases become labels, and where they go.
#[derive(Debug, Args)]
pub struct LabelArguments {
    /// The tenant whose cases count; may be given more than once; all where none is named.
    #[arg(long = "tenant", value_name = "ID")]
    tenants: Vec<ivendor_core::ids::TenantId>,
    /// Cases that were decided at this moment or later, e.g. 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    decided_from: Option<jiff::Timestamp>,
    /// The file; standard output where it is not given.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl LabelArguments {
    /// Which cases.
    #[must_use]
    pub fn filter(&self) -> LabelFilter {
        let tenants = Some(self.tenants.clone()).filter(|tenants| !tenants.is_empty());
        LabelFilter { tenants, decided_from: self.decided_from }
    }
}

/// Where the databases are.
#[derive(Debug, Args)]
pub struct StoreArguments {
    /// The reference database, which names the shards.
    #[arg(long, global = true, value_name = "HOST:PORT/DATABASE")]
    store_reference: Option<Address>,
    /// The user of all databases.
    #[arg(long, global = true, value_name = "NAME")]
    store_user: Option<String>,
    /// The file with the user's password.
    #[arg(long, global = true, value_name = "FILE")]
    store_password_file: Option<PathBuf>,
    /// Connections to each database.
    #[arg(long, global = true, value_name = "N")]
    store_connections_max: Option<u32>,
}

impl StoreArguments {
    /// Lays what was said over the settings.
    pub fn lay_over(self, settings: &mut StoreSettings) {
        settings.reference = self.store_reference.or(settings.reference.take());
        settings.password_file = self.store_password_file.or(settings.password_file.take());
        if let Some(user) = self.store_user {
            settings.user = user;
        }
        if let Some(connections) = self.store_connections_max {
            settings.connections_max = connections;
        }
    }
}

/// How it answers.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Where [default: 127.0.0.1:8080]
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The file with the certificate and those above it, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificates: Option<PathBuf>,
    /// The file with the certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificates")]
    tls_key: Option<PathBuf>,
    /// Seconds that a lease lasts [default: 300]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    lease_s: Option<u32>,
    /// Seconds within which an answer can be taken back [default: 60]
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    grace_s: Option<u32>,
    /// Share of the cases that two people decide, 0 to 1, where a tenant has set no other
    /// [default: 0]
    #[arg(long, value_parser = share)]
    second_opinion_share: Option<f64>,
}

impl ServeArguments {
    /// Lays what was said over the settings.
    pub fn lay_over(&self, settings: &mut ReviewSettings) {
        let Self { listen, lease_s, grace_s, second_opinion_share, .. } = *self;
        if self.tls_certificates.is_some() {
            settings.tls_certificates.clone_from(&self.tls_certificates);
            settings.tls_key.clone_from(&self.tls_key);
        }
        settings.listen = listen.unwrap_or(settings.listen);
        settings.lease_s = lease_s.unwrap_or(settings.lease_s);
        settings.grace_s = grace_s.unwrap_or(settings.grace_s);
        settings.second_opinion_share =
            second_opinion_share.unwrap_or(settings.second_opinion_share);
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

/// What tenants set.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Set a number: sampled_share (of its accepted documents, for a person to look at),
    /// second_opinion_share (of its cases, for two people), due_within_s (until a case is due).
    Set {
        /// Whose.
        tenant: ivendor_core::ids::TenantId,
        /// What.
        key: TenantKey,
        /// To what.
        #[arg(allow_negative_numbers = true)]
        value: f64,
    },
    /// Print what a tenant has set.
    Show {
        /// Whose.
        tenant: ivendor_core::ids::TenantId,
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
            ("a tenant's time", vec!["tenant", "set", "acme", "due_within_s", "3600"], true),
            ("nothing to set", vec!["tenant", "set", "acme", "colour", "1"], false),
            ("no number", vec!["tenant", "set", "acme", "due_within_s", "soon"], false),
            ("a share of 2", vec!["serve", "--second-opinion-share", "2"], false),
            ("a password in the address", vec!["serve", "--store-reference", "u:p@h:1/d"], false),
        ];
        for (name, arguments, good) in cases {
            let all = ["ivendor-review"].iter().copied().chain(arguments);
            assert_eq!(Cli::try_parse_from(all).is_ok(), good, "{name}");
        }
    }
}
