// The matrix products of a warp, as in CUDA's mma.h: 16 by 16 by 16, or 32 by 8 by 16, halves in,
// single precision out. The first lane holds the tiles and computes, when it comes; all must come,
// to the same places of the source, and may see its results behind the next barrier.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace nvcuda::wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

// Rows and columns of a tile by its use in a product of M by N by K.
template <class Use, int M, int N, int K>
struct Shape {
    static constexpr int rows = std::is_same_v<Use, matrix_b> ? K : M;
    static constexpr int columns = std::is_same_v<Use, matrix_a> ? K : N;
};

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment : Shape<Use, M, N, K> {
    static_assert(K == 16 && ((M == 16 && N == 16) || (M == 32 && N == 8)),
                  "a size of tiles that the emulated device does not know");
    using Shape<Use, M, N, K>::rows, Shape<Use, M, N, K>::columns;
    float tile[rows][columns];  // of the first lane alone
};

// Where a tile lies in memory is bound to 32 bytes, and its rows to 16.
inline void check_place(const void *place, unsigned bytes_of_row) {
    if ((uintptr_t)place % 32 == 0 && bytes_of_row % 16 == 0) return;
    fprintf(stderr, "emulated device: a tile of a matrix is not aligned\n");
    abort();
}

template <class Use, int M, int N, int K, class T, class Layout>
void fill_fragment(fragment<Use, M, N, K, T, Layout> &to, float value) {
    if (emu::lane()) return;
    for (auto &row : to.tile)
        for (float &element : row) element = value;
}

template <class Use, int M, int N, int K, class T, class Layout>
void load(fragment<Use, M, N, K, T, Layout> &to, const T *from, unsigned stride,
          const void *site) {
    emu_meet(site);
    if (emu::lane()) return;
    check_place(from, stride * sizeof(T));
    constexpr bool by_row = std::is_same_v<Layout, row_major>;
    for (unsigned i = 0; i < to.rows; i++)
        for (unsigned j = 0; j < to.columns; j++)
            to.tile[i][j] = emu::to_float(from[by_row ? i * stride + j : j * stride + i]);
}

template <int M, int N, int K, class A, class B>
void multiply(fragment<accumulator, M, N, K, float> &d,
              const fragment<matrix_a, M, N, K, __half, A> &a,
              const fragment<matrix_b, M, N, K, __half, B> &b,
              const fragment<accumulator, M, N, K, float> &c, const void *site) {
    emu_meet(site);
    if (emu::lane()) return;
    COUNT_HALF_FLOPS(2 * M * N * K);
    // Told in vectors of the processor, four rows at a time, which keeps its units busy.
    typedef float Vector __attribute__((vector_size(32), aligned(4), may_alias));
    constexpr unsigned ROWS = 4, VECTORS = N / 8;
    for (unsigned i = 0; i < M; i += ROWS)
        for (unsigned v = 0; v < VECTORS; v++) {
            Vector sums[ROWS];
            for (unsigned r = 0; r < ROWS; r++) sums[r] = ((const Vector *)c.tile[i + r])[v];
            for (unsigned p = 0; p < K; p++)
                for (unsigned r = 0; r < ROWS; r++)
                    sums[r] += a.tile[i + r][p] * ((const Vector *)b.tile[p])[v];
            for (unsigned r = 0; r < ROWS; r++) ((Vector *)d.tile[i + r])[v] = sums[r];
        }
}

template <int M, int N, int K>
void store(float *to, const fragment<accumulator, M, N, K, float> &from, unsigned stride,
           layout_t layout, const void *site) {
    emu_meet(site);
    if (emu::lane()) return;
    check_place(to, stride * sizeof(float));
    for (unsigned i = 0; i < M; i++)
        for (unsigned j = 0; j < N; j++)
            to[layout == mem_row_major ? i * stride + j : j * stride + i] = from.tile[i][j];
}

}  // namespace nvcuda::wmma

#define load_matrix_sync(to, from, stride) load(to, from, stride, EMU_SITE)
#define mma_sync(d, a, b, c) multiply(d, a, b, c, EMU_SITE)
#define store_matrix_sync(to, from, stride, layout) store(to, from, stride, layout, EMU_SITE)
