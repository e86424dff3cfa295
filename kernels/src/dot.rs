//! Products of eight bits, four at a time: what the integer matrix product is built of.

#[cfg(target_arch = "x86_64")]
pub(crate) use vnni::{VnniLanes, has_vnni};

/// What the end of an integer product needs: of its row, and of the columns of one register.
pub(crate) struct End {
    /// The row's zero and scale.
    pub(crate) zero: i32,
    pub(crate) scale: f32,
    /// The columns' sums, scales and biases.
    pub(crate) sums: *const i32,
    pub(crate) scales: *const f32,
    pub(crate) bias: *const f32,
}

/// One register of 32-bit sums of products of eight bits.
///
/// # Safety
/// Every function wants the instruction set enabled, and pointers to COUNT values: for `load`
/// COUNT groups of four bytes, for `splat` one group.
pub(crate) unsafe trait DotLanes {
    type Sums: Copy;
    const COUNT: usize;
    unsafe fn zero() -> Self::Sums;
    unsafe fn load(from: *const i8) -> Self::Sums;
    unsafe fn splat(from: *const [u8; 4]) -> Self::Sums;
    /// Adds the four products of unsigned `x` and signed `w` in each lane.
    unsafe fn dot(sums: Self::Sums, x: Self::Sums, w: Self::Sums) -> Self::Sums;
    /// Writes `(sums − zero · columns' sums) · scale · columns' scales + bias`.
    unsafe fn finish(sums: Self::Sums, end: &End, to: *mut f32);
    /// The least and the greatest value of a row and 0.
    unsafe fn range(x: &[f32]) -> (f32, f32);
    /// Writes `round(x · steps) + zero` to `out`, which has the length of `x`.
    unsafe fn to_bytes(x: &[f32], steps: f32, zero: i32, out: &mut [u8]);
}

/// The integer product in plain code: the reference.
pub(crate) struct PortableDot;

// SAFETY: arrays of COUNT values; no instruction set is assumed.
unsafe impl DotLanes for PortableDot {
    type Sums = [i32; 16];
    const COUNT: usize = 16;

    #[inline(always)]
    unsafe fn zero() -> [i32; 16] {
        [0; 16]
    }

