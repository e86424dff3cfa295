//! PPLCNetV4, the backbone of the detector and the recogniser: a stem of two branches, then
//! blocks of a depthwise convolution (token mixer) and two 1×1 convolutions (channel mixer), some
//! with a squeeze-and-excitation gate between them. After the published description of PP-OCRv6;
//! batch norms and parallel branches of training are folded into single convolutions.

use candle_core::{Result, Tensor};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::conv::{Conv, Window};
use ivendor_kernels::dense::Dense;
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::gate::Gate;
use ivendor_kernels::mlp::Mlp;

use crate::weights::Weights;

/// One block: the stride of its 3×3 depthwise convolution (down, across) and whether it has a gate.
/// A block at stride 1 keeps its channels and has a shortcut around the channel mixer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockSpec {
    pub(crate) stride: (usize, usize),
    pub(crate) gate: bool,
}

/// A block at stride 1 with a gate.
pub(crate) const GATED: BlockSpec = BlockSpec { stride: (1, 1), gate: true };

/// A block at stride 1 without a gate.
pub(crate) const PLAIN: BlockSpec = BlockSpec { stride: (1, 1), gate: false };

/// A block that makes the picture smaller.
pub(crate) const fn smaller(down: usize, across: usize) -> BlockSpec {
    BlockSpec { stride: (down, across), gate: false }
}

/// The slope of the hard sigmoid in the blocks' gates.
const GATE_SLOPE: f32 = 1.0 / 6.0;

/// The layers of a backbone in the order of the published graph.
pub(crate) fn layer_names(blocks: &[BlockSpec]) -> Vec<String> {
    let mut names: Vec<String> = (0..5).map(|i| format!("stem.{i}")).collect();
    for (i, block) in blocks.iter().enumerate() {
        let layers: &[&str] = match block.gate {
            true => &["depthwise", "gate.reduce", "gate.expand", "expand", "project"],
            false => &["depthwise", "expand", "project"],
        };
        names.extend(layers.iter().map(|layer| format!("blocks.{i}.{layer}")));
    }
    names
}

#[derive(Debug)]
struct Block {
    depthwise: Depthwise,
    gate: Option<Gate>,
    mixer: Mlp,
}

impl Block {
    fn load(weights: &Weights, name: &str, spec: BlockSpec) -> Result<Self> {
        let layer = |part: &str| weights.linear(&format!("{name}.{part}"));
        let (weight, bias) = weights.layer(&format!("{name}.depthwise"))?;
        let window = Window::centred((3, 3), spec.stride);
        let depthwise = Depthwise::new(weight, bias, window, Activation::Linear)?;
        let gate = match spec.gate {
            true => Some(Gate::new(layer("gate.reduce")?, layer("gate.expand")?, GATE_SLOPE)?),
            false => None,
        };
        let shortcut = spec.stride == (1, 1);
        let mixer = Mlp::new(layer("expand")?, layer("project")?, Activation::Gelu, shortcut)?;
        Ok(Self { depthwise, gate, mixer })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.depthwise.forward(x)?;
        let gate = self.gate.as_ref().map(|gate| gate.forward(&x)).transpose()?;
        self.mixer.forward(&x, gate.as_ref())
    }
}

/// A backbone whose weights are on a device.
#[derive(Debug)]
pub(crate) struct Backbone {
    stem: [Conv; 4],
    stem_out: Dense,
    blocks: Vec<Block>,
}

impl Backbone {
    pub(crate) fn load(weights: &Weights, blocks: &[BlockSpec]) -> Result<Self> {
        let conv =
            |name: &str, window: Window| Conv::new(weights.linear(name)?, window, Activation::Relu);
        let halving = Window::centred((3, 3), (2, 2));
        let stem = [
            conv("stem.0", halving)?,
            conv("stem.1", Window::two_by_two())?,
            conv("stem.2", Window::two_by_two())?,
            conv("stem.3", halving)?,
        ];
        let stem_out = Dense::new(weights.linear("stem.4")?.exact(), Activation::Relu)?;
        let blocks = blocks
            .iter()
            .enumerate()
            .map(|(i, spec)| Block::load(weights, &format!("blocks.{i}"), *spec))
            .collect::<Result<_>>()?;
        Ok(Self { stem, stem_out, blocks })
    }

    /// `(N, H, W, 3)` to the outputs behind each of the blocks `taps` (ascending): the stem
    /// quarters both sides, the blocks' strides do the rest.
    pub(crate) fn forward(&self, x: &Tensor, taps: &[usize]) -> Result<Vec<Tensor>> {
        let [first, narrow, wide, last] = &self.stem;
        let x = first.forward(x)?;
        let branch = wide.forward(&narrow.forward(&x)?)?;
        let mut x = self.stem_out.forward(&last.forward_pooled(&x, &branch)?)?;
        let mut outputs = Vec::with_capacity(taps.len());
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x)?;
            if taps.contains(&i) {
                outputs.push(x.clone());
            }
        }
        Ok(outputs)
    }
}
