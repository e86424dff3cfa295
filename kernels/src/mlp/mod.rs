//! The channel mixer of the backbone: `project(gelu(expand(x))) [+ x]`, where `x` may first be
//! multiplied by a gate. The wide middle of a block of pixels never leaves the cache.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use crate::activation::Activation;
use crate::dense::Product;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;

const NAME: &str = "mlp";

/// Two linear layers with an activation between them.
#[derive(Debug, Clone)]
pub struct Mlp {
    expand: Placed<Product>,
    project: Placed<Product>,
    channels: usize,
    activation: Activation,
    shortcut: bool,
}

impl Mlp {
    /// Packs `expand` (C, H) and `project` (H, C'); with `shortcut`, the input is added to the
    /// result, and C' must be C.
    ///
    /// # Errors
    /// Where the shapes do not fit each other.
    pub fn new(
        expand: Linear<'_>,
        project: Linear<'_>,
        activation: Activation,
        shortcut: bool,
    ) -> Result<Self> {
        let ((c, hidden), (middle, n)) = (expand.dims()?, project.dims()?);
        if hidden != middle {
            return op::shape_error(NAME, format!("{hidden} and {middle} do not fit"));
        }
        if shortcut && c != n {
            return op::shape_error(NAME, format!("a shortcut cannot join {c} to {n} channels"));
        }
        let pack = |layer: Linear<'_>| Product::new(NAME, layer);
        Ok(Self {
            expand: Placed::new(NAME, expand, pack)?,
            project: Placed::new(NAME, project, pack)?,
            channels: c,
            activation,
            shortcut,
        })
    }

    /// `(N, H, W, C) → (N, H, W, C')`; `gate` (N, C) multiplies the input first.
    ///
    /// # Errors
    /// Where the shapes do not fit, or a tensor is not contiguous f32 (on a GPU `x` is f16).
    pub fn forward(&self, x: &Tensor, gate: Option<&Tensor>) -> Result<Tensor> {
        match gate {
            Some(gate) => x.apply_op2_no_bwd(gate, self),
            None => x.apply_op1_no_bwd(self),
        }
    }

    /// The sizes of the input, where its channels fit.
    fn sizes(&self, layout: &Layout) -> Result<(usize, usize, usize, usize)> {
        let (images, h, w, c) = op::sizes4(NAME, layout)?;
        if c != self.channels {
            return op::shape_error(NAME, format!("wants {} channels, got {c}", self.channels));
        }
        Ok((images, h, w, c))
    }

    /// Whether a gate fits the input.
    fn check_gate(&self, layout: &Layout, gate: &Layout) -> Result<()> {
        let (n, _, _, c) = self.sizes(layout)?;
        if gate.dims() != [n, c] {
            return op::shape_error(NAME, format!("{:?} is no gate for {c}", gate.dims()));
        }
        Ok(())
    }

    fn run(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gate: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let (images, h, w, c) = self.sizes(layout)?;
        let x = op::values(NAME, x, layout)?;
        let layers = (self.expand.cpu(NAME)?, self.project.cpu(NAME)?);
        let (rows, n) = (images * h * w, layers.1.n());
        let multiply_adds = rows * layers.0.n() * (c + n);
        let input = cpu::Input { x, gate, image_px: h * w };
        let out = timing::measure(NAME, multiply_adds, || {
            op::filled(rows * n, |out| cpu::run(self, layers, &input, out))
        });
        Ok((CpuStorage::F32(out), (images, h, w, n).into()))
    }
}

impl CustomOp1 for Mlp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.run(x, layout, None)
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, (x, layout), None)
    }
}

impl CustomOp2 for Mlp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gate: &CpuStorage,
        gate_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.check_gate(layout, gate_layout)?;
        self.run(x, layout, Some(op::values(NAME, gate, gate_layout)?))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        layout: &Layout,
        gate: &CudaStorage,
        gate_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        self.check_gate(layout, gate_layout)?;
        cuda::forward(self, (x, layout), Some((gate, gate_layout)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_mixer_agrees_with_its_steps_in_candle() {
        for (name, (h, w), (c, hidden, n), shortcut, gated) in [
            ("plain", (5, 7), (8, 16, 12), false, false),
            ("shortcut", (5, 7), (24, 48, 24), true, false),
            ("gate and shortcut", (5, 7), (24, 48, 24), true, true),
            ("parallel", (60, 70), (8, 16, 8), true, true),
        ] {
            let random = |dims: &[usize]| Tensor::randn(0f32, 0.5, dims, &Device::Cpu).unwrap();
            let (x, gate) = (random(&[2, h, w, c]), random(&[2, c]));
            let (w1, b1) = (random(&[c, hidden]), random(&[hidden]));
            let (w2, b2) = (random(&[hidden, n]), random(&[n]));
            let mlp =
                Mlp::new(Linear::new(&w1, &b1), Linear::new(&w2, &b2), Activation::Gelu, shortcut)
                    .unwrap();
            let ours = mlp.forward(&x, gated.then_some(&gate)).unwrap();
            let x = match gated {
                true => x.broadcast_mul(&gate.reshape((2, 1, 1, c)).unwrap()).unwrap(),
                false => x,
            };
            let rows = x.reshape((2 * h * w, c)).unwrap();
            let middle = rows.matmul(&w1).unwrap().broadcast_add(&b1).unwrap();
            let mut y = middle.gelu_erf().unwrap().matmul(&w2).unwrap().broadcast_add(&b2).unwrap();
            if shortcut {
                y = (y + rows).unwrap();
            }
            let difference = (ours.reshape((2 * h * w, n)).unwrap() - y).unwrap();
            let difference = difference.abs().unwrap().flatten_all().unwrap();
            assert!(difference.max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-4, "{name}");
        }
    }
}
