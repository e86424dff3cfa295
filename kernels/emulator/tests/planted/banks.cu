// Two kernels for the search for bank conflicts, which is done on machine code: what one of them
// does must be found, and the other must pass. They are never executed.

// The threads of a warp read a column of 32 values: all of them lie in one bank.
extern "C" __global__ void one_bank(const float *x, float *y) {
    __shared__ float rows[32 * 32];
    for (int i = threadIdx.x; i < 32 * 32; i += blockDim.x) rows[i] = x[i];
    __syncthreads();
    y[threadIdx.x] = rows[threadIdx.x % 32 * 32 + threadIdx.x / 32];
}

// The same with rows that are one value longer.
extern "C" __global__ void all_banks(const float *x, float *y) {
    __shared__ float rows[32 * 33];
    for (int i = threadIdx.x; i < 32 * 32; i += blockDim.x) rows[i + i / 32] = x[i];
    __syncthreads();
    y[threadIdx.x] = rows[threadIdx.x % 32 * 33 + threadIdx.x / 32];
}
