//! Activations to eight bits: by the row, or by the picture where windows of pixels overlap.

use rayon::prelude::*;

use crate::dot::{DotLanes, PortableDot};
#[cfg(target_arch = "x86_64")]
use crate::dot::{VnniLanes, has_vnni};

/// The steps of a row's range: one less than a byte has, since the zero is rounded up; so no
/// value leaves the byte.
const STEPS: f32 = 254.0;

/// Writes `round(x / scale) + zero` to `out` and returns (scale, zero). The range spans the row's
/// values and 0, so that 0 is exact; a value is off by at most half a scale.
///
/// # Safety
/// The instruction set of `L` is enabled, and `out` has the length of `x`.
#[inline(always)]
pub(super) unsafe fn quantise<L: DotLanes>(x: &[f32], out: &mut [u8]) -> (f32, i32) {
    // SAFETY: as the caller.
    let scale = Scale::of(unsafe { L::range(x) });
    // SAFETY: as the caller.
    unsafe { scale.apply::<L>(x, out) };
    (scale.scale, scale.zero)
}

/// As [`quantise`] for a whole picture, in parallel pieces. `out` has the length of `x`.
pub(crate) fn quantise_picture(x: &[f32], out: &mut [u8]) -> (f32, i32) {
    assert!(x.len() == out.len());
    let ends = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
    let scale = Scale::of(x.par_chunks(PIECE).map(range).reduce(|| (0.0, 0.0), ends));
    x.par_chunks(PIECE).zip(out.par_chunks_mut(PIECE)).for_each(|(x, out)| apply(&scale, x, out));
    (scale.scale, scale.zero)
}

/// Values of a picture that one thread takes at a time.
const PIECE: usize = 1 << 15;

/// How a range of values is laid on a byte.
struct Scale {
    /// Steps of a byte for a unit of the value.
    steps: f32,
    scale: f32,
    zero: i32,
}

impl Scale {
    fn of((low, high): (f32, f32)) -> Self {
        let range = high - low;
        // A range of zero, or one that is not finite, is zero: its product is the bias.
        if !(range > 0.0 && range.is_finite()) {
            return Self { steps: 0.0, scale: 0.0, zero: 0 };
        }
        let steps = STEPS / range;
        Self { steps, scale: range / STEPS, zero: (-low * steps).ceil() as i32 }
    }

    /// # Safety
    /// The instruction set of `L` is enabled, and `out` has the length of `x`.
    #[inline(always)]
    unsafe fn apply<L: DotLanes>(&self, x: &[f32], out: &mut [u8]) {
        match self.scale > 0.0 {
            // SAFETY: as the caller.
            true => unsafe { L::to_bytes(x, self.steps, self.zero, out) },
            false => out.fill(0),
        }
    }
}

fn range(x: &[f32]) -> (f32, f32) {
    #[cfg(target_arch = "x86_64")]
    if has_vnni() {
        // SAFETY: the instruction set was found on this CPU.
        return unsafe { range_vnni(x) };
    }
    // SAFETY: no instruction set is needed.
    unsafe { PortableDot::range(x) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn range_vnni(x: &[f32]) -> (f32, f32) {
    // SAFETY: as the caller.
    unsafe { VnniLanes::range(x) }
}

fn apply(scale: &Scale, x: &[f32], out: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if has_vnni() {
        // SAFETY: the instruction set was found on this CPU; the pieces have one length.
        return unsafe { apply_vnni(scale, x, out) };
    }
    // SAFETY: no instruction set is needed; the pieces have one length.
    unsafe { scale.apply::<PortableDot>(x, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn apply_vnni(scale: &Scale, x: &[f32], out: &mut [u8]) {
    // SAFETY: as the caller.
    unsafe { scale.apply::<VnniLanes>(x, out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn portable(row: &[f32]) -> (Vec<u8>, f32, i32) {
        let mut out = vec![9; row.len()];
        // SAFETY: no instruction set is needed, and the lengths are equal.
        let (scale, zero) = unsafe { quantise::<PortableDot>(row, &mut out) };
        (out, scale, zero)
    }

    #[test]
    fn rows_without_a_range_become_zero() {
        for value in [0.0, f32::NAN, f32::INFINITY] {
            assert_eq!(portable(&[value; 20]), (vec![0; 20], 0.0, 0), "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_value_is_off_by_at_most_half_a_step(
            row in proptest::collection::vec(-100.0_f32..100.0, 1..100),
        ) {
            let (out, scale, zero) = portable(&row);
            let mut picture = vec![9; row.len()];
            prop_assert_eq!(quantise_picture(&row, &mut picture), (scale, zero));
            prop_assert_eq!(&picture, &out);
            for (value, q) in row.iter().zip(out) {
                let back = scale * (i32::from(q) - zero) as f32;
                prop_assert!((back - value).abs() <= scale * 0.501, "{value} {back} {scale}");
            }
        }
    }
}
