//! What a run is to do: the arguments laid over the configuration, and checked.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam::channel::Receiver;
use ivendor_core::request::VerificationRequest;
use ivendor_verify::engine::EngineConfig;
use ivendor_verify::profile;

use super::batch::BatchBounds;
use super::words::command_to_go_on;
use crate::cli::VerifyArguments;
use crate::engine_choices::EngineChoices;
use crate::error::RunError;
use crate::sink::{Existing, Sink, rejected_path};
use crate::source::{Input, Template, inputs};
use ivendor_fetch::{Fetcher, Root};
use ivendor_settings::{LogSettings, Settings};

/// A run that is checked as far as it can be before it begins.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) inputs: Vec<Input>,
    pub(super) template: Template,
    pub(super) output: Option<PathBuf>,
    pub(super) existing: Existing,
    pub(super) text: bool,
    pub(super) explain: bool,
    pub(super) progress: bool,
    pub(super) overlay: Option<PathBuf>,
    pub(super) engine: EngineConfig,
    pub(super) threads: Option<usize>,
    pub(super) log: LogSettings,
    roots: Vec<PathBuf>,
    batch_bytes_max: u64,
    batch_age_max: Duration,
}

impl Plan {
    /// Lays the arguments over the configuration.
    pub(super) fn make(arguments: VerifyArguments) -> Result<Self, RunError> {
        let variables = std::env::vars_os().collect();
        let mut settings = Settings::load(arguments.config.as_deref(), variables)?;
        let inputs = inputs::sort(&arguments.inputs)?;
        let template = template(&arguments, &settings, &inputs)?;
        let choices = EngineChoices {
            models_dir: arguments.models.clone(),
            device: arguments.device,
            precision: arguments.precision,
            second_reader: arguments.second_reader,
            policy: arguments.policy.clone(),
            duplicates: arguments.duplicates,
        };
        let engine = choices.lay_over(&mut settings)?;
        if let Some(output) = &arguments.output {
            check_apart(output, &inputs, "--output")?;
        }
        if let Some(overlay) = &arguments.overlay {
            check_apart(overlay, &inputs, "--overlay")?;
        }
        // Lines and a bar on one terminal tear each other.
        let writes_stdout = arguments.output.is_none() || arguments.explain;
        let torn = writes_stdout && io::stdout().is_terminal();
        let roots =
            if arguments.roots.is_empty() { settings.backfill.roots } else { arguments.roots };
        Ok(Self {
            inputs,
            template,
            output: arguments.output,
            existing: match (arguments.resume, arguments.force) {
                (true, _) => Existing::Continue,
                (false, true) => Existing::Replace,
                (false, false) => Existing::Refuse,
            },
            text: arguments.text,
            explain: arguments.explain,
            progress: !(arguments.no_progress || torn),
            overlay: arguments.overlay,
            engine,
            threads: arguments.threads.or(settings.engine.threads),
            log: settings.log,
            roots,
            batch_bytes_max: settings.backfill.batch_bytes_max,
            batch_age_max: Duration::from_secs_f64(settings.backfill.batch_age_s_max),
        })
    }

    /// Opens the output.
    pub(super) fn open_sink(&self) -> Result<Sink, RunError> {
        match &self.output {
            Some(path) if path.as_os_str() != "-" => Sink::open(path, self.existing),
            _ if self.existing == Existing::Continue => {
                Err(RunError::Usage("standard output cannot be resumed".to_owned()))
            }
            _ if self.explain => Ok(Sink::Nowhere),
            _ => Ok(Sink::Stdout),
        }
    }

    /// Paths that the run writes, so that they are not taken for documents.
    pub(super) fn left_out(&self) -> Vec<PathBuf> {
        let rejected = self.output.as_deref().map(rejected_path);
        [self.output.clone(), rejected, self.overlay.clone()]
            .into_iter()
            .flatten()
            .filter_map(|path| without_links(&path))
            .collect()
    }

    /// Opens the roots.
    pub(super) fn fetcher(&self) -> Result<Fetcher, RunError> {
        let open = |path: &PathBuf| {
            Root::open(path).map_err(|error| {
                RunError::Usage(format!("cannot read the root {}: {error}", path.display()))
            })
        };
        let roots = self.roots.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Fetcher::new(roots, self.engine.limits.bytes_max))
    }

    /// When a batch is full.
    pub(super) fn bounds(&self, size: Receiver<usize>) -> BatchBounds {
        BatchBounds { size, bytes_max: self.batch_bytes_max, age_max: self.batch_age_max }
    }

    /// What to tell after a run was stopped.
    pub(super) fn how_to_go_on(&self) -> String {
        if self.output.is_none() {
            return "stopped; a run with --output could be resumed".to_owned();
        }
        format!("stopped; go on with: {}", command_to_go_on())
    }
}

fn template(
    arguments: &VerifyArguments,
    settings: &Settings,
    inputs: &[Input],
) -> Result<Template, RunError> {
    let given = arguments.document_type.is_some()
        || arguments.tenant.is_some()
        || !arguments.claims.is_empty();
    if given && !inputs::has_documents(inputs) {
        return Err(RunError::Usage(
            "--type, --claims and --tenant are for folders and documents; requests say these \
             things themselves"
                .to_owned(),
        ));
    }
    let wrong = |what: &str, problem: String| RunError::Usage(format!("{what} {problem}"));
    let tenant = arguments.tenant.as_ref().unwrap_or(&settings.backfill.tenant);
    let mut claims = std::collections::BTreeMap::new();
    for (key, value) in &arguments.claims {
        if claims.insert(key.clone(), value.clone()).is_some() {
            return Err(wrong("--claims", format!("names {key:?} twice")));
        }
    }
    let document_type = arguments.document_type.as_deref().unwrap_or("other");
    profile::find(document_type).map_err(|error| RunError::Usage(error.to_string()))?;
    let template = Template {
        tenant: tenant.parse().map_err(|error| wrong("the tenant", format!("{error}")))?,
        vendor: "local".parse().map_err(|error| wrong("the vendor", format!("{error}")))?,
        document_type: document_type.to_owned(),
        claims,
    };
    // The rules of a request hold for those that are made here too.
    let request = template.request(Path::new("document"));
    let json = serde_json::to_vec(&request).map_err(|e| RunError::Internal(e.to_string()))?;
    VerificationRequest::parse(&json).map_err(|error| RunError::Usage(error.to_string()))?;
    Ok(template)
}

/// What is written must not lie where something is read.
fn check_apart(written: &Path, inputs: &[Input], option: &str) -> Result<(), RunError> {
    let Some(written) = without_links(written) else { return Ok(()) };
    for input in inputs {
        let (Input::Requests(path) | Input::Folder { path, .. } | Input::File { path, .. }) = input
        else {
            continue;
        };
        let same = path.canonicalize().is_ok_and(|path| {
            path == written || rejected_path(&written) == path && option == "--output"
        });
        if same {
            return Err(RunError::Usage(format!("{option} is an input too: {}", path.display())));
        }
    }
    Ok(())
}

/// The path with the links of its folders followed; it need not be there itself.
fn without_links(path: &Path) -> Option<PathBuf> {
    if let Ok(path) = path.canonicalize() {
        return Some(path);
    }
    let path = std::path::absolute(path).ok()?;
    Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?))
}