    #[inline(always)]
    unsafe fn load(from: *const i8) -> [i32; 16] {
        // SAFETY: the caller vouches for COUNT groups.
        unsafe { from.cast::<[i32; 16]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn splat(from: *const [u8; 4]) -> [i32; 16] {
        // SAFETY: the caller vouches for one group.
        [i32::from_ne_bytes(unsafe { from.read() }); 16]
    }

    #[inline(always)]
    unsafe fn dot(sums: [i32; 16], x: [i32; 16], w: [i32; 16]) -> [i32; 16] {
        std::array::from_fn(|lane| {
            let (x, w) = (x[lane].to_ne_bytes(), w[lane].to_ne_bytes());
            let products = x.iter().zip(w).map(|(x, w)| i32::from(*x) * i32::from(w as i8));
            sums[lane] + products.sum::<i32>()
        })
    }

    #[inline(always)]
    unsafe fn finish(sums: [i32; 16], end: &End, to: *mut f32) {
        for (lane, sum) in sums.iter().enumerate() {
            // SAFETY: the caller vouches for COUNT values behind each pointer.
            unsafe {
                let whole = sum - end.zero * *end.sums.add(lane);
                let factor = end.scale * *end.scales.add(lane);
                *to.add(lane) = (whole as f32).mul_add(factor, *end.bias.add(lane));
            }
        }
    }

    #[inline(always)]
    unsafe fn range(x: &[f32]) -> (f32, f32) {
        let low = x.iter().copied().fold(0.0, f32::min);
        (low, x.iter().copied().fold(0.0, f32::max))
    }

    #[inline(always)]
    unsafe fn to_bytes(x: &[f32], steps: f32, zero: i32, out: &mut [u8]) {
        for (x, out) in x.iter().zip(out) {
            *out = ((x * steps).round_ties_even() as i32 + zero) as u8;
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod vnni {
    use super::{DotLanes, End};
    use std::arch::x86_64::{
        __m512, __m512i, _mm512_add_epi32, _mm512_cvtepi32_ps, _mm512_cvtps_epi32,
        _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512,
        _mm512_mask_cvtepi32_storeu_epi8, _mm512_maskz_loadu_ps, _mm512_max_ps, _mm512_min_ps,
        _mm512_mul_ps, _mm512_mullo_epi32, _mm512_reduce_max_ps, _mm512_reduce_min_ps,
        _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
        _mm512_storeu_ps, _mm512_sub_epi32,
    };
    use std::sync::OnceLock;

    /// Whether this CPU multiplies bytes four at a time in wide registers.
    pub(crate) fn has_vnni() -> bool {
        static FOUND: OnceLock<bool> = OnceLock::new();
        *FOUND.get_or_init(|| {
            is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")
        })
    }

    /// AVX-512 with VNNI.
    pub(crate) struct VnniLanes;

    // SAFETY: unaligned loads and stores of COUNT values; the caller enables the set.
    unsafe impl DotLanes for VnniLanes {
        type Sums = __m512i;
        const COUNT: usize = 16;

        #[inline(always)]
        unsafe fn zero() -> __m512i {
            // SAFETY: as the trait asks of the caller.
            unsafe { _mm512_setzero_si512() }
        }

        #[inline(always)]
        unsafe fn load(from: *const i8) -> __m512i {
            // SAFETY: as the trait asks of the caller.
            unsafe { _mm512_loadu_si512(from.cast()) }
        }

        #[inline(always)]
        unsafe fn splat(from: *const [u8; 4]) -> __m512i {
            // SAFETY: as the trait asks of the caller.
            unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
        }

        #[inline(always)]
        unsafe fn dot(sums: __m512i, x: __m512i, w: __m512i) -> __m512i {
            // SAFETY: as the trait asks of the caller.
            unsafe { _mm512_dpbusd_epi32(sums, x, w) }
        }

        #[inline(always)]
        unsafe fn finish(sums: __m512i, end: &End, to: *mut f32) {
            // SAFETY: as the trait asks of the caller.
            unsafe {
                let columns = _mm512_loadu_si512(end.sums.cast());
                let zero = _mm512_mullo_epi32(_mm512_set1_epi32(end.zero), columns);
                let whole = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, zero));
                let factor = _mm512_mul_ps(_mm512_set1_ps(end.scale), _mm512_loadu_ps(end.scales));
                _mm512_storeu_ps(to, _mm512_fmadd_ps(whole, factor, _mm512_loadu_ps(end.bias)));
            }
        }

        #[inline(always)]
        unsafe fn range(x: &[f32]) -> (f32, f32) {
            // SAFETY: as the trait asks of the caller; `values` stays inside the slice.
            unsafe {
                let (mut low, mut high) = (_mm512_setzero_ps(), _mm512_setzero_ps());
                for part in x.chunks(Self::COUNT) {
                    let values = values(part);
                    low = _mm512_min_ps(low, values);
                    high = _mm512_max_ps(high, values);
                }
                (_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high))
            }
        }

        #[inline(always)]
        unsafe fn to_bytes(x: &[f32], steps: f32, zero: i32, out: &mut [u8]) {
            // SAFETY: as the trait asks of the caller; masks keep to the slices.
            unsafe {
                let (steps, zero) = (_mm512_set1_ps(steps), _mm512_set1_epi32(zero));
                for (part, out) in x.chunks(Self::COUNT).zip(out.chunks_mut(Self::COUNT)) {
                    let rounded = _mm512_cvtps_epi32(_mm512_mul_ps(values(part), steps));
                    let bytes = _mm512_add_epi32(rounded, zero);
                    let to = out.as_mut_ptr().cast();
                    _mm512_mask_cvtepi32_storeu_epi8(to, mask(out.len()), bytes);
                }
            }
        }
    }

    /// The first `count` of 16 lanes.
    #[inline(always)]
    fn mask(count: usize) -> u16 {
        u16::MAX >> (16 - count)
    }

    /// Up to 16 values; the lanes past them are 0.
    ///
    /// # Safety
    /// AVX-512F is enabled, and `part` has 1 to 16 values.
    #[inline(always)]
    unsafe fn values(part: &[f32]) -> __m512 {
        // SAFETY: the mask keeps to the slice.
        unsafe { _mm512_maskz_loadu_ps(mask(part.len()), part.as_ptr()) }
    }
}
