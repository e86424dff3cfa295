// Two transposed convolutions with 2×2 windows at stride 2, the second to one channel. A block
// makes sixteen pixels of each of its own; what stands between the layers never leaves the chip,
// and is kept there in single precision.
#include "../common.cuh"
#include "../tiles.cuh"

#define PIXELS 64   // of a block at a time, sixteen a warp
#define THREADS 128 // four warps
#define DEPTH 32    // at most so many channels of the input
#define MIDDLE 24   // and so many between the layers: missing ones have weights of zero
#define INPUTS 40   // of a row of inputs: rows of a tile lie in different banks
#define WEIGHTS 104 // of a row of the first layer's weights, 4 · MIDDLE and some
#define SUMS 52     // of a row of sums, 2 · MIDDLE and some

// x (pixels, k), y (n, 4h, 4w) as pairs of neighbours, pixels = n · h · w.
struct Sizes {
    int k, middle, w;
    long long pixels;
};

struct Layers {
    Activation between, last;
};

// weight (k, 2, 2, middle), bias (2, 2, middle), last_weight (middle, 2, 2), last_bias (2, 2).
extern "C" __global__ void __launch_bounds__(THREADS, 8)
deconv_twice(const __half *x, const __half *weight, const float *bias, const __half *last_weight,
             const float *last_bias, __half2 *y, Sizes size, Layers layers) {
    __shared__ __align__(32) __half inputs[PIXELS * INPUTS];
    __shared__ __align__(32) __half weights[DEPTH * WEIGHTS];
    __shared__ __align__(32) float sums[PIXELS * SUMS];
    __shared__ float4 last_weights[MIDDLE];
    __shared__ float biases[MIDDLE];
    const int t = threadIdx.x, lane = t % 32, rows = t / 32 * TILE;
#pragma unroll 2
    for (int i = t; i < DEPTH * 4 * MIDDLE; i += THREADS) {
        int row = i / (4 * MIDDLE), part = i / MIDDLE % 4, channel = i % MIDDLE;
        bool inside = row < size.k && channel < size.middle;
        weights[row * WEIGHTS + part * MIDDLE + channel] =
            inside ? weight[(row * 4 + part) * size.middle + channel] : __float2half(0.0f);
    }
    if (t < MIDDLE) {
        bool inside = t < size.middle;
        biases[t] = inside ? bias[t] : 0.0f;
        float four[4];
#pragma unroll
        for (int part = 0; part < 4; part++)
            four[part] = inside ? __half2float(last_weight[t * 4 + part]) : 0.0f;
        last_weights[t] = make_float4(four[0], four[1], four[2], four[3]);
    }
    const float start = last_bias[0];
    for (long long first = (long long)blockIdx.x * PIXELS; first < size.pixels;
         first += (long long)gridDim.x * PIXELS) {
        __syncthreads();
#pragma unroll 4
        for (int i = t; i < PIXELS * DEPTH; i += THREADS) {
            int m = i / DEPTH, channel = i % DEPTH;
            bool inside = channel < size.k && first + m < size.pixels;
            inputs[m * INPUTS + channel] =
                inside ? x[(first + m) * size.k + channel] : __float2half(0.0f);
        }
        __syncthreads();
        // The upper two of the four pixels, then the lower two: each lane has one of a warp's 32.
        long long pixel = first + rows + lane / 2;
        int side = lane % 2;
        for (int lower = 0; lower < 2; lower++) {
            Tiles<2 * MIDDLE / TILE> tiles;
            tiles.clear();
            tiles.add<DEPTH, INPUTS, WEIGHTS>(inputs + rows * INPUTS, weights + lower * 2 * MIDDLE);
            tiles.store<SUMS>(sums + rows * SUMS);
            __syncwarp();
            const float *mine = sums + (rows + lane / 2) * SUMS + side * MIDDLE;
            float4 made = make_float4(start, start, start, start);
            COUNT_FLOPS(8 * MIDDLE);
#pragma unroll 1
            for (int channel = 0; channel < MIDDLE; channel += 4) {
                float4 sum = *(const float4 *)(mine + channel);
                float four[4] = {sum.x, sum.y, sum.z, sum.w};
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    float value = activate(four[i] + biases[channel + i], layers.between);
                    float4 w = last_weights[channel + i];
                    made.x += value * w.x;
                    made.y += value * w.y;
                    made.z += value * w.z;
                    made.w += value * w.w;
                }
            }
            if (pixel < size.pixels) {
                long long row = pixel / size.w * 4 + lower * 2;
                __half2 *to = y + row * 2 * size.w + pixel % size.w * 2 + side;
                float2 above = make_float2(made.x, made.y), below = make_float2(made.z, made.w);
                to[0] = __float22half2_rn(activate(above, layers.last));
                to[2 * size.w] = __float22half2_rn(activate(below, layers.last));
            }
            __syncwarp();
        }
    }
}
