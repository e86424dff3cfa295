// A dense convolution as an implicit matrix product: the windows of 64 output pixels are gathered
// piece by piece into shared memory and multiplied there, and never stand in global memory.
#include "../common.cuh"

#define PIXELS 64   // output pixels of a block
#define COLUMNS 32  // output channels of a block
#define DEPTH 16    // values of the windows that are in shared memory at a time
#define THREADS 128 // 16 by 8, each with four pixels and four channels
#define STRIDE 68   // of a row of pixels in shared memory: a multiple of four, for whole loads

// Sizes: input (n, h, w, c), output (n, oh, ow, columns), window (kh, kw) with its strides and
// the zeros before it. k = kh · kw · c.
struct Sizes {
    int h, w, c, oh, ow, columns, kw, k, down, across, above, left;
    long long pixels;
};

// x (n, h, w, c), weight (k, columns) with k ordered by row, column and channel, bias (columns),
// y (n, oh, ow, columns).
extern "C" __global__ void __launch_bounds__(THREADS)
conv_tiles(const __half *x, const __half *weight, const float *bias, __half *y, Sizes size,
           Activation activation) {
    __shared__ __align__(16) float windows[DEPTH * STRIDE];
    __shared__ __align__(16) float weights[DEPTH * COLUMNS];
    __shared__ long long picture[PIXELS];
    __shared__ int top[PIXELS], side[PIXELS];
    int t = threadIdx.x;
    long long first = (long long)blockIdx.x * PIXELS;
    int column = blockIdx.y * COLUMNS;
    if (t < PIXELS) {
        long long pixel = first + t;
        bool inside = pixel < size.pixels;
        long long image = inside ? pixel / ((long long)size.oh * size.ow) : 0;
        int row = inside ? (int)(pixel / size.ow % size.oh) : 0;
        picture[t] = image * size.h * size.w * size.c;
        // A pixel behind the last one has its window above the picture, so that it reads zeros.
        top[t] = inside ? row * size.down - size.above : -0x40000000;
        side[t] = inside ? (int)(pixel % size.ow) * size.across - size.left : 0;
    }
    __syncthreads();
    float sum[4][4] = {};
    int mine = t % DEPTH;
    int four_pixels = t / 8 * 4, four_columns = t % 8 * 4;
    for (int from = 0; from < size.k; from += DEPTH) {
        int k = from + mine;
        int channel = k % size.c, tap = k / size.c;
        int dy = tap / size.kw, dx = tap % size.kw;
#pragma unroll 2
        for (int m = t / DEPTH; m < PIXELS; m += THREADS / DEPTH) {
            int iy = top[m] + dy, ix = side[m] + dx;
            float value = 0.0f;
            if (k < size.k && iy >= 0 && iy < size.h && ix >= 0 && ix < size.w)
                value = __half2float(x[picture[m] + (iy * size.w + ix) * size.c + channel]);
            windows[mine * STRIDE + m] = value;
        }
        for (int i = t; i < DEPTH * COLUMNS; i += THREADS) {
            int row = from + i / COLUMNS, n = column + i % COLUMNS;
            bool inside = row < size.k && n < size.columns;
            weights[i] = inside ? __half2float(weight[(long long)row * size.columns + n]) : 0.0f;
        }
        __syncthreads();
        for (int p = 0; p < DEPTH; p++) {
            float4 a = *(const float4 *)&windows[p * STRIDE + four_pixels];
            float4 b = *(const float4 *)&weights[p * COLUMNS + four_columns];
            float left[4] = {a.x, a.y, a.z, a.w}, right[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
            for (int i = 0; i < 4; i++)
#pragma unroll
                for (int j = 0; j < 4; j++) sum[i][j] += left[i] * right[j];
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        long long pixel = first + four_pixels + i;
#pragma unroll
        for (int j = 0; j < 4; j++) {
            int n = column + four_columns + j;
            if (pixel < size.pixels && n < size.columns)
                y[pixel * size.columns + n] =
                    __float2half(activate(sum[i][j] + bias[n], activation));
        }
    }
}
