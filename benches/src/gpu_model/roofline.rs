//! The arithmetic of the model: a stage takes as long as the slowest of its arithmetic, its memory
//! traffic, what goes through the second-level cache, and its launches. Nothing here was measured
//! on a GPU.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chips::{Assumptions, Chip};
use super::counts::Counts;

/// What a stage asks of a device, for the whole batch.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Stage {
    /// What it is.
    pub name: String,
    /// Operations of its products in half precision.
    pub half_flops: f64,
    /// Operations on tensor cores inside of a kernel that gathers its tiles itself.
    pub tile_flops: f64,
    /// Operations in single precision, on the plain cores.
    pub single_flops: f64,
    /// Bytes between the second-level cache and the cores.
    pub bytes: f64,
    /// Those of them that had been touched not long before, by the size of the cache in which they
    /// are found: they need not come from memory, or go there twice.
    pub near: Vec<Near>,
    /// Launches.
    pub launches: f64,
}

/// Bytes that a cache of some size holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Near {
    /// The size, in 2²⁰ bytes.
    pub mb: f64,
    /// The bytes.
    pub bytes: f64,
}

impl Stage {
    fn add_near(&mut self, counts: &Counts, bytes: &[f64], scale: f64) {
        if self.near.is_empty() {
            self.near = counts.near_mb.iter().map(|&mb| Near { mb, bytes: 0.0 }).collect();
        }
        self.near.iter_mut().zip(bytes).for_each(|(near, bytes)| near.bytes += bytes * scale);
    }

    /// Bytes that a cache of `mb` holds.
    fn near_in(&self, mb: f64) -> f64 {
        let held = self.near.iter().filter(|near| near.mb <= mb);
        held.map(|near| near.bytes).fold(0.0, f64::max).min(self.bytes)
    }
}

/// What a stage takes on a chip, in milliseconds, and what bounds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taken {
    /// The stage.
    pub stage: String,
    /// Milliseconds of a batch.
    pub ms: f64,
    /// Those without what launches take: for so long nothing else can run.
    pub work_ms: f64,
    /// `arithmetic`, `memory`, `cache`, `launches`, `bus` or `cores`.
    pub bound: &'static str,
}

/// The stages of a batch on the device, those with most bytes first: one for each kernel, and one
/// for the products of each layer's shape.
#[must_use]
pub fn stages(counts: &Counts, scale: f64) -> Vec<Stage> {
    let mut products: BTreeMap<String, Stage> = BTreeMap::new();
    for product in &counts.products {
        let added = if product.added { " and shortcut" } else { "" };
        let name = format!("product {} to {}{added}", product.k, product.m);
        let stage = products.entry(name.clone()).or_default();
        stage.name = name;
        let flops = product.flops() * scale;
        match product.is_half() {
            true => stage.half_flops += flops,
            false => stage.single_flops += flops,
        }
        stage.bytes += product.bytes() * scale;
        stage.launches += product.count * scale;
        stage.add_near(counts, &product.near_bytes, scale);
    }
    let kernels = counts.kernels.iter().map(|kernel| {
        let mut stage = Stage {
            name: kernel.name.clone(),
            single_flops: kernel.flops * scale,
            tile_flops: kernel.half_flops * scale,
            bytes: (kernel.read_bytes + kernel.written_bytes) * scale,
            launches: kernel.launches * scale,
            ..Stage::default()
        };
        stage.add_near(counts, &kernel.near_bytes, scale);
        stage
    });
    let mut stages: Vec<Stage> = products.into_values().chain(kernels).collect();
    stages.sort_by(|a, b| b.bytes.total_cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    stages
}

/// What `stage` takes on `chip`.
#[must_use]
pub fn on_chip(stage: &Stage, chip: &Chip, assumed: &Assumptions) -> Taken {
    let arithmetic_s = stage.half_flops / (chip.half_tflops * 1e12 * assumed.product_share)
        + stage.tile_flops / (chip.half_tflops * 1e12 * assumed.tile_share)
        + stage.single_flops / (chip.single_tflops * 1e12 * assumed.product_share);
    let memory = chip.memory_gb_s * 1e9 * assumed.memory_share;
    let memory_s = (stage.bytes - stage.near_in(chip.cache_mb * assumed.cache_share)) / memory;
    let cache_s = stage.bytes / (memory * assumed.cache_gain);
    let launches_s = stage.launches * assumed.launch_us * 1e-6;
    let work = [("arithmetic", arithmetic_s), ("memory", memory_s), ("cache", cache_s)];
    slowest(&stage.name, &work, launches_s)
}

/// What a device takes for stages of which each stream has a part: no less than its work, and no
/// less than a stream takes for its own part, one stage after the other, if the others never stand
/// in its way.
#[must_use]
pub fn on_streams(taken: &[Taken], assumed: &Assumptions) -> f64 {
    let work: f64 = taken.iter().map(|taken| taken.work_ms).sum();
    let alone: f64 = taken.iter().map(|taken| taken.ms).sum();
    work.max(alone / assumed.streams)
}

/// What a copy over the bus takes, each call as long as a launch at least.
#[must_use]
pub fn on_bus(name: &str, bytes: f64, calls: f64, (chip, assumed): (&Chip, &Assumptions)) -> Taken {
    let bus_s = bytes / (chip.pcie_gb_s * 1e9 * assumed.pcie_share);
    slowest(name, &[("bus", bus_s)], calls * assumed.launch_us * 1e-6)
}

/// What the host's cores take for a batch, where one document takes `ms` on one core.
#[must_use]
pub fn on_cores(name: &str, ms: f64, documents: f64, assumed: &Assumptions) -> Taken {
    slowest(name, &[("cores", ms * documents / assumed.cores * 1e-3)], 0.0)
}

fn slowest(stage: &str, work: &[(&'static str, f64)], launches_s: f64) -> Taken {
    let slowest = work.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    let (bound, work_s) = slowest.unwrap_or(("", 0.0));
    let (bound, s) = if launches_s > work_s { ("launches", launches_s) } else { (bound, work_s) };
    Taken { stage: stage.to_owned(), ms: s * 1e3, work_ms: work_s * 1e3, bound }
}
