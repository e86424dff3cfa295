//! The review queue: `ivendor-review`.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use ivendor_api::access::{hash, new_token};
use ivendor_api::cli::{Cli, Command, LabelArguments, TenantCommand, TokenCommand};
use ivendor_api::labels::{ExportError, Exported, export};
use ivendor_api::pictures::Pictures;
use ivendor_api::serve::{App, serve};
use ivendor_settings::{Settings, Variables};
use ivendor_store::cluster::Cluster;
use ivendor_store::error::{Kind, StoreError};
use ivendor_store::reference::{NewToken, Reference, Token};
use ivendor_store::settings::StoreSettings;
use ivendor_telemetry::Telemetry;
use jiff::{SignedDuration, Timestamp};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "ivendor-review", &mut script);
        // A reader that has gone away needs no completions.
        let _ = io::stdout().write_all(&script);
        return ExitCode::SUCCESS;
    }
    match go(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            let is_away = matches!(error.kind(), Kind::Transient | Kind::Conflict);
            ExitCode::from(if is_away { 3 } else { 2 })
        }
    }
}

fn go(cli: Cli) -> Result<(), StoreError> {
    let variables: Variables = std::env::vars_os().collect();
    let loaded = Settings::load(cli.config.as_deref(), variables.clone());
    let mut settings = loaded.map_err(|error| StoreError::Usage(error.to_string()))?;
    cli.store.lay_over(&mut settings.store);
    let ansi = io::stderr().is_terminal();
    let _telemetry =
        Telemetry::start("ivendor-review", (&settings.log, &settings.trace), (io::stderr, ansi))
            .map_err(|error| StoreError::Usage(error.to_string()))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| usage("no threads", &error))?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(arguments) => {
                arguments.lay_over(&mut settings.review);
                answer(settings, &variables).await
            }
            Command::ExportLabels(arguments) => export_labels(&settings.store, &arguments).await,
            Command::Token(command) => token(&settings.store, command).await,
            Command::Tenant(command) => tenant(&settings.store, command).await,
            Command::Completions { .. } => Ok(()),
        }
    })
}

fn usage(what: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Usage(format!("{what}: {error}"))
}

async fn answer(settings: Settings, variables: &Variables) -> Result<(), StoreError> {
    allow_files();
    let pictures = Pictures::open(&settings, variables);
    let pictures = pictures.map_err(|error| StoreError::Usage(error.to_string()))?;
    let cluster = Cluster::open(&settings.store).await?;
    let listen = settings.review.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| usage(&format!("{listen} cannot be had"), &error))?;
    let bound = listener.local_addr().map_err(|error| usage("the listener", &error))?;
    let scheme = if settings.review.tls_key.is_some() { "https" } else { "http" };
    let _ = writeln!(io::stderr(), "ivendor-review on {scheme}://{bound}");
    let mut asked = signal(SignalKind::terminate()).map_err(|error| usage("signals", &error))?;
    let end = async move {
        tokio::select! {
            _ = asked.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    let served = serve(listener, App::new(cluster, settings.review, pictures), end).await;
    served.map_err(|error| usage("the listener", &error))
}

async fn export_labels(
    settings: &StoreSettings,
    arguments: &LabelArguments,
) -> Result<(), StoreError> {
    let cluster = Cluster::open(settings).await?;
    let mut output: Box<dyn io::Write> = match &arguments.output {
        None => Box::new(io::stdout().lock()),
        Some(path) => {
            let file = File::create(path);
            Box::new(file.map_err(|error| usage(&path.display().to_string(), &error))?)
        }
    };
    let mut output = BufWriter::new(&mut output);
    match export(&cluster, &arguments.filter(), &mut output).await {
        Ok(Exported { labels, left_out }) => {
            let said = writeln!(
                io::stderr(),
                "{labels} labels; {left_out} decided cases say nothing of their claims"
            );
            // Nobody reads it, and the labels are written.
            drop(said);
            Ok(())
        }
        Err(ExportError::Store(error)) => Err(error),
        Err(ExportError::Output(error)) => Err(usage("the output", &error)),
    }
}

/// Lets the program have as many files open as the system allows it: each connection is one, and
/// what is allowed without asking is 1024 in many places.
fn allow_files() {
    let allowed = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = allowed {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

async fn token(settings: &StoreSettings, command: TokenCommand) -> Result<(), StoreError> {
    let reference = Reference::new(settings)?;
    match command {
        TokenCommand::Create { reviewer, name, scopes, tenants, days } => {
            let token = new_token().map_err(|error| usage("no random bytes", &error))?;
            reference.put_reviewer(&reviewer, name.as_deref().unwrap_or(&reviewer)).await?;
            let hours = i64::from(days) * 24;
            let new = NewToken {
                hash: hash(&token),
                token: Token {
                    reviewer,
                    scopes: scopes.into_iter().map(Into::into).collect(),
                    tenants: (!tenants.is_empty()).then(|| tenants.into_iter().collect()),
                },
                expires_at: Some(Timestamp::now() + SignedDuration::from_hours(hours)),
            };
            reference.add_token(&new).await?;
            // Whoever closed the pipe has no token, and can make another one.
            let _ = writeln!(io::stdout(), "{token}");
            Ok(())
        }
        TokenCommand::Revoke { token } => match reference.revoke_token(hash(&token)).await? {
            true => Ok(()),
            false => Err(StoreError::Usage("no such token is let in".to_owned())),
        },
    }
}

async fn tenant(settings: &StoreSettings, command: TenantCommand) -> Result<(), StoreError> {
    let reference = Reference::new(settings)?;
    match command {
        TenantCommand::Set { tenant, key, value } => {
            if let Some(problem) = key.problem(value) {
                return Err(usage(key.name(), &format!("{problem}, not {value}")));
            }
            reference.set(&tenant, key.name(), &value.into()).await
        }
        TenantCommand::Show { tenant } => {
            for (key, value) in reference.settings(&tenant).await? {
                // Nobody reads on: nothing is lost.
                let _ = writeln!(io::stdout(), "{key} = {value}");
            }
            Ok(())
        }
    }
}
