//! The seam between the engine and whatever computes: the only place where the engine does not
//! know what is behind it, since a device is chosen, and breaks, at run time.

use std::path::PathBuf;

use candle_core::Device;
use image::RgbImage;
use ivendor_models::weights::Precision;

use super::fault::{Fault, first_line};
use super::probe::{self, Facts};
use crate::error::EngineError;
use crate::reading::reader::{PageRead, Reader};

/// The networks on a device.
pub(crate) trait Networks: Send {
    /// Reads pages together, at most `budget_px` columns of lines at a time.
    fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>, Fault>;
}

/// Opens a device, as often as it must be.
pub(crate) trait Opener: Send {
    /// As it was asked for, e.g. `cuda:0`.
    fn name(&self) -> &str;

    /// The type of number in which it computes.
    fn dtype(&self) -> &'static str;

    /// Opens the device and brings the networks to it.
    fn open(&self) -> Result<Opened, EngineError>;
}

/// A device that was opened and has proven nothing yet.
pub(crate) struct Opened {
    pub(crate) networks: Box<dyn Networks>,
    /// The device's full name, e.g. `cuda:0 NVIDIA H100`.
    pub(crate) name: String,
    pub(crate) facts: Option<Facts>,
}

impl Networks for Reader {
    fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>, Fault> {
        Ok(Self::read(self, pages, budget_px)?)
    }
}

/// A GPU of this machine.
#[derive(Debug)]
pub(crate) struct Gpu {
    name: String,
    number: usize,
    folder: PathBuf,
}

impl Gpu {
    /// The GPU of a number, with the weights in a folder.
    pub(crate) fn new(number: usize, folder: PathBuf) -> Self {
        Self { name: format!("cuda:{number}"), number, folder }
    }
}

impl Opener for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn dtype(&self) -> &'static str {
        // What the operations compute in on a GPU, with sums in f32; eight bits are for CPUs.
        "f16"
    }

    fn open(&self) -> Result<Opened, EngineError> {
        let wrong = |problem: String| EngineError::Device { device: self.name.clone(), problem };
        let device = Device::new_cuda(self.number)
            .map_err(|error| wrong(probe::explain(&first_line(&error.to_string()))))?;
        let facts = probe::facts(&device);
        let name = match &facts {
            Some(facts) => format!("{} {}", self.name, facts.model),
            None => self.name.clone(),
        };
        let networks = Reader::load(&self.folder, &device, Precision::F32)?;
        Ok(Opened { networks: Box::new(networks), name, facts })
    }
}
