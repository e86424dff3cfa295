// A dense convolution as an implicit matrix product: the windows of 128 output pixels are gathered
// piece by piece into shared memory and multiplied there by tensor cores, and never stand in global
// memory. The networks' convolutions have few output channels, so that tiles are 32 pixels by 8.
#include "../tiles.cuh"
#include "sources.cuh"

#define PIXELS 128  // output pixels of a block
#define ROWS 32     // of them those of a warp, which has all channels
#define EIGHT 8     // channels of a tile
#define DEPTH 32    // values of the windows that are in shared memory at a time
#define THREADS 128 // four warps
#define STRIDE 40   // of a row of windows in shared memory: a tile's rows lie in different banks

// weight (k, columns) with k ordered by row, column and channel, bias (columns),
// y (n, oh, ow, columns). A block has COLUMNS of the columns. The channels and columns are
// multiples of the source's WIDTH.
template <int COLUMNS, class Source>
__device__ __forceinline__ void convolve(const Source &source, const __half *weight,
                                         const float *bias, __half *y, const Sizes &size,
                                         Activation activation) {
    // The sums come where the windows were.
    constexpr int WINDOWS = PIXELS * STRIDE * sizeof(__half);
    constexpr int SUMS = PIXELS * COLUMNS * sizeof(float);
    __shared__ __align__(32) char space[WINDOWS > SUMS ? WINDOWS : SUMS];
    __half *windows = (__half *)space;
    float *sums = (float *)space;
    // By tile, then by row.
    __shared__ __align__(32) __half weights[COLUMNS * DEPTH];
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
    Tiles<COLUMNS / EIGHT, ROWS, EIGHT> tiles;
    tiles.clear();
    // Side by side, threads have what is side by side in a window.
    using Values = typename Source::Values;
    constexpr int WIDTH = Source::WIDTH, ACROSS = DEPTH / WIDTH;
    const int rows = t / 32 * ROWS, mine = t % ACROSS * WIDTH;
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
            int row = i / COLUMNS, n = i % COLUMNS;
            Values value{};
            if (from + row < size.k && column + n < size.columns)
                value = *(const Values *)(weight + ((long long)(from + row) * size.columns +
                                                    column + n));
            *(Values *)(weights + (n / EIGHT * DEPTH + row) * EIGHT + n % EIGHT) = value;
        }
        __syncthreads();
        tiles.template add<DEPTH, STRIDE, EIGHT, DEPTH * EIGHT>(windows + rows * STRIDE, weights);
        __syncthreads();
    }
    tiles.template store<COLUMNS>(sums + rows * COLUMNS);
    __syncthreads();
    for (int i = t; i < PIXELS * COLUMNS; i += THREADS) {
        long long pixel = first + i / COLUMNS;
        int n = column + i % COLUMNS;
        if (pixel < size.pixels && n < size.columns)
            y[pixel * size.columns + n] = __float2half(activate(sums[i] + bias[n], activation));
    }
}

#define MANY 24 // columns of a block
#define FEW 16  // and where so many are enough

extern "C" __global__ void __launch_bounds__(THREADS, 8)
conv_tiles(const __half *x, const __half *weight, const float *bias, __half *y, Sizes size,
           Activation activation) {
    convolve<MANY>(Picture<__half>{x}, weight, bias, y, size, activation);
}

extern "C" __global__ void __launch_bounds__(THREADS, 8)
conv_tiles_fours(const __half *x, const __half *weight, const float *bias, __half *y, Sizes size,
                 Activation activation) {
    convolve<MANY>(Picture<uint2>{x}, weight, bias, y, size, activation);
}

extern "C" __global__ void __launch_bounds__(THREADS, 8)
conv_tiles_few(const __half *x, const __half *weight, const float *bias, __half *y, Sizes size,
               Activation activation) {
    convolve<FEW>(Picture<uint2>{x}, weight, bias, y, size, activation);
}

// A part that is not there has no channels.
extern "C" __global__ void __launch_bounds__(THREADS, 7)
conv_parts(const __half *x0, const float *gate0, const __half *x1, const float *gate1,
           const __half *x2, const float *gate2, const __half *x3, const float *gate3,
           PartSizes parts, const __half *weight, const float *bias, __half *y, Sizes size,
           Activation activation) {
    Parts source = {{{x0, gate0, parts.c[0], parts.doubled[0]},
                     {x1, gate1, parts.c[1], parts.doubled[1]},
                     {x2, gate2, parts.c[2], parts.doubled[2]},
                     {x3, gate3, parts.c[3], parts.doubled[3]}}};
    convolve<MANY>(source, weight, bias, y, size, activation);
}

extern "C" __global__ void __launch_bounds__(THREADS, 7)
conv_pooled(const __half *pooled, const __half *beside, int channels, const __half *weight,
            const float *bias, __half *y, Sizes size, Activation activation) {
    convolve<MANY>(Pooled{pooled, beside, channels}, weight, bias, y, size, activation);
}
