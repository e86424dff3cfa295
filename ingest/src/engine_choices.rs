//! What the engine is opened with: what the command line chooses, laid over the settings.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use ivendor_core::policy::Policy;
use ivendor_verify::device::{DeviceChoice, DeviceRules, PrecisionChoice};
use ivendor_verify::engine::EngineConfig;
use ivendor_verify::second::SecondChoice;

use ivendor_settings::{Settings, SettingsError};

/// What the command line chooses; `None` leaves it to the settings.
#[derive(Debug, Clone, Default)]
pub struct EngineChoices {
    /// The folder of the weights.
    pub models_dir: Option<PathBuf>,
    /// Where to compute.
    pub device: Option<DeviceChoice>,
    /// How the large products are computed.
    pub precision: Option<PrecisionChoice>,
    /// Whether Tesseract is asked about lines in doubt.
    pub second_reader: Option<SecondChoice>,
    /// The policy file.
    pub policy: Option<PathBuf>,
    /// Whether documents are remembered during the run.
    pub duplicates: bool,
}

impl EngineChoices {
    /// How the engine is to be opened.
    ///
    /// # Errors
    /// [`SettingsError`] names the key or the file and what is wrong with it.
    pub fn lay_over(self, settings: &mut Settings) -> Result<EngineConfig, SettingsError> {
        let wrong = |origin: &str, problem: String| SettingsError::Value {
            origin: origin.to_owned(),
            problem,
        };
        let device = match (self.device, &settings.engine.device) {
            (Some(device), _) => device,
            (None, Some(text)) => text.parse().map_err(|error| wrong("engine.device", error))?,
            (None, None) => DeviceChoice::default(),
        };
        let precision = match (self.precision, &settings.engine.precision) {
            (Some(precision), _) => precision,
            (None, Some(text)) => text.parse().map_err(|error| wrong("engine.precision", error))?,
            (None, None) => PrecisionChoice::default(),
        };
        let second_reader = match (self.second_reader, &settings.engine.second_reader) {
            (Some(choice), _) => choice,
            (None, Some(text)) => {
                text.parse().map_err(|error| wrong("engine.second_reader", error))?
            }
            (None, None) => SecondChoice::default(),
        };
        let policy = match self.policy.as_ref().or(settings.engine.policy.as_ref()) {
            None => None,
            Some(path) => {
                let name = path.display().to_string();
                let text =
                    fs::read_to_string(path).map_err(|error| wrong(&name, error.to_string()))?;
                Some(Policy::parse(&text).map_err(|error| wrong(&name, error.to_string()))?)
            }
        };
        let seconds = Duration::from_secs_f64;
        let device_rules = DeviceRules {
            canary_every: seconds(settings.engine.canary_s),
            rest_first: seconds(settings.engine.rest_s_first),
            rest_max: seconds(settings.engine.rest_s_max),
            read_max: seconds(settings.engine.read_s_max),
        };
        Ok(EngineConfig {
            models_dir: self.models_dir.or(settings.engine.models_dir.take()),
            device,
            limits: std::mem::take(&mut settings.limits),
            policy,
            precision,
            second_reader,
            duplicates: self.duplicates,
            device_rules,
            device_budget_px: settings.engine.budget_px,
            device_streams: settings.engine.streams,
        })
    }
}
