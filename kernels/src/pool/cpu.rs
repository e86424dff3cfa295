//! One pixel at a time.

use super::Pooling;

/// Pools the pixels `taps` into `out`.
pub(super) fn pool<'a>(taps: impl Iterator<Item = &'a [f32]>, pooling: Pooling, out: &mut [f32]) {
    let mut count = 0_usize;
    for tap in taps {
        count += 1;
        if count == 1 {
            out.copy_from_slice(tap);
            continue;
        }
        for (out, value) in out.iter_mut().zip(tap) {
            *out = match pooling {
                Pooling::Mean => *out + value,
                Pooling::Max => out.max(*value),
            };
        }
    }
    if pooling == Pooling::Mean {
        out.iter_mut().for_each(|out| *out /= count as f32);
    }
}
