//! Pixel by pixel: a few registers of channels are summed over the taps of the window.

use super::Depthwise;
use crate::op;
#[cfg(target_arch = "x86_64")]
use crate::simd::Avx2Lanes;
use crate::simd::{Isa, Lanes, PortableLanes};

/// The most taps of a window: 7×7.
const TAPS_MAX: usize = 49;

/// The input and the sizes of the output.
pub(super) struct Input<'a> {
    pub(super) x: &'a [f32],
    pub(super) h: usize,
    pub(super) w: usize,
    pub(super) oh: usize,
    pub(super) ow: usize,
}

pub(super) fn run(op: &Depthwise, input: &Input<'_>, out: &mut [f32]) {
    assert!(op.weight.len() <= TAPS_MAX * op.bias.len());
    let c = op.bias.len();
    let isa = Isa::get();
    op::for_row_blocks(out, c, op::BLOCK_ROWS, |first, out| {
        for (i, out) in out.chunks_exact_mut(c).enumerate() {
            match isa {
                // SAFETY: the instruction set was found on this CPU; more lanes than AVX2's
                // bring nothing here, where memory is the bound.
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 | Isa::Avx512 => unsafe { pixel_avx2(op, input, first + i, out) },
                Isa::Portable => pixel::<PortableLanes>(op, input, first + i, out),
            }
        }
        op.activation.apply(out);
    });
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn pixel_avx2(op: &Depthwise, input: &Input<'_>, index: usize, out: &mut [f32]) {
    pixel::<Avx2Lanes>(op, input, index, out);
}

/// One output pixel, all channels.
#[inline(always)]
fn pixel<L: Lanes>(op: &Depthwise, input: &Input<'_>, index: usize, out: &mut [f32]) {
    let &Input { x, h, w, oh, ow } = input;
    let c = out.len();
    let (image, y, xo) = (index / (oh * ow), index / ow % oh, index % ow);
    let (kh, kw) = op.window.kernel;
    let top = (y * op.window.stride.0) as isize - op.window.before.0 as isize;
    let left = (xo * op.window.stride.1) as isize - op.window.before.1 as isize;
    let mut taps = [(&x[..0], &x[..0]); TAPS_MAX];
    let mut count = 0;
    for ky in 0..kh {
        let iy = top + ky as isize;
        if iy < 0 || iy >= h as isize {
            continue;
        }
        let row = (image * h + iy as usize) * w;
        for kx in 0..kw {
            let ix = left + kx as isize;
            if ix < 0 || ix >= w as isize {
                continue;
            }
            let at = (row + ix as usize) * c;
            let tap = (ky * kw + kx) * c;
            taps[count] = (&x[at..at + c], &op.weight[tap..tap + c]);
            count += 1;
        }
    }
    let taps = &taps[..count];
    let mut from = 0;
    while from + 4 * L::COUNT <= c {
        channels::<L, 4>(taps, &op.bias, from, out);
        from += 4 * L::COUNT;
    }
    while from + L::COUNT <= c {
        channels::<L, 1>(taps, &op.bias, from, out);
        from += L::COUNT;
    }
    for i in from..c {
        out[i] = taps.iter().fold(op.bias[i], |sum, (x, weight)| sum + x[i] * weight[i]);
    }
}

/// V registers of channels, from channel `from`.
#[inline(always)]
fn channels<L: Lanes, const V: usize>(
    taps: &[(&[f32], &[f32])],
    bias: &[f32],
    from: usize,
    out: &mut [f32],
) {
    let to = from + V * L::COUNT;
    let bias = bias[from..to].as_ptr();
    let out = out[from..to].as_mut_ptr();
    // SAFETY: every slice is checked to have V registers from `from` on; the instruction set is
    // enabled by the caller.
    unsafe {
        let mut sum: [L::Vector; V] = std::array::from_fn(|v| L::load(bias.add(v * L::COUNT)));
        for (x, weight) in taps {
            let (x, weight) = (x[from..to].as_ptr(), weight[from..to].as_ptr());
            for (v, sum) in sum.iter_mut().enumerate() {
                let at = v * L::COUNT;
                *sum = L::fma(L::load(x.add(at)), L::load(weight.add(at)), *sum);
            }
        }
        for (v, sum) in sum.iter().enumerate() {
            L::store(out.add(v * L::COUNT), *sum);
        }
    }
}
