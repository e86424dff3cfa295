//! Walks an ONNX graph and takes out its layers: weights with their bias, batch norms folded in,
//! in the layout of the kernels.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

use crate::onnx::{Graph, Node, TensorProto};

/// ONNX's number for f32.
const FLOAT: i32 = 1;

/// A constant array, row-major.
#[derive(Debug, Clone)]
pub(crate) struct Array {
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Vec<f32>,
}

/// A layer as the kernels want it.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) weight: Array,
    pub(crate) bias: Option<Vec<f32>>,
}

/// The layers of `graph` in its order.
pub(crate) fn layers(graph: &Graph) -> Result<Vec<Layer>> {
    let reader = Reader::new(graph)?;
    let mut layers = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        let layer = match node.op.as_str() {
            "Conv" | "ConvTranspose" => Some(reader.convolution(at)?),
            "MatMul" => reader.linear(at),
            "Mul" => reader.norm(at),
            _ => None,
        };
        layers.extend(layer);
    }
    Ok(layers)
}

struct Reader<'a> {
    graph: &'a Graph,
    constants: HashMap<&'a str, Array>,
    /// Values that only have a second name, with their first one.
    aliases: HashMap<&'a str, &'a str>,
}

impl<'a> Reader<'a> {
    fn new(graph: &'a Graph) -> Result<Self> {
        let mut constants = HashMap::new();
        let mut aliases = HashMap::new();
        for tensor in &graph.initializers {
            if tensor.data_type == FLOAT {
                constants.insert(tensor.name.as_str(), array(tensor)?);
            }
        }
        for node in &graph.nodes {
            let Some(output) = node.outputs.first() else { continue };
            match (node.op.as_str(), node.inputs.first()) {
                ("Constant", _) => {
                    let tensor = node.attributes.iter().find_map(|a| a.tensor.as_ref());
                    if let Some(tensor) = tensor.filter(|t| t.data_type == FLOAT) {
                        constants.insert(output.as_str(), array(tensor)?);
                    }
                }
                ("Identity" | "Reshape", Some(input)) => {
                    aliases.insert(output.as_str(), input.as_str());
                }
                _ => {}
            }
        }
        Ok(Self { graph, constants, aliases })
    }

    fn first_name(&self, mut name: &'a str) -> &'a str {
        while let Some(first) = self.aliases.get(name) {
            name = first;
        }
        name
    }

    fn constant(&self, node: &'a Node, input: usize) -> Option<&Array> {
        self.constants.get(self.first_name(node.inputs.get(input)?))
    }

    /// The first node behind node `at` that takes its output, through other names.
    fn next(&self, at: usize) -> Option<(usize, &'a Node)> {
        let output = self.graph.nodes[at].outputs.first()?;
        let takes = |node: &'a Node| {
            node.op != "Identity"
                && node.op != "Reshape"
                && node.inputs.iter().any(|input| self.first_name(input) == output)
        };
        let nodes = self.graph.nodes.iter().enumerate().skip(at + 1);
        nodes.into_iter().find(|(_, node)| takes(node))
    }

    /// The constant that node `at` is followed by, where an addition of `n` values follows.
    fn bias(&self, at: usize, n: usize) -> Option<Vec<f32>> {
        let (_, node) = self.next(at).filter(|(_, node)| node.op == "Add")?;
        let added = (0..2).find_map(|i| self.constant(node, i))?;
        (added.data.len() == n).then(|| added.data.clone())
    }

    fn convolution(&self, at: usize) -> Result<Layer> {
        let node = &self.graph.nodes[at];
        let weight = self.constant(node, 1).context("a convolution without constant weights")?;
        ensure!(weight.dims.len() == 4, "a convolution with weights {:?}", weight.dims);
        let transposed = node.op == "ConvTranspose";
        let n = weight.dims[usize::from(transposed)];
        let bias = self.bias(at, n);
        match self.next(at) {
            Some((_, norm)) if norm.op == "BatchNormalization" => {
                ensure!(!transposed && bias.is_none(), "a batch norm that cannot be folded");
                let mut weight = weight.clone();
                let bias = self.fold(&mut weight, norm)?;
                Ok(Layer { weight: channels_last(&weight), bias: Some(bias) })
            }
            _ if transposed => Ok(Layer { weight: four_pixels(weight), bias }),
            _ => Ok(Layer { weight: channels_last(weight), bias }),
        }
    }

