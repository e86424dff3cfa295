//! A few registers of channels are summed over the taps of the window: for several pixels of a
//! row at once where the window lies inside the picture, so that a weight is loaded once for all
//! of them, and pixel by pixel at the edges. Both sum in the same order, to the same bits.

use super::Taps;
use crate::activation::Activation;
use crate::op;
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2Lanes, Avx512Lanes};
use crate::simd::{Isa, Lanes, PortableLanes};

/// The most rows of a window.
const ROWS_MAX: usize = 7;
/// Pixels of a strip.
const STRIP: usize = 4;

/// The input and the sizes of the output.
pub(super) struct Input<'a> {
    pub(super) x: &'a [f32],
    pub(super) h: usize,
    pub(super) w: usize,
    pub(super) oh: usize,
    pub(super) ow: usize,
}

/// Where the window of an output pixel stands on its picture.
struct Place {
    /// The first row of the picture in the whole batch.
    picture: usize,
    top: isize,
    left: isize,
    /// Output pixels up to the end of the row.
    ahead: usize,
}

pub(super) fn run(op: &Taps, activation: Activation, input: &Input<'_>, out: &mut [f32]) {
    let c = op.bias.len();
    assert!(op.window.kernel.0 <= ROWS_MAX);
    let isa = Isa::get();
    op::for_row_blocks(out, c, op::BLOCK_ROWS, |first, out| {
        match isa {
            // SAFETY: the instruction set was found on this CPU.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 if c.is_multiple_of(Avx512Lanes::COUNT) => unsafe {
                block_avx512(op, input, first, out);
            },
            // SAFETY: as above; what has AVX-512 has AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::Avx512 => unsafe { block_avx2(op, input, first, out) },
            Isa::Portable => block::<PortableLanes>(op, input, first, out),
        }
        activation.apply(out);
    });
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn block_avx2(op: &Taps, input: &Input<'_>, first: usize, out: &mut [f32]) {
    block::<Avx2Lanes>(op, input, first, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn block_avx512(op: &Taps, input: &Input<'_>, first: usize, out: &mut [f32]) {
    block::<Avx512Lanes>(op, input, first, out);
}

/// Neighbouring output pixels from `first` on, all channels.
#[inline(always)]
fn block<L: Lanes>(op: &Taps, input: &Input<'_>, first: usize, out: &mut [f32]) {
    let c = op.bias.len();
    let pixels = out.len() / c;
    let mut i = 0;
    while i < pixels {
        let place = place(op, input, first + i);
        let strip = place.ahead.min(pixels - i) >= STRIP && c.is_multiple_of(L::COUNT);
        let done = match (op.window.kernel.1, op.window.stride.1) {
            (3, 1) if strip => row::<L, 3>(op, input, &place, &mut out[i * c..]),
            (7, 1) if strip => row::<L, 7>(op, input, &place, &mut out[i * c..]),
            _ => false,
        };
        if done {
            i += STRIP;
            continue;
        }
        pixel::<L>(op, input, &place, &mut out[i * c..][..c]);
        i += 1;
    }
}

fn place(op: &Taps, input: &Input<'_>, index: usize) -> Place {
    let &Input { h, oh, ow, .. } = input;
    let (image, y, x) = (index / (oh * ow), index / ow % oh, index % ow);
    Place {
        picture: image * h,
        top: (y * op.window.stride.0) as isize - op.window.before.0 as isize,
        left: (x * op.window.stride.1) as isize - op.window.before.1 as isize,
        ahead: ow - x,
    }
}

/// The rows of the window that lie on the picture: (row of the window, row of the batch).
#[inline(always)]
fn window_rows(
    op: &Taps,
    input: &Input<'_>,
    place: &Place,
) -> impl Iterator<Item = (usize, usize)> {
    let (top, h, picture) = (place.top, input.h as isize, place.picture);
    (0..op.window.kernel.0).filter_map(move |ky| {
        let y = top + ky as isize;
        (0..h).contains(&y).then_some((ky, picture + y as usize))
    })
}

/// [`STRIP`] neighbouring pixels at stride 1 with a window K wide; false where the window leaves
/// the picture at the left or the right.
#[inline(always)]
fn row<L: Lanes, const K: usize>(
    op: &Taps,
    input: &Input<'_>,
    place: &Place,
    out: &mut [f32],
) -> bool {
    let c = op.bias.len();
    let columns = STRIP + K - 1;
    if place.left < 0 || place.left as usize + columns > input.w {
        return false;
    }
    let left = place.left as usize;
    assert!(out.len() >= STRIP * c && c.is_multiple_of(L::COUNT));
    for from in (0..c).step_by(L::COUNT) {
        // SAFETY: `from` leaves a whole register of channels; the slices below are checked to
        // hold all columns and taps, and the assertion covers `out`. The instruction set is
        // enabled by the caller.
        unsafe {
            let mut sums = [L::load(op.bias.as_ptr().add(from)); STRIP];
            for (ky, y) in window_rows(op, input, place) {
                let x = input.x[(y * input.w + left) * c..][..columns * c].as_ptr().add(from);
                let w = op.weight[ky * K * c..][..K * c].as_ptr().add(from);
                let w: [L::Vector; K] = std::array::from_fn(|kx| L::load(w.add(kx * c)));
                for column in 0..columns {
                    let value = L::load(x.add(column * c));
                    for (p, sum) in sums.iter_mut().enumerate() {
                        if (p..p + K).contains(&column) {
                            *sum = L::fma(value, w[column - p], *sum);
                        }
                    }
                }
            }
            for (p, sum) in sums.iter().enumerate() {
                L::store(out.as_mut_ptr().add(p * c + from), *sum);
            }
        }
    }
    true
}

/// One output pixel, all channels.
#[inline(always)]
fn pixel<L: Lanes>(op: &Taps, input: &Input<'_>, place: &Place, out: &mut [f32]) {
    let (c, kw) = (out.len(), op.window.kernel.1);
    let from = (-place.left).clamp(0, kw as isize) as usize;
    let to = (input.w as isize - place.left).clamp(0, kw as isize) as usize;
    // Of each row of the window the taps on the picture, which are neighbours in memory.
    let mut rows = [(&input.x[..0], &op.weight[..0]); ROWS_MAX];
    let mut count = 0;
    for (ky, y) in window_rows(op, input, place).filter(|_| from < to) {
        let x = (y * input.w) as isize + place.left + from as isize;
        let (x, w, taps) = (x as usize * c, (ky * kw + from) * c, (to - from) * c);
        rows[count] = (&input.x[x..x + taps], &op.weight[w..w + taps]);
        count += 1;
    }
    let rows = &rows[..count];
    let mut from = 0;
    while from + 4 * L::COUNT <= c {
        channels::<L, 4>(rows, &op.bias, from, out);
        from += 4 * L::COUNT;
    }
    while from + L::COUNT <= c {
        channels::<L, 1>(rows, &op.bias, from, out);
        from += L::COUNT;
    }
    for i in from..c {
        let taps =
            rows.iter().flat_map(|(x, w)| x[i..].iter().step_by(c).zip(w[i..].iter().step_by(c)));
        out[i] = taps.fold(op.bias[i], |sum, (x, w)| sum + x * w);
    }
}

/// V registers of channels, from channel `from`.
#[inline(always)]
fn channels<L: Lanes, const V: usize>(
    rows: &[(&[f32], &[f32])],
    bias: &[f32],
    from: usize,
    out: &mut [f32],
) {
    let c = out.len();
    let to = from + V * L::COUNT;
    let bias = bias[from..to].as_ptr();
    // SAFETY: every tap has C channels, of which V registers follow `from`; the instruction set
    // is enabled by the caller.
    unsafe {
        let mut sum: [L::Vector; V] = std::array::from_fn(|v| L::load(bias.add(v * L::COUNT)));
        for (x, w) in rows {
            for (x, w) in x.chunks_exact(c).zip(w.chunks_exact(c)) {
                let (x, w) = (x.as_ptr().add(from), w.as_ptr().add(from));
                for (v, sum) in sum.iter_mut().enumerate() {
                    let at = v * L::COUNT;
                    *sum = L::fma(L::load(x.add(at)), L::load(w.add(at)), *sum);
                }
            }
        }
        let out = out[from..to].as_mut_ptr();
        for (v, sum) in sum.iter().enumerate() {
            L::store(out.add(v * L::COUNT), *sum);
        }
    }
}
