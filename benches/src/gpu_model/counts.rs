//! What a run on the emulated device counted: the file that `EMU_REPORT` names.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::BenchError;

/// The counters of a run (see `kernels/emulator/README.md`).
#[derive(Debug, Clone, Deserialize)]
pub struct Counts {
    /// Bytes copied to the device.
    pub h2d_bytes: f64,
    /// Copies to the device.
    pub h2d: f64,
    /// Bytes copied from the device.
    pub d2h_bytes: f64,
    /// Copies from the device.
    pub d2h: f64,
    /// The reaches of `near_bytes`, in 2²⁰ bytes.
    #[serde(default)]
    pub near_mb: Vec<f64>,
    /// The kernels.
    pub kernels: Vec<KernelCount>,
    /// The matrix products by shape.
    pub products: Vec<ProductCount>,
}

/// One kernel's launches.
#[derive(Debug, Clone, Deserialize)]
pub struct KernelCount {
    /// Its name.
    pub name: String,
    /// How often it was launched.
    pub launches: f64,
    /// Bytes of its constant arrays.
    pub read_bytes: f64,
    /// Bytes of its other arrays.
    pub written_bytes: f64,
    /// Operations in single precision, where its source counts them.
    pub flops: f64,
    /// Operations on tensor cores.
    pub half_flops: f64,
    /// Of its bytes those that had been touched before, within each reach: what was touched since
    /// is no more than that.
    #[serde(default)]
    pub near_bytes: Vec<f64>,
}

/// The products of one shape.
#[derive(Debug, Clone, Deserialize)]
pub struct ProductCount {
    /// Rows of the result.
    pub m: f64,
    /// Columns of the result.
    pub n: f64,
    /// Terms of each sum.
    pub k: f64,
    /// Products in one call.
    pub batch: f64,
    /// Whether a matrix of the result's size was added.
    #[serde(default)]
    pub added: bool,
    /// `f16`, `bf16`, `f32` or `f64`.
    #[serde(rename = "type")]
    pub element: String,
    /// Calls.
    pub count: f64,
    /// As of a kernel.
    #[serde(default)]
    pub near_bytes: Vec<f64>,
}

impl ProductCount {
    /// Operations of all calls.
    #[must_use]
    pub fn flops(&self) -> f64 {
        2.0 * self.m * self.n * self.k * self.batch * self.count
    }

    /// Bytes of all calls: each matrix once.
    #[must_use]
    pub fn bytes(&self) -> f64 {
        let results = if self.added { 2.0 } else { 1.0 };
        let elements = self.m * self.k + self.k * self.n + results * self.m * self.n;
        elements * self.batch * self.count * self.element_bytes()
    }

    /// Whether tensor cores multiply it.
    #[must_use]
    pub fn is_half(&self) -> bool {
        self.element_bytes() < 4.0
    }

    fn element_bytes(&self) -> f64 {
        match self.element.as_str() {
            "f16" | "bf16" => 2.0,
            "f64" => 8.0,
            _ => 4.0,
        }
    }
}

impl Counts {
    /// Reads a report.
    ///
    /// # Errors
    /// [`BenchError`] where it cannot be read or is none.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        let text = fs::read_to_string(path).map_err(|e| BenchError::read(path, e))?;
        serde_json::from_str(&text).map_err(|error| BenchError::Result {
            path: path.to_owned(),
            problem: format!("no report of the emulated device: {error}"),
        })
    }

    /// What `self` counted beyond `other`: what a longer run did more than a shorter one. Start-up,
    /// canary and the copy of the weights are in both and fall away.
    #[must_use]
    pub fn beyond(mut self, other: &Self) -> Self {
        self.h2d_bytes -= other.h2d_bytes;
        self.h2d -= other.h2d;
        self.d2h_bytes -= other.d2h_bytes;
        self.d2h -= other.d2h;
        for kernel in &mut self.kernels {
            let same = other.kernels.iter().find(|k| k.name == kernel.name);
            let Some(same) = same else { continue };
            kernel.launches -= same.launches;
            kernel.read_bytes -= same.read_bytes;
            kernel.written_bytes -= same.written_bytes;
            kernel.flops -= same.flops;
            kernel.half_flops -= same.half_flops;
            subtract(&mut kernel.near_bytes, &same.near_bytes);
        }
        for product in &mut self.products {
            let shape = |p: &ProductCount| (p.m, p.n, p.k, p.batch, p.added, p.element.clone());
            let same = other.products.iter().find(|p| shape(p) == shape(product));
            let Some(same) = same else { continue };
            product.count -= same.count;
            subtract(&mut product.near_bytes, &same.near_bytes);
        }
        // A shape that only the shorter run had is work of its own that is not taken away again.
        self.kernels.retain(|kernel| kernel.launches > 0.0);
        self.products.retain(|product| product.count > 0.0);
        self
    }
}

fn subtract(from: &mut [f64], other: &[f64]) {
    from.iter_mut().zip(other).for_each(|(from, other)| *from -= other);
}
