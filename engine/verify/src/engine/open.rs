//! Opening an engine: the weights, the CPU's networks, and the devices that were asked for.

use std::path::Path;
#[cfg(any(test, feature = "testing"))]
use std::sync::Arc;
use std::sync::Mutex;

use candle_core::Device;
use ivendor_core::policy::Policy;
use ivendor_core::verdict::Provenance;
use ivendor_models::weights::Precision;
use ivendor_models::{policy, weights};

use super::{DEVICE_STREAMS, Engine, EngineConfig, Origins};
use crate::device::canary::{self, Canary};
#[cfg(any(test, feature = "testing"))]
use crate::device::faulty::{Faults, FaultyDevice};
#[cfg(any(test, feature = "testing"))]
use crate::device::networks::Networks;
use crate::device::networks::{Gpu, Opener};
use crate::device::pool::{Pool, PoolConfig};
use crate::device::{DeviceChoice, Gpus};
use crate::error::EngineError;
use crate::reading::reader::Reader;
use crate::scoring::alphabet::Alphabet;

/// The CPU in a verdict.
const CPU: &str = "cpu";

impl Engine {
    /// Opens the device, loads and checks the weights, and asks the device a known question. A GPU
    /// that was asked for by its number must be there and answer; `auto` takes the first one that
    /// does, and else the CPU, with a warning.
    ///
    /// # Errors
    /// [`EngineError`] where the weights, the device or the policy cannot be used.
    pub fn open(config: EngineConfig) -> Result<Self, EngineError> {
        let folder = weights::folder(config.models_dir.as_deref())?;
        let streams = config.device_streams.unwrap_or(DEVICE_STREAMS);
        let gpus = |gpus: Gpus| -> Vec<Box<dyn Opener>> {
            let gpu = |number| Box::new(Gpu::new(number, streams, folder.clone()));
            gpus.numbers().map(|number| gpu(number) as Box<dyn Opener>).collect()
        };
        match config.device {
            DeviceChoice::Cpu => Self::open_on(config, Vec::new(), false),
            DeviceChoice::Cuda(numbers) => Self::open_on(config, gpus(numbers), false),
            DeviceChoice::Auto => {
                let first = Gpus::one(0).map(gpus).unwrap_or_default();
                Self::open_on(config, first, true)
            }
        }
    }

    /// Opens an engine on devices that fail on demand, computed by the CPU in single precision.
    ///
    /// # Errors
    /// As [`Engine::open`].
    #[cfg(any(test, feature = "testing"))]
    pub fn open_faulty(config: EngineConfig, faults: &[Arc<Faults>]) -> Result<Self, EngineError> {
        let folder = weights::folder(config.models_dir.as_deref())?;
        let device = |(number, faults): (usize, &Arc<Faults>)| {
            let folder = folder.clone();
            let bring = move || {
                let reader = Reader::load(&folder, &Device::Cpu, Precision::F32)?;
                Ok(Box::new(reader) as Box<dyn Networks>)
            };
            let (name, faults) = (format!("cuda:{number}"), Arc::clone(faults));
            Box::new(FaultyDevice { name, faults, bring: Box::new(bring) }) as Box<dyn Opener>
        };
        Self::open_on(config, faults.iter().enumerate().map(device).collect(), false)
    }

    /// Opens an engine on these devices. Where they are only wished for, one that cannot be used
    /// is a warning, and the CPU computes.
    pub(crate) fn open_on(
        config: EngineConfig,
        openers: Vec<Box<dyn Opener>>,
        wished: bool,
    ) -> Result<Self, EngineError> {
        let policy = match config.policy {
            Some(policy) => policy,
            None => Policy::parse(policy::STANDARD)?,
        };
        let folder = weights::folder(config.models_dir.as_deref())?;
        let precision = config.precision.resolve();
        // Both read files and unpack weights: one start-up for the two.
        let (reader, second) = rayon::join(
            || Reader::load(&folder, &Device::Cpu, precision),
            || config.second_reader.open(),
        );
        let (reader, second) = (reader?, second?);
        canary::read(&reader).map_err(|fault| EngineError::Canary {
            device: CPU.to_owned(),
            problem: fault.detail,
        })?;
        let pool_config =
            PoolConfig { rules: config.device_rules, budget_px: config.device_budget_px };
        let learn = || learn(&reader, precision, &folder);
        let pool = match Pool::open(openers, learn, &pool_config) {
            Err(error) if wished => {
                tracing::warn!(%error, "no GPU can be used; computing on the CPU");
                Pool::empty()
            }
            pool => pool?,
        };
        let origins = origins(&reader, precision, &policy, &pool);
        let seen = config.duplicates.then(Mutex::default);
        let alphabet = Alphabet::new(reader.characters());
        let limits = config.limits;
        Ok(Self { reader, pool, alphabet, second, limits, policy, origins, seen })
    }
}

/// What the reference sees on the known page: the CPU in single precision.
fn learn(reader: &Reader, precision: Precision, folder: &Path) -> Result<Canary, EngineError> {
    let learnt = match precision {
        Precision::F32 => Canary::learn(reader),
        _ => Canary::learn(&Reader::load(folder, &Device::Cpu, Precision::F32)?),
    };
    learnt.map_err(|fault| EngineError::Canary { device: CPU.to_owned(), problem: fault.detail })
}

fn origins(reader: &Reader, precision: Precision, policy: &Policy, pool: &Pool) -> Origins {
    let devices = pool.watch().devices();
    let cpu = Provenance {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        models: reader.digests(),
        policy: policy.reference(),
        device: CPU.to_owned(),
        dtype: precision.name().to_owned(),
        fallback: !devices.is_empty(),
    };
    let of = |name: String, dtype: String| Provenance {
        device: name,
        dtype,
        fallback: false,
        ..cpu.clone()
    };
    let devices = devices.into_iter().map(|report| of(report.name, report.dtype)).collect();
    Origins { cpu, devices }
}