    /// Multiplies a batch norm into the weights before it, and gives the bias that is left:
    /// `y = γ (x − μ) / √(σ² + ε) + β`.
    fn fold(&self, weight: &mut Array, norm: &'a Node) -> Result<Vec<f32>> {
        let part = |i| self.constant(norm, i).context("a batch norm without constants");
        let (gamma, beta, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
        let epsilon =
            norm.attributes.iter().find(|a| a.name == "epsilon").map_or(1e-5, |a| a.float);
        let each = weight.data.len() / weight.dims[0];
        let mut bias = Vec::with_capacity(weight.dims[0]);
        for (i, row) in weight.data.chunks_exact_mut(each).enumerate() {
            let factor = gamma.data[i] / (variance.data[i] + epsilon).sqrt();
            row.iter_mut().for_each(|value| *value *= factor);
            bias.push(beta.data[i] - mean.data[i] * factor);
        }
        Ok(bias)
    }

    fn linear(&self, at: usize) -> Option<Layer> {
        let weight = self.constant(&self.graph.nodes[at], 1)?.clone();
        let bias = self.bias(at, *weight.dims.last()?);
        Some(Layer { weight, bias })
    }

    /// A layer norm ends in a multiplication and an addition of one constant a channel.
    fn norm(&self, at: usize) -> Option<Layer> {
        let weight = self.constant(&self.graph.nodes[at], 1)?;
        if weight.dims.len() != 1 || weight.data.len() < 2 {
            return None;
        }
        let bias = self.bias(at, weight.data.len())?;
        Some(Layer { weight: weight.clone(), bias: Some(bias) })
    }
}

fn array(tensor: &TensorProto) -> Result<Array> {
    let dims: Vec<usize> =
        tensor.dims.iter().map(|d| usize::try_from(*d)).collect::<Result<_, _>>()?;
    let data: Vec<f32> = if tensor.raw.is_empty() {
        tensor.floats.clone()
    } else {
        let (values, _) = tensor.raw.as_chunks::<4>();
        values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    if data.len() != dims.iter().product::<usize>() {
        bail!("the constant {} has {} values for {dims:?}", tensor.name, data.len());
    }
    Ok(Array { dims, data })
}

/// (C', C / groups, height, width) to (height · width · C, C'), or (height · width, C) where
/// each channel has a window of its own.
fn channels_last(weight: &Array) -> Array {
    let &[n, c, h, w] = &weight.dims[..] else { return weight.clone() };
    let mut data = Vec::with_capacity(weight.data.len());
    for tap in 0..h * w {
        for channel in 0..c {
            data.extend((0..n).map(|out| weight.data[(out * c + channel) * h * w + tap]));
        }
    }
    Array { dims: vec![h * w * c, n], data }
}

/// (C, C', 2, 2) to (C, 2 · 2 · C').
fn four_pixels(weight: &Array) -> Array {
    let &[c, n, h, w] = &weight.dims[..] else { return weight.clone() };
    let mut data = Vec::with_capacity(weight.data.len());
    for channel in 0..c {
        for tap in 0..h * w {
            data.extend((0..n).map(|out| weight.data[(channel * n + out) * h * w + tap]));
        }
    }
    Array { dims: vec![c, h * w * n], data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::Attribute;

    fn tensor(name: &str, dims: &[i64], floats: &[f32]) -> TensorProto {
        let (name, dims, floats) = (name.to_owned(), dims.to_vec(), floats.to_vec());
        TensorProto { dims, data_type: FLOAT, floats, name, raw: Vec::new() }
    }

    fn node(op: &str, inputs: &[&str], output: &str) -> Node {
        Node {
            inputs: inputs.iter().map(|s| (*s).to_owned()).collect(),
            outputs: vec![output.to_owned()],
            op: op.to_owned(),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn a_bias_is_found_behind_other_names() {
        let graph = Graph {
            nodes: vec![
                node("Conv", &["x", "w"], "a"),
                node("Identity", &["a"], "b"),
                node("Reshape", &["bias", "shape"], "c"),
                node("Add", &["b", "c"], "y"),
            ],
            initializers: vec![
                tensor("w", &[2, 2, 1, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
                tensor("bias", &[2], &[9.0, 10.0]),
            ],
        };
        let layers = layers(&graph).unwrap();
        assert_eq!(layers.len(), 1);
        assert_eq!(layers[0].weight.dims, [4, 2]);
        assert_eq!(layers[0].weight.data, [1.0, 5.0, 3.0, 7.0, 2.0, 6.0, 4.0, 8.0]);
        assert_eq!(layers[0].bias.as_deref(), Some(&[9.0, 10.0][..]));
    }

    #[test]
    fn a_batch_norm_is_folded_into_the_weights() {
        let mut norm = node("BatchNormalization", &["a", "g", "b", "m", "v"], "y");
        let epsilon = Attribute { name: "epsilon".into(), float: 0.0, ..Attribute::default() };
        norm.attributes.push(epsilon);
        let graph = Graph {
            nodes: vec![node("Conv", &["x", "w"], "a"), norm],
            initializers: vec![
                tensor("w", &[1, 1, 1, 1], &[3.0]),
                tensor("g", &[1], &[4.0]),
                tensor("b", &[1], &[5.0]),
                tensor("m", &[1], &[6.0]),
                tensor("v", &[1], &[4.0]),
            ],
        };
        let layers = layers(&graph).unwrap();
        assert_eq!(layers[0].weight.data, [6.0]);
        assert_eq!(layers[0].bias.as_deref(), Some(&[5.0 - 6.0 * 2.0][..]));
    }

    #[test]
    fn a_constant_of_the_wrong_length_is_refused() {
        assert!(array(&tensor("w", &[3], &[1.0])).is_err());
        assert!(array(&tensor("w", &[-1], &[1.0])).is_err());
    }
}
