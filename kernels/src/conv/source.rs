//! Convolutions of a picture that stands in several maps: the parts of a pyramid, or a map whose
//! maximum is taken beside another one. A GPU gathers its windows from the maps themselves.

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor};

#[cfg(feature = "cuda")]
use super::cuda;
use super::{Conv, NAME, join};
use crate::op;
use crate::timing;

/// One part of a pyramid: `x · (gate + 1)`, with each side enlarged by a factor.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// (N, H / factor, W / factor, C)
    pub x: &'a Tensor,
    /// (N, C), in f32 on every device.
    pub gate: &'a Tensor,
    /// A power of two.
    pub factor: usize,
}

impl Conv {
    /// The convolution of the channels of all parts, one part after the other: `(N, H', W', C')`.
    ///
    /// # Errors
    /// Where the shapes do not fit, or a tensor is not contiguous f32 (on a GPU a part is f16). A
    /// GPU takes four parts, and the channels of each and of the result in eights.
    pub fn forward_parts(&self, parts: &[Part<'_>]) -> Result<Tensor> {
        let Some(first) = parts.first() else {
            return op::shape_error(NAME, "there is no part".into());
        };
        first.x.apply_op1_no_bwd(&Gathered { conv: self, source: Source::Parts(parts) })
    }

    /// The convolution of the maximum of each pixel of `pooled` with its right, lower and lower
    /// right neighbours, and then the channels of `beside`: `(N, H, W, A)` and `(N, H, W, B)`, with
    /// A + B channels, give `(N, H', W', C')`.
    ///
    /// # Errors
    /// Where the shapes do not fit, or a tensor is not contiguous f32 (f16 on a GPU). A GPU takes
    /// channels in eights.
    pub fn forward_pooled(&self, pooled: &Tensor, beside: &Tensor) -> Result<Tensor> {
        let source = Source::Pooled { pooled, beside };
        pooled.apply_op1_no_bwd(&Gathered { conv: self, source })
    }
}

/// Where a picture stands.
enum Source<'a> {
    Parts(&'a [Part<'a>]),
    Pooled { pooled: &'a Tensor, beside: &'a Tensor },
}

struct Gathered<'a> {
    conv: &'a Conv,
    source: Source<'a>,
}

impl Source<'_> {
    /// The sizes of the joined picture, where those of the maps fit each other.
    fn sizes(&self) -> Result<(usize, usize, usize, usize)> {
        match self {
            Self::Parts(parts) => parts_sizes(parts),
            Self::Pooled { pooled, beside } => {
                let (n, h, w, a) = op::sizes4(NAME, pooled.layout())?;
                let (bn, bh, bw, b) = op::sizes4(NAME, beside.layout())?;
                if (n, h, w) != (bn, bh, bw) {
                    let dims = (pooled.dims(), beside.dims());
                    let problem = format!("{:?} cannot stand beside {:?}", dims.1, dims.0);
                    return op::shape_error(NAME, problem);
                }
                Ok((n, h, w, a + b))
            }
        }
    }

    /// The joined picture on the CPU.
    fn joined(&self, (n, h, w, c): (usize, usize, usize, usize)) -> Result<Vec<f32>> {
        match self {
            Self::Parts(parts) => {
                let guards: Vec<_> = parts
                    .iter()
                    .map(|part| (part.x.storage_and_layout(), part.gate.storage_and_layout()))
                    .collect();
                let mut maps = Vec::with_capacity(parts.len());
                for ((x, gate), part) in guards.iter().zip(*parts) {
                    maps.push(join::Map {
                        x: values(&x.0, x.1)?,
                        factors: values(&gate.0, gate.1)?.iter().map(|gate| gate + 1.0).collect(),
                        channels: part.x.dims()[3],
                        smaller: part.factor,
                    });
                }
                Ok(op::filled(n * h * w * c, |out| {
                    op::for_row_blocks(out, c, w.max(1), |first, out| {
                        join::parts_row(&maps, first / w, (h, w), out);
                    });
                }))
            }
            Self::Pooled { pooled, beside } => {
                let guards = (pooled.storage_and_layout(), beside.storage_and_layout());
                let a = values(&guards.0.0, guards.0.1)?;
                let b = values(&guards.1.0, guards.1.1)?;
                let (ca, cb) = (pooled.dims()[3], beside.dims()[3]);
                Ok(op::filled(n * h * w * c, |out| {
                    op::for_row_blocks(out, c, w.max(1), |first, out| {
                        let last_row = first / w % h + 1 == h;
                        let (upper, rest) = a[first * ca..].split_at(w * ca);
                        let lower = if last_row { upper } else { &rest[..w * ca] };
                        join::pooled_row((upper, lower), &b[first * cb..][..w * cb], w, out);
                    });
                }))
            }
        }
    }
}

fn parts_sizes(parts: &[Part<'_>]) -> Result<(usize, usize, usize, usize)> {
    let mut whole = None;
    let mut channels = 0;
    for Part { x, gate, factor } in parts {
        let (n, h, w, c) = op::sizes4(NAME, x.layout())?;
        let sides = (n, h * factor, w * factor);
        if !factor.is_power_of_two() || *whole.get_or_insert(sides) != sides {
            return op::shape_error(NAME, format!("{:?} x {factor} is no part", x.dims()));
        }
        if gate.dims() != [n, c] {
            return op::shape_error(NAME, format!("{:?} is no gate for {c}", gate.dims()));
        }
        channels += c;
    }
    let (n, h, w) = whole.unwrap_or_default();
    Ok((n, h, w, channels))
}

/// The values of a map on the CPU.
fn values<'a>(storage: &'a Storage, layout: &Layout) -> Result<&'a [f32]> {
    op::values(NAME, op::held(NAME, storage)?, layout)
}

