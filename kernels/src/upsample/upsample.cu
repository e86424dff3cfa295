// A gated picture, and onto it a smaller one, enlarged to nearest neighbours.
#include "../common.cuh"

// large and y (n, h, w, c), gate (n, c), small (n, h / 2, w / 2, c):
// y = large · (gate + 1) + small enlarged.
extern "C" __global__ void upsample_add(const __half *large, const float *gate,
                                        const __half *small, __half *y, long long count, int h,
                                        int w, int c) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long place = i / c;
        int column = (int)(place % w);
        place /= w;
        int row = (int)(place % h);
        long long image = place / h;
        long long from = ((image * (h / 2) + row / 2) * (w / 2) + column / 2) * c + channel;
        float factor = gate[image * c + channel] + 1.0f;
        y[i] = __float2half(__half2float(large[i]) * factor + __half2float(small[from]));
    }
}

// The same on pairs of channels.
extern "C" __global__ void upsample_add_pairs(const __half2 *large, const float2 *gate,
                                              const __half2 *small, __half2 *y, long long count,
                                              int h, int w, int c) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long place = i / c;
        int column = (int)(place % w);
        place /= w;
        int row = (int)(place % h);
        long long image = place / h;
        long long from = ((image * (h / 2) + row / 2) * (w / 2) + column / 2) * c + channel;
        float2 a = __half22float2(large[i]), b = __half22float2(small[from]);
        float2 factor = gate[image * c + channel];
        y[i] = __floats2half2_rn(a.x * (factor.x + 1.0f) + b.x, a.y * (factor.y + 1.0f) + b.y);
    }
}
