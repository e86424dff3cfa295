//! The seam between the engine and whatever computes: the only place where the engine does not
//! know what is behind it, since a device is chosen, and breaks, at run time.

use std::path::PathBuf;

use image::RgbImage;
use ivendor_models::stream;
use ivendor_models::weights::Precision;

use super::fault::{Fault, first_line};
use super::lanes::Lanes;
use super::probe::{self, Facts};
use crate::error::EngineError;
use crate::reading::reader::{PageRead, Reader};

/// The networks on a device.
pub(crate) trait Networks: Send + Sync {
    /// Reads pages together, at most `budget_px` columns of lines at a time.
    fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>, Fault>;

    /// What each part that reads on its own makes of the same pages: the answer of one says nothing
    /// of the others.
    fn read_on_each(
        &self,
        pages: &[&RgbImage],
        budget_px: usize,
    ) -> Result<Vec<Vec<PageRead>>, Fault> {
        Ok(vec![self.read(pages, budget_px)?])
    }
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
    /// How many streams it has.
    streams: usize,
    folder: PathBuf,
}

impl Gpu {
    /// The GPU of a number, with so many streams, and the weights in a folder.
    pub(crate) fn new(number: usize, streams: usize, folder: PathBuf) -> Self {
        Self { name: format!("cuda:{number}"), number, streams: streams.max(1), folder }
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
        let open = || {
            stream::open(self.number)
                .map_err(|error| wrong(probe::explain(&first_line(&error.to_string()))))
        };
        let first = open()?;
        let facts = probe::facts(&first);
        let name = match &facts {
            Some(facts) => format!("{} {}", self.name, facts.model),
            None => self.name.clone(),
        };
        let mut lanes: Vec<Box<dyn Networks>> = Vec::with_capacity(self.streams);
        lanes.push(Box::new(Reader::load(&self.folder, &first, Precision::F32)?));
        while lanes.len() < self.streams {
            lanes.push(Box::new(Reader::load(&self.folder, &open()?, Precision::F32)?));
        }
        Ok(Opened { networks: Box::new(Lanes::new(lanes)), name, facts })
    }
}
