// What kernels multiply on tensor cores: a warp has 16 rows of one matrix in shared memory and 16
// columns a tile of another, halves both, and sums their products in single precision.
#pragma once
#include <cuda_fp16.h>
#include <mma.h>

#define TILE 16 // sides of what tensor cores multiply at once

// The sums of COUNT tiles, side by side. Strides are those of rows; every lane must come.
template <int COUNT>
struct Tiles {
    nvcuda::wmma::fragment<nvcuda::wmma::accumulator, TILE, TILE, TILE, float> sum[COUNT];

    __device__ __forceinline__ void clear() {
#pragma unroll
        for (int j = 0; j < COUNT; j++) nvcuda::wmma::fill_fragment(sum[j], 0.0f);
    }

    // Adds left (16, DEPTH) times right (DEPTH, 16 · COUNT).
    template <int DEPTH, int LEFT, int RIGHT>
    __device__ __forceinline__ void add(const __half *left, const __half *right) {
        using namespace nvcuda::wmma;
#pragma unroll
        for (int p = 0; p < DEPTH; p += TILE) {
            fragment<matrix_a, TILE, TILE, TILE, __half, row_major> a;
            load_matrix_sync(a, left + p, LEFT);
#pragma unroll
            for (int j = 0; j < COUNT; j++) {
                fragment<matrix_b, TILE, TILE, TILE, __half, row_major> b;
                load_matrix_sync(b, right + p * RIGHT + j * TILE, RIGHT);
                mma_sync(sum[j], a, b, sum[j]);
            }
        }
    }

    template <int STRIDE>
    __device__ __forceinline__ void store(float *to) const {
#pragma unroll
        for (int j = 0; j < COUNT; j++)
            nvcuda::wmma::store_matrix_sync(to + j * TILE, sum[j], STRIDE,
                                            nvcuda::wmma::mem_row_major);
    }
};
