// The head of a CTC recogniser: steps times weights in tiles, of which only the largest logit and
// the sum of the exponentials are kept. A block has 64 steps and a range of classes; a second
// kernel joins the ranges.
#include "../common.cuh"

#define STEPS 64     // steps of a block
#define CLASSES 64   // classes of a tile
#define THREADS 256  // 16 by 16, each with four steps and four classes
#define DEPTH 24     // values of a step that are in shared memory at a time
#define STRIDE 68    // of a row in shared memory: a multiple of four, for whole loads

struct Best {
    float logit, sum; // the largest, and Σ exp(logit of a class − largest)
    int at;           // the class of the largest
};

// Joins what is known of two sets of classes; of two equal logits the lower class counts.
__device__ __forceinline__ Best joined(Best a, Best b) {
    bool second = b.logit > a.logit || (b.logit == a.logit && b.at < a.at);
    Best high = second ? b : a, low = second ? a : b;
    if (low.sum > 0.0f) high.sum += low.sum * expf(low.logit - high.logit);
    return high;
}

// The logits of four steps and four classes of this thread, without the bias.
struct Tile {
    float value[4][4];
};

__device__ __forceinline__ Tile product(const __half *x, const __half *weight, int steps,
                                        int classes, int k, int first, int column, float *left,
                                        float *right) {
    Tile tile = {};
    int t = threadIdx.x, four_steps = t / 16 * 4, four_classes = t % 16 * 4;
    for (int from = 0; from < k; from += DEPTH) {
        for (int i = t; i < DEPTH * STEPS; i += THREADS) {
            int p = i % DEPTH, step = i / DEPTH;
            bool inside = from + p < k && first + step < steps;
            left[p * STRIDE + step] =
                inside ? __half2float(x[(long long)(first + step) * k + from + p]) : 0.0f;
        }
        for (int i = t; i < DEPTH * CLASSES; i += THREADS) {
            int p = i / CLASSES, n = column + i % CLASSES;
            bool inside = from + p < k && n < classes;
            right[p * STRIDE + i % CLASSES] =
                inside ? __half2float(weight[(long long)(from + p) * classes + n]) : 0.0f;
        }
        __syncthreads();
        for (int p = 0; p < DEPTH; p++) {
            float4 a = *(const float4 *)&left[p * STRIDE + four_steps];
            float4 b = *(const float4 *)&right[p * STRIDE + four_classes];
            float l[4] = {a.x, a.y, a.z, a.w}, r[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
            for (int i = 0; i < 4; i++)
#pragma unroll
                for (int j = 0; j < 4; j++) tile.value[i][j] += l[i] * r[j];
        }
        __syncthreads();
    }
    return tile;
}

// x (steps, k), weight (k, classes), bias (classes), found (ranges, steps): block (64 steps, range
// of `range` classes, a multiple of 64).
extern "C" __global__ void __launch_bounds__(THREADS)
ctc_ranges(const __half *x, const __half *weight, const float *bias, Best *found, int steps,
           int classes, int k, int range) {
    __shared__ __align__(16) float left[DEPTH * STRIDE], right[DEPTH * STRIDE];
    int t = threadIdx.x, first = blockIdx.x * STEPS;
    int from = blockIdx.y * range, to = min(from + range, classes);
    Best best[4];
#pragma unroll
    for (int i = 0; i < 4; i++) best[i] = {-INFINITY, 0.0f, 0x7fffffff};
    for (int column = from; column < to; column += CLASSES) {
        Tile tile = product(x, weight, steps, classes, k, first, column, left, right);
#pragma unroll
        for (int j = 0; j < 4; j++) {
            int n = column + t % 16 * 4 + j;
            if (n >= to) continue;
#pragma unroll
            for (int i = 0; i < 4; i++) {
                Best one = {tile.value[i][j] + bias[n], 1.0f, n};
                best[i] = joined(best[i], one);
            }
        }
    }
    // The sixteen threads of the same steps are neighbours.
    for (int distance = 8; distance > 0; distance /= 2) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            Best other;
            other.logit = __shfl_xor_sync(0xffffffffu, best[i].logit, distance);
            other.sum = __shfl_xor_sync(0xffffffffu, best[i].sum, distance);
            other.at = __shfl_xor_sync(0xffffffffu, best[i].at, distance);
            best[i] = joined(best[i], other);
        }
    }
    if (t % 16 == 0) {
        for (int i = 0; i < 4; i++) {
            int step = first + t / 16 * 4 + i;
            if (step < steps) found[(long long)blockIdx.y * steps + step] = best[i];
        }
    }
}

// found (ranges, steps), y (steps, 2): the class and its probability.
extern "C" __global__ void ctc_join(const Best *found, float *y, int steps, int ranges) {
    for (long long step = first_element(); step < steps; step += all_threads()) {
        Best best = found[step];
        for (int i = 1; i < ranges; i++) best = joined(best, found[(long long)i * steps + step]);
        y[2 * step] = (float)best.at;
        y[2 * step + 1] = 1.0f / best.sum;
    }
}

// x (steps, k), weight (k, classes), bias (classes), y (steps, classes): the logits themselves.
extern "C" __global__ void __launch_bounds__(THREADS)
ctc_logits(const __half *x, const __half *weight, const float *bias, float *y, int steps,
           int classes, int k) {
    __shared__ __align__(16) float left[DEPTH * STRIDE], right[DEPTH * STRIDE];
    int t = threadIdx.x, first = blockIdx.x * STEPS, column = blockIdx.y * CLASSES;
    Tile tile = product(x, weight, steps, classes, k, first, column, left, right);
    for (int i = 0; i < 4; i++) {
        int step = first + t / 16 * 4 + i;
        for (int j = 0; j < 4; j++) {
            int n = column + t % 16 * 4 + j;
            if (step < steps && n < classes)
                y[(long long)step * classes + n] = tile.value[i][j] + bias[n];
        }
    }
}
