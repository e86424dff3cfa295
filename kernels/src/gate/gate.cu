// The gate of a squeeze-and-excitation block in two steps: sums of pieces of each picture, then
// their mean through two small layers. A picture is cut the same way in any batch, so that its
// gate has the same bits.
#include "../common.cuh"

#define LANES 32 // channels of a block side by side
#define ROWS 8   // pixels of a block at a time

// x (n, pixels, c), sums (n, pieces, c): block (channels, piece, picture) adds `piece` pixels.
extern "C" __global__ void __launch_bounds__(LANES * ROWS)
gate_sums(const __half *x, float *sums, int pixels, int c, int piece) {
    __shared__ float part[LANES * ROWS];
    int lane = threadIdx.x % LANES, row = threadIdx.x / LANES;
    int channel = blockIdx.x * LANES + lane;
    int from = blockIdx.y * piece, to = min(from + piece, pixels);
    const __half *picture = x + (long long)blockIdx.z * pixels * c;
    float sum = 0.0f;
    if (channel < c)
        for (int pixel = from + row; pixel < to; pixel += ROWS)
            sum += __half2float(picture[(long long)pixel * c + channel]);
    part[threadIdx.x] = sum;
    __syncthreads();
    if (row == 0 && channel < c) {
        for (int other = 1; other < ROWS; other++) sum += part[other * LANES + lane];
        sums[((long long)blockIdx.z * gridDim.y + blockIdx.y) * c + channel] = sum;
    }
}

// sums (n, pieces, c), reduce (c, r), expand (r, c), gate (n, c): one block a picture, which holds
// the c means and the r values between the layers in shared memory.
extern "C" __global__ void gate_layers(const float *sums, const __half *reduce,
                                       const float *reduce_bias, const __half *expand,
                                       const float *expand_bias, float *gate, int pieces,
                                       int pixels, int c, int r, float slope) {
    extern __shared__ float shared[];
    float *means = shared, *middle = shared + c;
    const float *mine = sums + (long long)blockIdx.x * pieces * c;
    for (int i = threadIdx.x; i < c; i += blockDim.x) {
        float sum = 0.0f;
        for (int piece = 0; piece < pieces; piece++) sum += mine[(long long)piece * c + i];
        means[i] = sum / (float)pixels;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < r; i += blockDim.x) {
        float sum = reduce_bias[i];
        for (int p = 0; p < c; p++) sum += means[p] * __half2float(reduce[p * r + i]);
        middle[i] = fmaxf(sum, 0.0f);
    }
    __syncthreads();
    Activation hard_sigmoid = {6, slope};
    for (int i = threadIdx.x; i < c; i += blockDim.x) {
        float sum = expand_bias[i];
        for (int p = 0; p < r; p++) sum += middle[p] * __half2float(expand[p * c + i]);
        gate[(long long)blockIdx.x * c + i] = activate(sum, hard_sigmoid);
    }
}
