//! One row of activations to eight bits.

use crate::dot::DotLanes;

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
    let (low, high) = unsafe { L::range(x) };
    let range = high - low;
    // A row of zeros, or one that is not finite, is zero: its product is the bias.
    if !(range > 0.0 && range.is_finite()) {
        out.fill(0);
        return (0.0, 0);
    }
    let steps = STEPS / range;
    let zero = (-low * steps).ceil() as i32;
    // SAFETY: as the caller.
    unsafe { L::to_bytes(x, steps, zero, out) };
    (range / STEPS, zero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dot::PortableDot;
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
            for (value, q) in row.iter().zip(out) {
                let back = scale * (i32::from(q) - zero) as f32;
                prop_assert!((back - value).abs() <= scale * 0.501, "{value} {back} {scale}");
            }
        }
    }
}
