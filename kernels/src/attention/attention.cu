// Self-attention over the steps of a line, in one launch: a block has one head of one line, its
// keys and values in shared memory, and each of its threads one step at a time.
#include "../common.cuh"

#define WIDE 16 // values of a head at most; what a head has fewer is zero

// How a key fits a query.
__device__ __forceinline__ float fit(const float (&query)[WIDE], const __half2 *key) {
    float score = 0.0f;
#pragma unroll
    for (int d = 0; d < WIDE / 2; d++) {
        float2 pair = __half22float2(key[d]);
        score += query[2 * d] * pair.x + query[2 * d + 1] * pair.y;
    }
    return score;
}

// x (n, steps, 3, heads, wide): queries, keys and values; y (n, steps, heads, wide).
extern "C" __global__ void attention(const __half *x, __half *y, int steps, int heads, int wide) {
    extern __shared__ __half2 shared[];
    __half2 *keys = shared, *values = shared + steps * (WIDE / 2);
    int head = blockIdx.x, channels = heads * wide;
    const __half *line = x + (long long)blockIdx.y * steps * 3 * channels + head * wide;
    for (int i = threadIdx.x; i < steps * (WIDE / 2); i += blockDim.x) {
        int d = i % (WIDE / 2) * 2;
        const __half *row = line + (long long)(i / (WIDE / 2)) * 3 * channels + d;
        __half zero = __float2half(0.0f);
        bool first = d < wide, second = d + 1 < wide;
        keys[i] = __halves2half2(first ? row[channels] : zero, second ? row[channels + 1] : zero);
        values[i] = __halves2half2(first ? row[2 * channels] : zero,
                                   second ? row[2 * channels + 1] : zero);
    }
    __syncthreads();
    float scale = rsqrtf((float)wide);
    for (int step = threadIdx.x; step < steps; step += blockDim.x) {
        const __half *from = line + (long long)step * 3 * channels;
        float query[WIDE], mean[WIDE];
#pragma unroll
        for (int d = 0; d < WIDE; d++) {
            query[d] = d < wide ? __half2float(from[d]) * scale : 0.0f;
            mean[d] = 0.0f;
        }
        COUNT_FLOPS(6 * WIDE * steps);
        // Scores are computed twice, since a line has too many of them for the registers.
        float most = -INFINITY, whole = 0.0f;
        for (int other = 0; other < steps; other++)
            most = fmaxf(most, fit(query, keys + other * (WIDE / 2)));
        for (int other = 0; other < steps; other++) {
            float weight = expf(fit(query, keys + other * (WIDE / 2)) - most);
            whole += weight;
#pragma unroll
            for (int d = 0; d < WIDE / 2; d++) {
                float2 value = __half22float2(values[other * (WIDE / 2) + d]);
                mean[2 * d] += weight * value.x;
                mean[2 * d + 1] += weight * value.y;
            }
        }
        __half *to = y + ((long long)blockIdx.y * steps + step) * channels + head * wide;
#pragma unroll
        for (int d = 0; d < WIDE; d++)
            if (d < wide) to[d] = __float2half(mean[d] / whole);
    }
}
