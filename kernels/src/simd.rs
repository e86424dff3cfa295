//! The vector instructions of the CPU, found once.

use std::sync::OnceLock;

/// What the matrix product is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isa {
    /// 16 lanes.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 lanes with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain loops.
    Portable,
}

impl Isa {
    /// The best of this CPU.
    pub(crate) fn get() -> Self {
        static ISA: OnceLock<Isa> = OnceLock::new();
        *ISA.get_or_init(|| {
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx512f") {
                    return Self::Avx512;
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    return Self::Avx2;
                }
            }
            Self::Portable
        })
    }

    /// f32 values in one register.
    pub(crate) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 16,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 8,
            Self::Portable => 8,
        }
    }
}

/// The few instructions that the matrix product needs, one type an instruction set.
///
/// # Safety
/// The functions may only be called where the instruction set is enabled, and the pointers must
/// be valid for [`Lanes::COUNT`] values.
pub(crate) unsafe trait Lanes {
    /// A register.
    type Vector: Copy;
    /// Values in a register.
    const COUNT: usize;
    /// Reads a register.
    unsafe fn load(from: *const f32) -> Self::Vector;
    /// Writes a register.
    unsafe fn store(to: *mut f32, vector: Self::Vector);
    /// The same value in each lane.
    unsafe fn splat(value: f32) -> Self::Vector;
    /// `a * b + c`
    unsafe fn fma(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
}

/// Plain arrays: the reference for the other two.
pub(crate) struct PortableLanes;

// SAFETY: arrays of COUNT values; no instruction set is assumed.
unsafe impl Lanes for PortableLanes {
    type Vector = [f32; 8];
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> [f32; 8] {
        // SAFETY: the caller vouches for COUNT values.
        unsafe { from.cast::<[f32; 8]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, vector: [f32; 8]) {
        // SAFETY: the caller vouches for COUNT values.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(vector) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> [f32; 8] {
        [value; 8]
    }

    #[inline(always)]
    unsafe fn fma(a: [f32; 8], b: [f32; 8], c: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2Lanes, Avx512Lanes};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::{
        __m256, __m512, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_storeu_ps,
    };

    macro_rules! lanes {
        ($name:ident, $vector:ty, $count:literal, $load:ident, $store:ident, $splat:ident,
         $fma:ident) => {
            pub(crate) struct $name;

            // SAFETY: unaligned loads and stores of COUNT values; the caller enables the set.
            unsafe impl Lanes for $name {
                type Vector = $vector;
                const COUNT: usize = $count;

                #[inline(always)]
                unsafe fn load(from: *const f32) -> $vector {
                    // SAFETY: as the trait asks of the caller.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn store(to: *mut f32, vector: $vector) {
                    // SAFETY: as the trait asks of the caller.
                    unsafe { $store(to, vector) }
                }

                #[inline(always)]
                unsafe fn splat(value: f32) -> $vector {
                    // SAFETY: as the trait asks of the caller.
                    unsafe { $splat(value) }
                }

                #[inline(always)]
                unsafe fn fma(a: $vector, b: $vector, c: $vector) -> $vector {
                    // SAFETY: as the trait asks of the caller.
                    unsafe { $fma(a, b, c) }
                }
            }
        };
    }

    lanes!(
        Avx2Lanes,
        __m256,
        8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps
    );
    lanes!(
        Avx512Lanes,
        __m512,
        16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps
    );
}
