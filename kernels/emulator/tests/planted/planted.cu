// Kernels with one mistake each, which the emulated device must find, and correct ones, which it
// must let pass. Each turns the numbers of its block around: out[i] = 63 - i in blocks of 64.
#include <cuda_fp16.h>
#include <mma.h>

extern "C" __global__ void correct(float *out) {
    __shared__ float row[64];
    row[threadIdx.x] = threadIdx.x;
    __syncthreads();
    out[blockIdx.x * 64 + threadIdx.x] = row[63 - threadIdx.x];
}

extern "C" __global__ void correct_dynamic(float *out) {
    extern __shared__ float row[];
    row[threadIdx.x] = threadIdx.x;
    __syncthreads();
    out[blockIdx.x * 64 + threadIdx.x] = row[63 - threadIdx.x];
}

extern "C" __global__ void correct_shuffle(float *out) {
    float half = __shfl_xor_sync(0xffffffffu, (float)(31 - (int)(threadIdx.x & 31)), 0);
    out[blockIdx.x * 64 + threadIdx.x] = half + (threadIdx.x < 32 ? 32.0f : 0.0f);
}

extern "C" __global__ void correct_atomic(float *out) {
    if (blockIdx.x == 0) out[threadIdx.x] = 63 - threadIdx.x;
    atomicAdd(&out[64 + threadIdx.x], blockIdx.x ? 63.0f - threadIdx.x : 0.0f);
}

// Each block has half of the numbers, and the one that comes last copies all. The first number
// counts the blocks before it is one.
template <bool FENCE>
__device__ void turn_by_the_last_block(float *out) {
    __shared__ bool last;
    unsigned t = threadIdx.x, mine = blockIdx.x * 32 + t;
    if (t < 32) out[64 + mine] = 63.0f - mine;
    if (FENCE) __threadfence();
    __syncthreads();
    if (t == 0) last = atomicAdd((unsigned *)out, 1u) == 1;
    __syncthreads();
    if (FENCE) __threadfence();
    if (last) out[t] = out[64 + t];
}

extern "C" __global__ void correct_atomic_last(float *out) { turn_by_the_last_block<true>(out); }

extern "C" __global__ void atomic_last_without_fence(float *out) {
    turn_by_the_last_block<false>(out);
}

// For near.cpp: what it touches is what counts.
extern "C" __global__ void touches_two(const float *from, float *to) { to[0] = from[0]; }

extern "C" __global__ void missing_barrier(float *out) {
    __shared__ float row[64];
    row[threadIdx.x] = threadIdx.x;
    out[blockIdx.x * 64 + threadIdx.x] = row[63 - threadIdx.x];
}

template <class T>
__device__ void turn_without_barrier(T *out) {
    __shared__ T row[64];
    row[threadIdx.x] = threadIdx.x;
    out[blockIdx.x * 64 + threadIdx.x] = row[63 - threadIdx.x];
}

extern "C" __global__ void missing_barrier_in_template(float *out) { turn_without_barrier(out); }

// Right in every order of the threads, and a race all the same.
extern "C" __global__ void missing_barrier_between_writes(float *out) {
    __shared__ float same[2];
    same[threadIdx.x / 64] = 63.0f;
    out[blockIdx.x * 64 + threadIdx.x] = same[(threadIdx.x + 1) / 65] - threadIdx.x;
}

extern "C" __global__ void early_exit(float *out) {
    if (threadIdx.x < 32) return;
    __syncthreads();
    out[threadIdx.x] = 1;
}

extern "C" __global__ void divergent_barrier(float *out) {
    if (threadIdx.x < 32)
        __syncthreads();
    else
        __syncthreads();
    out[threadIdx.x] = 1;
}

extern "C" __global__ void lane_missing(float *out) {
    if (threadIdx.x & 1) out[threadIdx.x] = __shfl_down_sync(0xffffffffu, 1.0f, 1);
}

extern "C" __global__ void shuffle_outside_of_mask(float *out) {
    if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1.0f, 20);
}

extern "C" __global__ void overrun(float *out) {
    out[(blockIdx.x * 64 + threadIdx.x) + 1] = 1;
}

extern "C" __global__ void underrun(float *out) {
    out[(int)(blockIdx.x * 64 + threadIdx.x) - 1] = 1;
}

extern "C" __global__ void far_overrun(float *out) { out[threadIdx.x - (1ll << 34)] = 1; }

extern "C" __global__ void wild(float *) { *(volatile float *)16 = 1; }

extern "C" __global__ void after_free(float *out) { out[threadIdx.x] = 1; }

extern "C" __global__ void dynamic_overrun(float *out) {
    extern __shared__ float row[];
    row[threadIdx.x + 1] = 1;
    out[threadIdx.x] = 1;
}

extern "C" __global__ void shared_overrun(float *out) {
    __shared__ float row[64];
    row[threadIdx.x] = 1;
    __syncthreads();
    out[threadIdx.x] = row[threadIdx.x + 1];
}

extern "C" __global__ void misaligned(float *out) {
    *(float4 *)(out + 1) = make_float4(1, 2, 3, 4);
}

extern "C" __global__ void shifted_too_far(float *out) {
    out[threadIdx.x] = 1 << (threadIdx.x + 1);
}

extern "C" __global__ void race_between_blocks(float *out) {
    if (blockIdx.x == 0) out[64 + threadIdx.x] = 0;
    out[threadIdx.x] = 63 - threadIdx.x;
    out[64 + threadIdx.x] = 63 - threadIdx.x;
}

// A warp's numbers, two rows of a tile, through a product with the matrix that changes nothing.
template <int SHIFT, bool BARRIER, unsigned LANES>
__device__ void turn_by_tiles(float *out) {
    using namespace nvcuda;
    __shared__ __align__(32) __half ones[272];
    __shared__ __align__(32) __half numbers[2 * 256];
    __shared__ __align__(32) float sums[2 * 256];
    unsigned t = threadIdx.x, warp = t / 32;
    for (unsigned i = t; i < 272; i += 64) ones[i] = __float2half(i % 17 ? 0.0f : 1.0f);
    for (unsigned i = t; i < 2 * 256; i += 64)
        numbers[i] = __float2half(63.0f - (float)(i / 256 * 32 + i % 256 % 32));
    if (BARRIER) __syncthreads();
    wmma::fragment<wmma::matrix_a, 16, 16, 16, __half, wmma::row_major> a;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, __half, wmma::row_major> b;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
    if (t % 32 < LANES) {
        wmma::fill_fragment(sum, 0.0f);
        wmma::load_matrix_sync(a, ones + SHIFT, 16);
        wmma::load_matrix_sync(b, numbers + warp * 256, 16);
        wmma::mma_sync(sum, a, b, sum);
        wmma::store_matrix_sync(sums + warp * 256, sum, 16, wmma::mem_row_major);
    }
    __syncthreads();
    out[blockIdx.x * 64 + t] = sums[warp * 256 + t % 32];
}

extern "C" __global__ void correct_tiles(float *out) { turn_by_tiles<0, true, 32>(out); }

extern "C" __global__ void tile_not_aligned(float *out) { turn_by_tiles<1, true, 32>(out); }

extern "C" __global__ void tile_of_half_a_warp(float *out) { turn_by_tiles<0, true, 16>(out); }

extern "C" __global__ void tile_before_the_barrier(float *out) { turn_by_tiles<0, false, 32>(out); }
