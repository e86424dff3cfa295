// A picture times one factor a channel.
#include "../common.cuh"

// x and y (n, picture, c), gate (n, c): y = x · (gate + keep); `picture` = h · w.
extern "C" __global__ void scale_channels(const __half *x, const float *gate, __half *y,
                                          long long count, long long picture, int c, float keep) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        long long image = i / (picture * c);
        float factor = gate[image * c + i % c] + keep;
        y[i] = __float2half(__half2float(x[i]) * factor);
    }
}

// The same on pairs of channels.
extern "C" __global__ void scale_pairs(const __half2 *x, const float2 *gate, __half2 *y,
                                       long long count, long long picture, int c, float keep) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        long long image = i / (picture * c);
        float2 value = __half22float2(x[i]), factor = gate[image * c + i % c];
        y[i] = __floats2half2_rn(value.x * (factor.x + keep), value.y * (factor.y + keep));
    }
}
