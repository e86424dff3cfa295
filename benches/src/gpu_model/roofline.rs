//! The arithmetic of the model: a stage takes as long as the slowest of its products' arithmetic,
//! its memory traffic and its launches. Nothing here was measured on a GPU.

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
    /// Bytes between memory and chip.
    pub bytes: f64,
    /// Launches.
    pub launches: f64,
}

/// What a stage takes on a chip, in milliseconds, and what bounds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taken {
    /// The stage.
    pub stage: String,
    /// Milliseconds of a batch.
    pub ms: f64,
    /// `arithmetic`, `memory`, `launches`, `bus` or `cores`.
    pub bound: &'static str,
}

/// The stages of a batch on the device: the products, then one for each kernel, largest first.
#[must_use]
pub fn stages(counts: &Counts, scale: f64) -> Vec<Stage> {
    let mut products = Stage { name: "matrix products".to_owned(), ..Stage::default() };
    for product in &counts.products {
        let flops = product.flops() * scale;
        match product.is_half() {
            true => products.half_flops += flops,
            false => products.single_flops += flops,
        }
        products.bytes += product.bytes() * scale;
        products.launches += product.count * scale;
    }
    let mut kernels: Vec<Stage> = counts
        .kernels
        .iter()
        .map(|kernel| Stage {
            name: kernel.name.clone(),
            single_flops: kernel.flops * scale,
            tile_flops: kernel.half_flops * scale,
            bytes: (kernel.read_bytes + kernel.written_bytes) * scale,
            launches: kernel.launches * scale,
            ..Stage::default()
        })
        .collect();
    kernels.sort_by(|a, b| b.bytes.total_cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    kernels.insert(0, products);
    kernels
}

/// What `stage` takes on `chip`.
#[must_use]
pub fn on_chip(stage: &Stage, chip: &Chip, assumed: &Assumptions) -> Taken {
    let arithmetic_s = stage.half_flops / (chip.half_tflops * 1e12 * assumed.product_share)
        + stage.tile_flops / (chip.half_tflops * 1e12 * assumed.tile_share)
        + stage.single_flops / (chip.single_tflops * 1e12 * assumed.product_share);
    let memory_s = stage.bytes / (chip.memory_gb_s * 1e9 * assumed.memory_share);
    let launches_s = stage.launches * assumed.launch_us * 1e-6;
    slowest(
        &stage.name,
        &[("arithmetic", arithmetic_s), ("memory", memory_s), ("launches", launches_s)],
    )
}

/// What a copy over the bus takes, each call as long as a launch at least.
#[must_use]
pub fn on_bus(name: &str, bytes: f64, calls: f64, (chip, assumed): (&Chip, &Assumptions)) -> Taken {
    let bus_s = bytes / (chip.pcie_gb_s * 1e9 * assumed.pcie_share);
    slowest(name, &[("bus", bus_s), ("launches", calls * assumed.launch_us * 1e-6)])
}

/// What the host's cores take for a batch, where one document takes `ms` on one core.
#[must_use]
pub fn on_cores(name: &str, ms: f64, documents: f64, assumed: &Assumptions) -> Taken {
    slowest(name, &[("cores", ms * documents / assumed.cores * 1e-3)])
}

fn slowest(stage: &str, bounds: &[(&'static str, f64)]) -> Taken {
    let slowest = bounds.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    let (bound, seconds) = slowest.unwrap_or(("", 0.0));
    Taken { stage: stage.to_owned(), ms: seconds * 1e3, bound }
}
