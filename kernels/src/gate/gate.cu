// The gate of a squeeze-and-excitation block: sums of pieces of each picture, of which the block
// that comes last makes the means, and the factors by two small layers. A picture is cut the same
// way in any batch, and its pieces are added in their order, so that its gate has the same bits.
#include "../common.cuh"

#define LANES 32 // channels of a block side by side
#define ROWS 8   // pixels of a block at a time

// Sizes: pictures of `pixels` pixels and c channels in pieces of `piece` pixels; r values between
// the layers.
struct Sizes {
    int pixels, c, piece, r;
    float slope; // of the hard sigmoid
};

// Adds up the block's piece of its picture, for 32 channels.
__device__ __forceinline__ void add_piece(const __half *x, float *sums, const Sizes &size) {
    __shared__ float part[LANES * ROWS];
    int lane = threadIdx.x % LANES, row = threadIdx.x / LANES;
    int channel = blockIdx.x * LANES + lane;
    int from = blockIdx.y * size.piece, to = min(from + size.piece, size.pixels);
    const __half *picture = x + (long long)blockIdx.z * size.pixels * size.c;
    float sum = 0.0f;
    if (channel < size.c)
        for (int pixel = from + row; pixel < to; pixel += ROWS)
            sum += __half2float(picture[(long long)pixel * size.c + channel]);
    part[threadIdx.x] = sum;
    __syncthreads();
    if (row == 0 && channel < size.c) {
        for (int other = 1; other < ROWS; other++) sum += part[other * LANES + lane];
        sums[((long long)blockIdx.z * gridDim.y + blockIdx.y) * size.c + channel] = sum;
    }
}

// Whether all other blocks of this picture have left their sums, and this one sees them. `arrived`
// is zero again for the next launch then.
__device__ __forceinline__ bool comes_last(unsigned *arrived) {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        last = atomicAdd(&arrived[blockIdx.z], 1u) == gridDim.x * gridDim.y - 1;
        if (last) arrived[blockIdx.z] = 0;
    }
    __syncthreads();
    __threadfence();
    return last;
}

// x (n, pixels, c), sums (n, pieces, c), arrived (n), which are zeros before and after, reduce
// (c, r), expand (r, c), factors (n, c): block (channels, piece, picture). The means and the values
// between the layers are in shared memory.
extern "C" __global__ void __launch_bounds__(LANES * ROWS)
gate(const __half *x, float *sums, unsigned *arrived, const __half *reduce,
     const float *reduce_bias, const __half *expand, const float *expand_bias, float *factors,
     Sizes size) {
    extern __shared__ float shared[];
    add_piece(x, sums, size);
    if (!comes_last(arrived)) return;
    float *means = shared, *middle = shared + size.c;
    const float *mine = sums + (long long)blockIdx.z * gridDim.y * size.c;
    for (int i = threadIdx.x; i < size.c; i += blockDim.x) {
        float sum = 0.0f;
        // From where all blocks of the device see the same: other blocks have written them.
        for (unsigned piece = 0; piece < gridDim.y; piece++)
            sum += __ldcg(mine + (long long)piece * size.c + i);
        means[i] = sum / (float)size.pixels;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < size.r; i += blockDim.x) {
        float sum = reduce_bias[i];
        for (int p = 0; p < size.c; p++) sum += means[p] * __half2float(reduce[p * size.r + i]);
        middle[i] = fmaxf(sum, 0.0f);
    }
    __syncthreads();
    Activation hard_sigmoid = {6, size.slope};
    for (int i = threadIdx.x; i < size.c; i += blockDim.x) {
        float sum = expand_bias[i];
        for (int p = 0; p < size.r; p++) sum += middle[p] * __half2float(expand[p * size.c + i]);
        factors[(long long)blockIdx.z * size.c + i] = activate(sum, hard_sigmoid);
    }
}