/// The maps are those of the source; the tensor that an operation is called on says no more than
/// where.
impl CustomOp1 for Gathered<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let sizes = self.source.sizes()?;
        let output = self.conv.output(sizes)?;
        let x = timing::measure("conv join", 0, || self.source.joined(sizes))?;
        self.conv.on_cpu(&x, output)
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, first: &CudaStorage, _: &Layout) -> Result<(CudaStorage, Shape)> {
        let output = self.conv.output(self.source.sizes()?)?;
        match self.source {
            Source::Parts(parts) => cuda::parts(self.conv, &first.device, parts, output),
            Source::Pooled { pooled, beside } => {
                cuda::pooled(self.conv, &first.device, (pooled, beside), output)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::conv::Window;
    use crate::linear::{Linear, Precision};
    use crate::scale::scale;
    use candle_core::Device;

    fn random(dims: &[usize]) -> Tensor {
        Tensor::rand(-1f32, 1.0, dims, &Device::Cpu).unwrap()
    }

    fn flat(x: &Tensor) -> Vec<f32> {
        x.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn conv(channels: usize, window: Window, precision: Precision) -> Conv {
        let (weight, bias) = (random(&[9 * channels, 10]), random(&[10]));
        let layer = Linear { precision, ..Linear::new(&weight, &bias) };
        Conv::new(layer, window, Activation::Relu).unwrap()
    }

    fn enlarged(x: &Tensor, factor: usize) -> Tensor {
        let (_, h, w, _) = x.dims4().unwrap();
        let x = x.permute((0, 3, 1, 2)).unwrap();
        let x = x.upsample_nearest2d(h * factor, w * factor).unwrap();
        x.permute((0, 2, 3, 1)).unwrap().contiguous().unwrap()
    }

    #[test]
    fn parts_give_what_their_joined_map_gives_to_the_bit() {
        let sizes = [((1, 17), 3, 4), ((2, 34), 2, 2), ((4, 68), 5, 1)];
        let maps: Vec<(Tensor, Tensor, usize)> = sizes
            .iter()
            .map(|((h, w), c, factor)| (random(&[2, *h, *w, *c]), random(&[2, *c]), *factor))
            .collect();
        let parts: Vec<Part<'_>> =
            maps.iter().map(|(x, gate, factor)| Part { x, gate, factor: *factor }).collect();
        let scaled: Vec<Tensor> = maps
            .iter()
            .map(|(x, gate, factor)| enlarged(&scale(x, gate, 1.0).unwrap(), *factor))
            .collect();
        let joined = Tensor::cat(&scaled, 3).unwrap();
        for precision in [Precision::F32, Precision::Int8] {
            let conv = conv(10, Window::centred((3, 3), (1, 1)), precision);
            let ours = conv.forward_parts(&parts).unwrap();
            assert_eq!(ours.dims(), [2, 4, 68, 10]);
            assert_eq!(flat(&ours), flat(&conv.forward(&joined).unwrap()), "{precision:?}");
        }
    }

    #[test]
    fn the_overlapping_maximum_sees_only_pixels_of_the_picture() {
        for (h, w) in [(1, 1), (4, 5), (60, 41)] {
            let (a, b) = (random(&[2, h, w, 3]), random(&[2, h, w, 4]));
            // Neighbours that are not there are left out by repeating the last row and column.
            let whole = a.pad_with_same(1, 0, 1).unwrap().pad_with_same(2, 0, 1).unwrap();
            let moved = |down, across| {
                let rows = whole.narrow(1, down, h).unwrap();
                rows.narrow(2, across, w).unwrap().contiguous().unwrap()
            };
            let upper = moved(0, 0).maximum(&moved(0, 1)).unwrap();
            let pooled = upper.maximum(&moved(1, 0)).unwrap().maximum(&moved(1, 1)).unwrap();
            let joined = Tensor::cat(&[&pooled, &b], 3).unwrap();
            for precision in [Precision::F32, Precision::Int8] {
                let conv = conv(7, Window::centred((3, 3), (2, 2)), precision);
                let ours = conv.forward_pooled(&a, &b).unwrap();
                assert_eq!(flat(&ours), flat(&conv.forward(&joined).unwrap()), "{precision:?}");
            }
        }
    }

    #[test]
    fn maps_that_do_not_fit_are_an_error_that_names_them() {
        let conv = conv(7, Window::centred((3, 3), (1, 1)), Precision::F32);
        let told = |result: Result<Tensor>, words: &[&str]| {
            let error = result.unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        };
        let (a, b) = (random(&[1, 4, 4, 3]), random(&[1, 4, 5, 4]));
        told(conv.forward_pooled(&a, &b), &["[1, 4, 4, 3]", "[1, 4, 5, 4]"]);
        told(conv.forward_pooled(&a, &a), &["7", "6"]);
        told(conv.forward_parts(&[]), &["no part"]);
        let (gate, small) = (random(&[1, 3]), random(&[1, 2, 2, 3]));
        let part = |x, factor| Part { x, gate: &gate, factor };
        told(conv.forward_parts(&[part(&small, 1), part(&a, 1)]), &["[1, 4, 4, 3] x 1"]);
        told(conv.forward_parts(&[part(&small, 3)]), &["x 3"]);
        told(conv.forward_parts(&[part(&small, 2), part(&a, 1)]), &["7", "6"]);
        told(conv.forward_parts(&[part(&b, 1)]), &["[1, 3]", "4"]);
    }
}
