// The gate of a channel mixer is multiplied into its input before the first product, since both
// the product and the shortcut take the gated picture.
#include "../common.cuh"

// x and y (n, picture, c) in pairs of channels, gate (n, c): y = x · gate; `picture` = h · w.
extern "C" __global__ void mlp_gate_pairs(const __half2 *x, const float2 *gate, __half2 *y,
                                          long long count, long long picture, int c) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        float2 value = __half22float2(x[i]), factor = gate[i / (picture * c) * c + i % c];
        y[i] = __floats2half2_rn(value.x * factor.x, value.y * factor.y);
    }
}

// The same on single channels.
extern "C" __global__ void mlp_gate(const __half *x, const float *gate, __half *y,
                                    long long count, long long picture, int c) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        float factor = gate[i / (picture * c) * c + i % c];
        y[i] = __float2half(__half2float(x[i]) * factor);
    }
}
