// The matrix products of a warp, as in CUDA's mma.h: 16 by 16 by 16, halves in, single precision
// out. The first lane holds the tiles and computes; all must come, to the same place of the source.
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

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment {
    static_assert(M == 16 && N == 16 && K == 16, "the emulated device knows one size of tiles");
    float tile[16][16];  // by row and column, of the first lane alone
};

// Where a tile lies in memory is bound to 32 bytes, and its rows to 16.
inline void check_place(const void *place, unsigned bytes_of_row) {
    if ((uintptr_t)place % 32 == 0 && bytes_of_row % 16 == 0) return;
    fprintf(stderr, "emulated device: a tile of a matrix is not aligned\n");
    abort();
}

template <class Use, class T, class Layout>
void fill_fragment(fragment<Use, 16, 16, 16, T, Layout> &to, float value) {
    if (emu::lane()) return;
    for (auto &row : to.tile)
        for (float &element : row) element = value;
}

template <class Use, class T, class Layout>
void load(fragment<Use, 16, 16, 16, T, Layout> &to, const T *from, unsigned stride,
          const void *site) {
    emu_sync_warp(0xffffffffu, site);
    if (emu::lane()) return;
    check_place(from, stride * sizeof(T));
    constexpr bool by_row = std::is_same_v<Layout, row_major>;
    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 16; j++)
            to.tile[i][j] = (float)from[by_row ? i * stride + j : j * stride + i];
}

template <class A, class B>
void multiply(fragment<accumulator, 16, 16, 16, float> &d,
              const fragment<matrix_a, 16, 16, 16, __half, A> &a,
              const fragment<matrix_b, 16, 16, 16, __half, B> &b,
              const fragment<accumulator, 16, 16, 16, float> &c, const void *site) {
    emu_sync_warp(0xffffffffu, site);
    if (emu::lane()) return;
    COUNT_HALF_FLOPS(2 * 16 * 16 * 16);
    for (unsigned i = 0; i < 16; i++) {
        float row[16];
        for (unsigned j = 0; j < 16; j++) row[j] = c.tile[i][j];
        for (unsigned p = 0; p < 16; p++)
            for (unsigned j = 0; j < 16; j++) row[j] += a.tile[i][p] * b.tile[p][j];
        for (unsigned j = 0; j < 16; j++) d.tile[i][j] = row[j];
    }
}

inline void store(float *to, const fragment<accumulator, 16, 16, 16, float> &from, unsigned stride,
                  layout_t layout, const void *site) {
    emu_sync_warp(0xffffffffu, site);
    if (emu::lane()) return;
    check_place(to, stride * sizeof(float));
    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 16; j++)
            to[layout == mem_row_major ? i * stride + j : j * stride + i] = from.tile[i][j];
}

}  // namespace nvcuda::wmma

#define load_matrix_sync(to, from, stride) load(to, from, stride, EMU_SITE)
#define mma_sync(d, a, b, c) multiply(d, a, b, c, EMU_SITE)
#define store_matrix_sync(to, from, stride, layout) store(to, from, stride, layout, EMU_SITE)
