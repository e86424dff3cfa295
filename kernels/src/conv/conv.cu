// A dense convolution as an implicit matrix product: the windows of 64 output pixels are gathered
// piece by piece into shared memory and multiplied there by tensor cores, and never stand in global
// memory.
#include "../tiles.cuh"
#include "sources.cuh"

#define PIXELS 64   // output pixels of a block
#define COLUMNS 32  // output channels of a block
#define DEPTH 32    // values of the windows that are in shared memory at a time
#define THREADS 128 // four warps, each with 16 pixels and all channels
#define STRIDE 40   // of a row of halves in shared memory: a tile's rows lie in different banks
#define SUMS 36     // of a row of sums

// weight (k, columns) with k ordered by row, column and channel, bias (columns),
// y (n, oh, ow, columns). The channels and columns are multiples of the source's WIDTH.
template <class Source>
__device__ __forceinline__ void convolve(const Source &source, const __half *weight,
                                         const float *bias, __half *y, const Sizes &size,
                                         Activation activation) {
    __shared__ __align__(32) __half windows[PIXELS * STRIDE];
    __shared__ __align__(32) __half weights[DEPTH * STRIDE];
    __shared__ __align__(32) float sums[PIXELS * SUMS];
    __shared__ long long start[PIXELS];
    __shared__ int top[PIXELS], side[PIXELS];
    int t = threadIdx.x;
    long long first = (long long)blockIdx.x * PIXELS;
    int column = blockIdx.y * COLUMNS;
    if (t < PIXELS) {
        long long pixel = first + t;
        bool inside = pixel < size.pixels;
        long long image = inside ? pixel / ((long long)size.oh * size.ow) : 0;
        int row = inside ? (int)(pixel / size.ow % size.oh) : 0;
        start[t] = source.start(image, size);
        // A pixel behind the last one has its window above the picture, so that it reads zeros.
        top[t] = inside ? row * size.down - size.above : -0x40000000;
        side[t] = inside ? (int)(pixel % size.ow) * size.across - size.left : 0;
    }
    __syncthreads();
    Tiles<COLUMNS / TILE> tiles;
    tiles.clear();
    // Side by side, threads have what is side by side in a window.
    using Values = typename Source::Values;
    constexpr int WIDTH = Source::WIDTH, ACROSS = DEPTH / WIDTH;
    const int rows = t / 32 * TILE, mine = t % ACROSS * WIDTH;
    for (int from = 0; from < size.k; from += DEPTH) {
        int k = from + mine;
        int channel = k % size.c, tap = k / size.c;
        int dy = tap / size.kw, dx = tap % size.kw;
        auto values = source.channel(channel, size);
#pragma unroll 2
        for (int m = t / ACROSS; m < PIXELS; m += THREADS / ACROSS) {
            int iy = top[m] + dy, ix = side[m] + dx;
            Values value{};
            if (k < size.k && iy >= 0 && iy < size.h && ix >= 0 && ix < size.w)
                value = values.at(start[m], iy, ix);
            *(Values *)(windows + m * STRIDE + mine) = value;
        }
        for (int i = t * WIDTH; i < DEPTH * COLUMNS; i += THREADS * WIDTH) {
            int row = from + i / COLUMNS, n = column + i % COLUMNS;
            Values value{};
            if (row < size.k && n < size.columns)
                value = *(const Values *)(weight + ((long long)row * size.columns + n));
            *(Values *)(weights + i / COLUMNS * STRIDE + i % COLUMNS) = value;
        }
        __syncthreads();
        tiles.add<DEPTH, STRIDE, STRIDE>(windows + rows * STRIDE, weights);
        __syncthreads();
    }
    tiles.store<SUMS>(sums + rows * SUMS);
    __syncthreads();
    for (int i = t; i < PIXELS * COLUMNS; i += THREADS) {
        long long pixel = first + i / COLUMNS;
        int n = column + i % COLUMNS;
        if (pixel < size.pixels && n < size.columns)
            y[pixel * size.columns + n] = __float2half(
                activate(sums[i / COLUMNS * SUMS + i % COLUMNS] + bias[n], activation));
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
conv_tiles(const __half *x, const __half *weight, const float *bias, __half *y, Sizes size,
           Activation activation) {
    convolve(Picture{x}, weight, bias, y, size, activation);
}

// A part that is not there has no channels.
extern "C" __global__ void __launch_bounds__(THREADS, 8)
conv_parts(const __half *x0, const float *gate0, const __half *x1, const float *gate1,
           const __half *x2, const float *gate2, const __half *x3, const float *gate3,
           PartSizes parts, const __half *weight, const float *bias, __half *y, Sizes size,
           Activation activation) {
    Parts source = {{{x0, gate0, parts.c[0], parts.doubled[0]},
                     {x1, gate1, parts.c[1], parts.doubled[1]},
                     {x2, gate2, parts.c[2], parts.doubled[2]},
                     {x3, gate3, parts.c[3], parts.doubled[3]}}};
    convolve(source, weight, bias, y, size, activation);
}

extern "C" __global__ void __launch_bounds__(THREADS)
conv_pooled(const __half *pooled, const __half *beside, int channels, const __half *weight,
            const float *bias, __half *y, Sizes size, Activation activation) {
    convolve(Pooled{pooled, beside, channels}, weight, bias, y, size, activation);
}
