// What follows a matrix product: bias, activation and shortcut in one pass over the result.
#include "../common.cuh"

// y (rows, n) in place: act(y + bias), then + shortcut where there is one.
template <bool SHORTCUT>
__device__ void finish(__half *y, const float *bias, const __half *shortcut, long long count,
                       int n, Activation activation) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        float value = activate(__half2float(y[i]) + bias[i % n], activation);
        if (SHORTCUT) value += __half2float(shortcut[i]);
        y[i] = __float2half(value);
    }
}

// The same on pairs of channels, for an even n.
template <bool SHORTCUT>
__device__ void finish_pairs(__half2 *y, const float2 *bias, const __half2 *shortcut,
                             long long count, int n, Activation activation) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        float2 value = __half22float2(y[i]), add = bias[i % n];
        value = activate(make_float2(value.x + add.x, value.y + add.y), activation);
        if (SHORTCUT) {
            float2 kept = __half22float2(shortcut[i]);
            value = make_float2(value.x + kept.x, value.y + kept.y);
        }
        y[i] = __float22half2_rn(value);
    }
}

extern "C" __global__ void dense_finish(__half *y, const float *bias, long long count, int n,
                                        Activation activation) {
    finish<false>(y, bias, nullptr, count, n, activation);
}

extern "C" __global__ void dense_finish_add(__half *y, const float *bias, const __half *shortcut,
                                            long long count, int n, Activation activation) {
    finish<true>(y, bias, shortcut, count, n, activation);
}

extern "C" __global__ void dense_finish_pairs(__half2 *y, const float2 *bias, long long count,
                                              int n, Activation activation) {
    finish_pairs<false>(y, bias, nullptr, count, n, activation);
}

extern "C" __global__ void dense_finish_add_pairs(__half2 *y, const float2 *bias,
                                                  const __half2 *shortcut, long long count, int n,
                                                  Activation activation) {
    finish_pairs<true>(y, bias, shortcut, count, n, activation);
}
