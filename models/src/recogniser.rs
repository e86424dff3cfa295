//! The text recogniser: PPLCNetV4, a light SVTR neck (two short attention blocks, Du et al. 2022)
//! and a CTC head over 18,710 classes. PP-OCRv6 small.

use candle_core::{D, Result, Tensor};
use candle_nn::ops::layer_norm;
use ivendor_kernels::activation::Activation;
use ivendor_kernels::attention::attention;
use ivendor_kernels::conv::Window;
use ivendor_kernels::ctc::CtcHead;
use ivendor_kernels::dense::Dense;
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::placed::as_activations;
use ivendor_kernels::pool::{self, Pooling};

use crate::backbone::{Backbone, BlockSpec, GATED, PLAIN, layer_names, smaller};
use crate::weights::{Weights, WeightsError};

/// The height of a line in pixels.
pub const LINE_HEIGHT: usize = 48;

/// Pixels of a line's width behind one step of the output.
pub const STEP_PX: usize = 8;

/// The class that stands for no character.
pub const BLANK: usize = 0;

const BLOCKS: [BlockSpec; 13] = [
    GATED,
    PLAIN,
    PLAIN,
    smaller(2, 1),
    GATED,
    PLAIN,
    GATED,
    PLAIN,
    GATED,
    PLAIN,
    smaller(2, 1),
    GATED,
    PLAIN,
];

const ATTENTION_BLOCKS: usize = 2;
const HEADS: usize = 8;

/// The layers in the order of the published graph.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names = layer_names(&BLOCKS);
    names.extend(["neck.shortcut", "neck.reduce", "neck.local"].map(String::from));
    for i in 0..ATTENTION_BLOCKS {
        let layers = ["norm1", "qkv", "out", "norm2", "expand", "project"];
        names.extend(layers.iter().map(|layer| format!("neck.blocks.{i}.{layer}")));
    }
    names.extend(["neck.norm", "head"].map(String::from));
    names
}

#[derive(Debug)]
struct Norm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl Norm {
    fn load(weights: &Weights, name: &str, epsilon: f32) -> Result<Self> {
        let (weight, bias) = weights.layer(name)?;
        Ok(Self { weight: as_activations(weight)?, bias: as_activations(bias)?, epsilon })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        layer_norm(x, &self.weight, &self.bias, self.epsilon)
    }
}

/// Self-attention over the steps of a line, then two linear layers, each with a shortcut.
#[derive(Debug)]
struct AttentionBlock {
    norm1: Norm,
    qkv: Dense,
    out: Dense,
    norm2: Norm,
    expand: Dense,
    project: Dense,
}

impl AttentionBlock {
    fn load(weights: &Weights, name: &str) -> Result<Self> {
        let dense = |part: &str, activation| {
            Dense::new(weights.linear(&format!("{name}.{part}"))?.exact(), activation)
        };
        Ok(Self {
            norm1: Norm::load(weights, &format!("{name}.norm1"), 1e-5)?,
            qkv: dense("qkv", Activation::Linear)?,
            out: dense("out", Activation::Linear)?,
            norm2: Norm::load(weights, &format!("{name}.norm2"), 1e-5)?,
            expand: dense("expand", Activation::Swish)?,
            project: dense("project", Activation::Linear)?,
        })
    }

    /// `(N, T, C) → (N, T, C)`
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let attended = attention(&self.qkv.forward(&self.norm1.forward(x)?)?, HEADS)?;
        let x = self.out.forward_onto(&attended, x)?;
        self.project.forward_onto(&self.expand.forward(&self.norm2.forward(&x)?)?, &x)
    }
}

/// The recogniser with its weights on a device.
#[derive(Debug)]
pub struct Recogniser {
    backbone: Backbone,
    shortcut: Dense,
    reduce: Dense,
    local: Depthwise,
    blocks: Vec<AttentionBlock>,
    norm: Norm,
    head: CtcHead,
    characters: Vec<String>,
}

impl Recogniser {
    /// Builds the network from its weights.
    ///
    /// # Errors
    /// Where the weights are those of another network.
    pub fn load(weights: &Weights) -> std::result::Result<Self, WeightsError> {
        Self::build(weights).map_err(|error| weights.misfit(&error))
    }

    fn build(weights: &Weights) -> Result<Self> {
        let dense = |name: &str| Dense::new(weights.linear(name)?.exact(), Activation::Swish);
        let (weight, bias) = weights.layer("neck.local")?;
        let window = Window::centred((1, 7), (1, 1));
        let (head_weight, head_bias) = weights.layer("head")?;
        // The classes are: blank, the characters of the file, and the space that it leaves out.
        let listed = weights.note("characters").unwrap_or_default();
        let characters: Vec<String> = std::iter::once("")
            .chain(listed.lines())
            .chain(std::iter::once(" "))
            .map(String::from)
            .collect();
        if characters.len() != head_bias.dims1()? {
            let counts = (characters.len(), head_bias.dims1()?);
            let text = format!("{} characters for {} classes", counts.0, counts.1);
            return Err(candle_core::Error::Msg(text).bt());
        }
        Ok(Self {
            backbone: Backbone::load(weights, &BLOCKS)?,
            shortcut: dense("neck.shortcut")?,
            reduce: dense("neck.reduce")?,
            local: Depthwise::new(weight, bias, window, Activation::Swish)?,
            blocks: (0..ATTENTION_BLOCKS)
                .map(|i| AttentionBlock::load(weights, &format!("neck.blocks.{i}")))
                .collect::<Result<_>>()?,
            norm: Norm::load(weights, "neck.norm", 1e-6)?,
            head: CtcHead::new(head_weight, head_bias)?,
            characters,
        })
    }

    /// The text of each class; that of [`BLANK`] is empty.
    #[must_use]
    pub fn characters(&self) -> &[String] {
        &self.characters
    }

    /// `(N, 48, W, 3)`, RGB in [-1, 1], to `(N, W / 8, 120)`: what the head sees of each step,
    /// in the type of activations of its device. The input may have any type of float.
    ///
    /// # Errors
    /// Where the shape does not fit, or the device fails.
    pub fn features(&self, x: &Tensor) -> Result<Tensor> {
        let outputs = self.backbone.forward(&as_activations(x)?, &[BLOCKS.len() - 1])?;
        let x = pool::pool(&outputs[0], Pooling::Mean, (3, 2))?;
        let shortcut = self.shortcut.forward(&x)?;
        let reduced = self.reduce.forward(&x)?;
        let x = (&reduced + self.local.forward(&reduced)?)?;
        // One row is left of the height, so that the columns are the steps.
        let mut x = x.squeeze(1)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        self.norm.forward(&x)? + shortcut.squeeze(1)?
    }

    /// The likeliest class of each step and its probability, from [`Recogniser::features`]:
    /// `(N, T, 120) → (N, T, 2)`, in f32.
    ///
    /// # Errors
    /// As [`Recogniser::features`].
    pub fn best(&self, features: &Tensor) -> Result<Tensor> {
        self.head.best(&as_activations(features)?)
    }

    /// The log-probabilities of all classes, from [`Recogniser::features`]:
    /// `(N, T, 120) → (N, T, 18710)`, in f32.
    ///
    /// # Errors
    /// As [`Recogniser::features`].
    pub fn log_probabilities(&self, features: &Tensor) -> Result<Tensor> {
        candle_nn::ops::log_softmax(&self.head.logits(&as_activations(features)?)?, D::Minus1)
    }
}
