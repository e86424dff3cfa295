//! The chips that the model knows, from NVIDIA's data sheets, and how much of what they promise is
//! taken to be reached.

use ivendor_verify::engine::DEVICE_STREAMS;
use serde::{Deserialize, Serialize};

/// What a chip can do, as its data sheet says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chip {
    /// Its name.
    pub name: &'static str,
    /// Products of halves on tensor cores, without sparsity, in 10¹² operations a second.
    pub half_tflops: f64,
    /// Products in single precision, on the plain cores.
    pub single_tflops: f64,
    /// Bytes a second between memory and chip, in 10⁹.
    pub memory_gb_s: f64,
    /// Bytes a second between host and device, one way, in 10⁹.
    pub pcie_gb_s: f64,
    /// Of the second-level cache, in 2²⁰ bytes.
    pub cache_mb: f64,
}

/// A100 and H100 as SXM modules with 80 GB; L4 as a card.
pub const CHIPS: [Chip; 3] = [
    Chip {
        name: "A100",
        half_tflops: 312.0,
        single_tflops: 19.5,
        memory_gb_s: 2039.0,
        pcie_gb_s: 32.0,
        cache_mb: 40.0,
    },
    Chip {
        name: "H100",
        half_tflops: 989.0,
        single_tflops: 67.0,
        memory_gb_s: 3350.0,
        pcie_gb_s: 64.0,
        cache_mb: 50.0,
    },
    Chip {
        name: "L4",
        half_tflops: 121.0,
        single_tflops: 30.3,
        memory_gb_s: 300.0,
        pcie_gb_s: 32.0,
        cache_mb: 48.0,
    },
];

/// What is assumed beside the data sheets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Assumptions {
    /// The part of the tensor cores' speed that a product reaches.
    pub product_share: f64,
    /// And that a kernel reaches which gathers its tiles itself.
    pub tile_share: f64,
    /// The part of the memory's speed that a kernel reaches.
    pub memory_share: f64,
    /// The part of the second-level cache in which a stream finds again what it touched: there are
    /// two streams, and either half of the cache may keep a copy.
    pub cache_share: f64,
    /// How many times as fast as the memory that cache is.
    pub cache_gain: f64,
    /// The part of the bus's speed that a copy reaches.
    pub pcie_share: f64,
    /// What a launch takes at least, however little it does, in microseconds.
    pub launch_us: f64,
    /// Streams of a device, each of which waits for its own launches alone.
    pub streams: f64,
    /// Cores of the host that decode.
    pub cores: f64,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            product_share: 0.4,
            tile_share: 0.1,
            memory_share: 0.7,
            cache_share: 0.25,
            cache_gain: 2.0,
            pcie_share: 0.75,
            launch_us: 3.0,
            streams: DEVICE_STREAMS as f64,
            cores: 16.0,
        }
    }
}
