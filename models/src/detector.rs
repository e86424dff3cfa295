//! The text detector: PPLCNetV4, a feature pyramid with large kernels (RepLKFPN), and the head of
//! differentiable binarisation (DB, Liao et al. 2020). PP-OCRv6 small.

use candle_core::{Result, Tensor};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::conv::{Conv, Part, Window};
use ivendor_kernels::deconv::{DoubleDeconv, Layer};
use ivendor_kernels::dense::Dense;
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::gate::Gate;
use ivendor_kernels::placed::as_activations;
use ivendor_kernels::scale::scale;
use ivendor_kernels::upsample::upsample_add;

use crate::backbone::{Backbone, BlockSpec, GATED, PLAIN, layer_names, smaller};
use crate::weights::{Weights, WeightsError};

/// Both sides of the input must be multiples of this.
pub const SIDE_MULTIPLE: usize = 32;

const BLOCKS: [BlockSpec; 13] = [
    GATED,
    PLAIN,
    smaller(2, 2),
    GATED,
    PLAIN,
    smaller(2, 2),
    GATED,
    PLAIN,
    GATED,
    PLAIN,
    smaller(2, 2),
    GATED,
    PLAIN,
];

/// The last block of each of the four scales: 1/4, 1/8, 1/16, 1/32.
const TAPS: [usize; 4] = [1, 4, 9, 12];

/// The slope of the hard sigmoid in the pyramid's gates.
const GATE_SLOPE: f32 = 0.2;

/// The layers in the order of the published graph: coarse scales come before fine ones.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names = layer_names(&BLOCKS);
    for level in (0..TAPS.len()).rev() {
        let layers = ["lateral", "lateral.gate.reduce", "lateral.gate.expand"];
        names.extend(layers.iter().map(|layer| format!("pyramid.{level}.{layer}")));
    }
    for level in (0..TAPS.len()).rev() {
        let layers = ["smooth", "narrow", "narrow.gate.reduce", "narrow.gate.expand"];
        names.extend(layers.iter().map(|layer| format!("pyramid.{level}.{layer}")));
    }
    names.extend(["head.conv", "head.up.0", "head.up.1"].map(String::from));
    names
}

/// A 1×1 convolution whose result is gated, with a shortcut around the gate: whoever reads it
/// multiplies by the gate and one.
#[derive(Debug)]
struct GatedDense {
    dense: Dense,
    gate: Gate,
}

impl GatedDense {
    fn load(weights: &Weights, name: &str) -> Result<Self> {
        let layer = |part: &str| weights.linear(&format!("{name}.gate.{part}"));
        Ok(Self {
            dense: Dense::new(weights.linear(name)?, Activation::Linear)?,
            gate: Gate::new(layer("reduce")?, layer("expand")?, GATE_SLOPE)?,
        })
    }

    /// The result before the gate, and the gate.
    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = self.dense.forward(x)?;
        let gate = self.gate.forward(&x)?;
        Ok((x, gate))
    }
}

/// One scale of the pyramid.
#[derive(Debug)]
struct Level {
    lateral: GatedDense,
    smooth: Depthwise,
    narrow: GatedDense,
}

impl Level {
    fn load(weights: &Weights, level: usize) -> Result<Self> {
        let name = |part: &str| format!("pyramid.{level}.{part}");
        let (weight, bias) = weights.layer(&name("smooth"))?;
        let window = Window::centred((7, 7), (1, 1));
        Ok(Self {
            lateral: GatedDense::load(weights, &name("lateral"))?,
            smooth: Depthwise::new(weight, bias, window, Activation::Linear)?,
            narrow: GatedDense::load(weights, &name("narrow"))?,
        })
    }
}

/// The detector with its weights on a device.
#[derive(Debug)]
pub struct Detector {
    backbone: Backbone,
    /// Fine to coarse.
    levels: Vec<Level>,
    conv: Conv,
    up: DoubleDeconv,
}

impl Detector {
    /// Builds the network from its weights.
    ///
    /// # Errors
    /// Where the weights are those of another network.
    pub fn load(weights: &Weights) -> std::result::Result<Self, WeightsError> {
        Self::build(weights).map_err(|error| weights.misfit(&error))
    }

    fn build(weights: &Weights) -> Result<Self> {
        let up = |name: &str, activation| -> Result<Layer<'_>> {
            let (weight, bias) = weights.layer(name)?;
            Ok(Layer { weight, bias, activation })
        };
        let (first, second) =
            (up("head.up.0", Activation::Relu)?, up("head.up.1", Activation::Sigmoid)?);
        let window = Window::centred((3, 3), (1, 1));
        Ok(Self {
            backbone: Backbone::load(weights, &BLOCKS)?,
            levels: (0..TAPS.len()).map(|i| Level::load(weights, i)).collect::<Result<_>>()?,
            conv: Conv::new(weights.linear("head.conv")?, window, Activation::Relu)?,
            up: DoubleDeconv::new(first, second)?,
        })
    }

    /// `(N, H, W, 3)`, RGB in [-1, 1], both sides multiples of [`SIDE_MULTIPLE`], to
    /// `(N, H, W, 1)`: the probability that a pixel lies in the (shrunken) core of a line of text,
    /// in the type of activations of the device. The input may have any type of float.
    ///
    /// # Errors
    /// Where a side is no multiple, or the device fails.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let features = self.backbone.forward(&as_activations(x)?, &TAPS)?;
        let mut merged: Vec<Tensor> = Vec::with_capacity(TAPS.len());
        for (level, feature) in self.levels.iter().zip(&features).rev() {
            let (lateral, gate) = level.lateral.forward(feature)?;
            merged.push(match merged.last() {
                Some(coarser) => upsample_add(&lateral, &gate, coarser)?,
                None => scale(&lateral, &gate, 1.0)?,
            });
        }
        let narrowed: Vec<(Tensor, Tensor)> = (self.levels.iter().rev().zip(&merged))
            .map(|(level, x)| level.narrow.forward(&level.smooth.forward(x)?))
            .collect::<Result<_>>()?;
        let factors = (0..TAPS.len()).rev().map(|level| 1 << level);
        let parts: Vec<Part<'_>> = narrowed
            .iter()
            .zip(factors)
            .map(|((x, gate), factor)| Part { x, gate, factor })
            .collect();
        self.up.forward(&self.conv.forward_parts(&parts)?)
    }
}
