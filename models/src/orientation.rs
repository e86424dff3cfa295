//! The classifier of a line's orientation, upright or upside down: a small MobileNetV3 (Howard et
//! al. 2019), from the same package as the detector and the recogniser.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops::softmax;
use ivendor_kernels::activation::Activation;
use ivendor_kernels::conv::{Conv, Window};
use ivendor_kernels::dense::Dense;
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::gate::Gate;
use ivendor_kernels::placed::as_activations;
use ivendor_kernels::pool::{self, Pooling};
use ivendor_kernels::scale::scale;

use crate::weights::{Weights, WeightsError};

/// The size of the input (height, width) in pixels.
pub const INPUT: (usize, usize) = (48, 192);

/// One inverted residual block.
#[derive(Debug, Clone, Copy)]
struct BlockSpec {
    kernel: usize,
    /// Down; across is always 1.
    stride: usize,
    gate: bool,
    shortcut: bool,
    activation: Activation,
}

const fn block(kernel: usize, stride: usize, gate: bool, shortcut: bool) -> BlockSpec {
    let activation = if kernel == 3 { Activation::Relu } else { Activation::HardSwish };
    BlockSpec { kernel, stride, gate, shortcut, activation }
}

const BLOCKS: [BlockSpec; 11] = [
    block(3, 2, true, false),
    block(3, 2, false, false),
    block(3, 1, false, true),
    block(5, 2, true, false),
    block(5, 1, true, true),
    block(5, 1, true, true),
    block(5, 1, true, true),
    block(5, 1, true, true),
    block(5, 2, true, false),
    block(5, 1, true, true),
    block(5, 1, true, true),
];

const GATE_SLOPE: f32 = 0.2;

/// The layers in the order of the published graph.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names = vec!["stem".to_owned()];
    for (i, block) in BLOCKS.iter().enumerate() {
        let layers: &[&str] = match block.gate {
            true => &["expand", "depthwise", "gate.reduce", "gate.expand", "project"],
            false => &["expand", "depthwise", "project"],
        };
        names.extend(layers.iter().map(|layer| format!("blocks.{i}.{layer}")));
    }
    names.extend(["last", "head"].map(String::from));
    names
}

#[derive(Debug)]
struct Block {
    expand: Dense,
    depthwise: Depthwise,
    gate: Option<Gate>,
    project: Dense,
    shortcut: bool,
}

impl Block {
    fn load(weights: &Weights, name: &str, spec: BlockSpec) -> Result<Self> {
        let layer = |part: &str| weights.linear(&format!("{name}.{part}"));
        let dense = |part: &str, activation| Dense::new(layer(part)?, activation);
        let (weight, bias) = weights.layer(&format!("{name}.depthwise"))?;
        let window = Window::centred((spec.kernel, spec.kernel), (spec.stride, 1));
        let gate = match spec.gate {
            true => Some(Gate::new(layer("gate.reduce")?, layer("gate.expand")?, GATE_SLOPE)?),
            false => None,
        };
        Ok(Self {
            expand: dense("expand", spec.activation)?,
            depthwise: Depthwise::new(weight, bias, window, spec.activation)?,
            gate,
            project: dense("project", Activation::Linear)?,
            shortcut: spec.shortcut,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut y = self.depthwise.forward(&self.expand.forward(x)?)?;
        if let Some(gate) = &self.gate {
            y = scale(&y, &gate.forward(&y)?, 0.0)?;
        }
        let y = self.project.forward(&y)?;
        if self.shortcut { x + y } else { Ok(y) }
    }
}

/// The classifier with its weights on a device.
#[derive(Debug)]
pub struct Orientation {
    stem: Conv,
    blocks: Vec<Block>,
    last: Dense,
    head: Dense,
}

impl Orientation {
    /// Builds the network from its weights.
    ///
    /// # Errors
    /// Where the weights are those of another network.
    pub fn load(weights: &Weights) -> std::result::Result<Self, WeightsError> {
        Self::build(weights).map_err(|error| weights.misfit(&error))
    }

    fn build(weights: &Weights) -> Result<Self> {
        let dense = |name: &str, activation| Dense::new(weights.linear(name)?, activation);
        let window = Window::centred((3, 3), (2, 2));
        Ok(Self {
            stem: Conv::new(weights.linear("stem")?, window, Activation::HardSwish)?,
            blocks: BLOCKS
                .iter()
                .enumerate()
                .map(|(i, spec)| Block::load(weights, &format!("blocks.{i}"), *spec))
                .collect::<Result<_>>()?,
            last: dense("last", Activation::HardSwish)?,
            head: dense("head", Activation::Linear)?,
        })
    }

    /// `(N, 48, 192, 3)`, RGB in [-1, 1], to `(N, 2)`: the probabilities of upright and of upside
    /// down, in f32. The input may have any type of float; on a GPU it is computed in f16.
    ///
    /// # Errors
    /// Where the shape does not fit, or the device fails.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = self.stem.forward(&as_activations(x)?)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        let x = pool::pool(&self.last.forward(&x)?, Pooling::Max, (2, 2))?;
        let (_, h, w, _) = x.dims4()?;
        let x = pool::pool(&x, Pooling::Mean, (h, w))?.squeeze(1)?.squeeze(1)?;
        softmax(&self.head.forward(&x)?.to_dtype(DType::F32)?, D::Minus1)
    }
}
