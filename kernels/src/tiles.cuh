// What kernels multiply on tensor cores: a warp has rows of one matrix in shared memory and columns
// of another, halves both, and sums their products in single precision.
#pragma once
#include <cuda_fp16.h>
#include <mma.h>

#define TILE 16 // sides of what tensor cores multiply at once, unless it is 32 by 8

// The sums of COUNT tiles of ROWS by COLUMNS, side by side. Strides are those of rows; every lane
// must come.
template <int COUNT, int ROWS = TILE, int COLUMNS = TILE>
struct Tiles {
    nvcuda::wmma::fragment<nvcuda::wmma::accumulator, ROWS, COLUMNS, TILE, float> sum[COUNT];

    __device__ __forceinline__ void clear() {
#pragma unroll
        for (int j = 0; j < COUNT; j++) nvcuda::wmma::fill_fragment(sum[j], 0.0f);
    }

    // Adds left (ROWS, DEPTH) times right (DEPTH, COLUMNS · COUNT), of which a tile's columns lie
    // NEXT halves behind those of the one before.
    template <int DEPTH, int LEFT, int RIGHT, int NEXT = COLUMNS>
    __device__ __forceinline__ void add(const __half *left, const __half *right) {
        using namespace nvcuda::wmma;
#pragma unroll
        for (int p = 0; p < DEPTH; p += TILE) {
            fragment<matrix_a, ROWS, COLUMNS, TILE, __half, row_major> a;
            load_matrix_sync(a, left + p, LEFT);
#pragma unroll
            for (int j = 0; j < COUNT; j++) {
                fragment<matrix_b, ROWS, COLUMNS, TILE, __half, row_major> b;
                load_matrix_sync(b, right + p * RIGHT + j * NEXT, RIGHT);
                mma_sync(sum[j], a, b, sum[j]);
            }
        }
    }

    template <int STRIDE>
    __device__ __forceinline__ void store(float *to) const {
#pragma unroll
        for (int j = 0; j < COUNT; j++)
            nvcuda::wmma::store_matrix_sync(to + j * COLUMNS, sum[j], STRIDE,
                                            nvcuda::wmma::mem_row_major);
    }
};
