// The head of a CTC recogniser: steps times weights in tiles, of which only the largest logit and
// the sum of the exponentials are kept. A block has 64 steps and a range of classes; a second
// kernel joins the ranges.
#include "../common.cuh"
#include "../tiles.cuh"

#define STEPS 64     // steps of a block
#define CLASSES 64   // classes of a tile
#define THREADS 256  // eight warps, each with 16 steps and 32 classes
#define DEPTH 128    // values of a step that are in shared memory at a time
#define LEFT 136     // of a row of halves in shared memory: a tile's rows lie in different banks
#define RIGHT 72
#define LOGITS 68    // of a row of logits: a multiple of four, for whole loads

// The logits take the place of the weights of which they are made.
static_assert(STEPS * LOGITS * sizeof(float) <= DEPTH * RIGHT * sizeof(__half), "no room");

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

// ROWS by COLUMNS of a matrix (rows, columns), from (row, column) on, to shared memory, word by
// word; zeros where the matrix has none. A word must not cross the end of a row.
template <class Word, int ROWS, int COLUMNS, int STRIDE>
__device__ __forceinline__ void take_words(const __half *matrix, int rows, int columns, int row,
                                           int column, __half *to) {
    constexpr int HALVES = sizeof(Word) / sizeof(__half), WORDS = COLUMNS / HALVES;
#pragma unroll 2 // more loads under way would take the registers of other blocks
    for (int i = threadIdx.x; i < ROWS * WORDS; i += THREADS) {
        int r = i / WORDS, c = i % WORDS * HALVES;
        bool inside = row + r < rows && column + c < columns;
        *(Word *)&to[r * STRIDE + c] =
            inside ? *(const Word *)&matrix[(long long)(row + r) * columns + column + c] : Word{};
    }
}

// The same in words of this width where the matrix allows them, and else in halves.
template <class Word, int ROWS, int COLUMNS, int STRIDE>
__device__ __forceinline__ void take(const __half *matrix, int rows, int columns, int row,
                                     int column, __half *to) {
    if (columns * sizeof(__half) % sizeof(Word) == 0 && (size_t)matrix % sizeof(Word) == 0)
        take_words<Word, ROWS, COLUMNS, STRIDE>(matrix, rows, columns, row, column, to);
    else
        take_words<__half, ROWS, COLUMNS, STRIDE>(matrix, rows, columns, row, column, to);
}

// The logits of 64 steps and 64 classes, without the bias, in `shared`. What `left` holds stays
// there for the next classes, where all of it has room (`is_there`).
__device__ __forceinline__ void product(const __half *x, const __half *weight, int steps,
                                        int classes, int k, int first, int column, bool is_there,
                                        __half *left, float *shared) {
    int t = threadIdx.x, rows = t / 32 % 4 * TILE, columns = t / 128 * 2 * TILE;
    __half *right = (__half *)shared;
    Tiles<2> tiles;
    tiles.clear();
    for (int from = 0; from < k; from += DEPTH) {
        if (!is_there) take<uint4, STEPS, DEPTH, LEFT>(x, steps, k, first, from, left);
        take<unsigned, DEPTH, CLASSES, RIGHT>(weight, k, classes, from, column, right);
        __syncthreads();
#pragma unroll 1 // more at once would take the registers of other blocks
        for (int p = 0; p < DEPTH; p += 2 * TILE)
            tiles.add<2 * TILE, LEFT, RIGHT>(left + rows * LEFT + p, right + p * RIGHT + columns);
        __syncthreads();
    }
    tiles.store<LOGITS>(shared + rows * LOGITS + columns);
    __syncthreads();
}

// x (steps, k), weight (k, classes), bias (classes), found (ranges, steps): block (64 steps, range
// of `range` classes, a multiple of 64).
extern "C" __global__ void __launch_bounds__(THREADS)
ctc_ranges(const __half *x, const __half *weight, const float *bias, Best *found, int steps,
           int classes, int k, int range) {
    __shared__ __align__(32) __half left[STEPS * LEFT];
    __shared__ __align__(32) float logits[DEPTH * RIGHT / 2];
    int t = threadIdx.x, first = blockIdx.x * STEPS;
    int from = blockIdx.y * range, to = min(from + range, classes);
    Best best[4];
#pragma unroll
    for (int i = 0; i < 4; i++) best[i] = {-INFINITY, 0.0f, 0x7fffffff};
    for (int column = from; column < to; column += CLASSES) {
        bool is_there = k <= DEPTH && column > from;
        product(x, weight, steps, classes, k, first, column, is_there, left, logits);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float4 four = *(const float4 *)&logits[(t / 16 * 4 + i) * LOGITS + t % 16 * 4];
            float value[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
            for (int j = 0; j < 4; j++) {
                int n = column + t % 16 * 4 + j;
                if (n < to) best[i] = joined(best[i], {value[j] + bias[n], 1.0f, n});
            }
        }
        __syncthreads();
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
    __shared__ __align__(32) __half left[STEPS * LEFT];
    __shared__ __align__(32) float logits[DEPTH * RIGHT / 2];
    int t = threadIdx.x, first = blockIdx.x * STEPS, column = blockIdx.y * CLASSES;
    product(x, weight, steps, classes, k, first, column, false, left, logits);
    for (int i = t; i < STEPS * CLASSES; i += THREADS) {
        int step = first + i / CLASSES, n = column + i % CLASSES;
        if (step < steps && n < classes)
            y[(long long)step * classes + n] =
                logits[i / CLASSES * LOGITS + i % CLASSES] + bias[n];
    }
}
