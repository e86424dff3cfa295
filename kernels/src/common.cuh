// What the kernels share: activations, and pairs of channels in half precision. Values are stored
// as halves and computed in single precision.
#pragma once
#include <cuda_fp16.h>

// The activation of a step: the number of its kind as in activation.rs, and its slope.
struct Activation {
    int kind;
    float slope;
};

__device__ __forceinline__ float clamped(float x, float low, float high) {
    return fminf(fmaxf(x, low), high);
}

__device__ __forceinline__ float activate(float x, Activation activation) {
    switch (activation.kind) {
    case 1: return fmaxf(x, 0.0f);
    case 2: return x * (0.5f + 0.5f * erff(x * 0.70710678f));
    case 3: return x / (1.0f + expf(-x));
    case 4: return x * clamped(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    case 5: return 1.0f / (1.0f + expf(-x));
    case 6: return clamped(activation.slope * x + 0.5f, 0.0f, 1.0f);
    default: return x;
    }
}

__device__ __forceinline__ float2 activate(float2 x, Activation activation) {
    return make_float2(activate(x.x, activation), activate(x.y, activation));
}

// The first element of a thread that strides over all, and the stride.
__device__ __forceinline__ long long first_element() {
    return (long long)blockIdx.x * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ long long all_threads() {
    return (long long)gridDim.x * blockDim.x;
}
