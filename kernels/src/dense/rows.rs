//! Rows of an input in eight bits: what the integer product takes.

use super::quantise::quantise;
use crate::dot::{DotLanes, PortableDot};
#[cfg(target_arch = "x86_64")]
use crate::dot::{VnniLanes, has_vnni};

/// Values that one instruction multiplies and adds: four neighbours in a row.
pub(super) const GROUP: usize = 4;

/// Rows, each padded to whole groups; what pads a row meets weights of zero.
pub(crate) struct Rows {
    pub(super) values: Vec<u8>,
    /// Scale and zero of each row.
    pub(super) scales: Vec<(f32, i32)>,
}

impl Rows {
    pub(crate) const fn new() -> Self {
        Self { values: Vec::new(), scales: Vec::new() }
    }

    /// Takes `count` rows of `k` bytes, each written by `row`, which returns its scale and zero.
    pub(crate) fn gather(
        &mut self,
        k: usize,
        count: usize,
        mut row: impl FnMut(usize, &mut [u8]) -> (f32, i32),
    ) {
        let padded = k.next_multiple_of(GROUP);
        if self.values.len() < count * padded {
            self.values.resize(count * padded, 0);
        }
        self.scales.clear();
        for (i, out) in self.values.chunks_exact_mut(padded).take(count).enumerate() {
            self.scales.push(row(i, &mut out[..k]));
        }
    }

    /// Quantises `x`, rows of `k` values, each by its own range.
    pub(super) fn quantise(&mut self, x: &[f32], k: usize) {
        #[cfg(target_arch = "x86_64")]
        if has_vnni() {
            // SAFETY: the instruction set was found on this CPU.
            return unsafe { self.quantise_vnni(x, k) };
        }
        // SAFETY: no instruction set is needed.
        unsafe { self.quantise_as::<PortableDot>(x, k) };
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn quantise_vnni(&mut self, x: &[f32], k: usize) {
        // SAFETY: as the caller.
        unsafe { self.quantise_as::<VnniLanes>(x, k) };
    }

    /// # Safety
    /// The instruction set of `L` is enabled.
    #[inline(always)]
    unsafe fn quantise_as<L: DotLanes>(&mut self, x: &[f32], k: usize) {
        self.gather(k, x.len() / k, |i, out| {
            // SAFETY: as the caller, and both have k values.
            unsafe { quantise::<L>(&x[i * k..(i + 1) * k], out) }
        });
    }
}
