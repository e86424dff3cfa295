// Nearest-neighbour enlargement with what follows it.
#include "../common.cuh"

// large and y (n, h, w, c), small (n, h / 2, w / 2, c): y = large + small enlarged.
extern "C" __global__ void upsample_add(const __half *large, const __half *small, __half *y,
                                        long long count, int h, int w, int c) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long place = i / c;
        int column = (int)(place % w);
        place /= w;
        int row = (int)(place % h);
        long long from = ((place / h * (h / 2) + row / 2) * (w / 2) + column / 2) * c + channel;
        y[i] = __float2half(__half2float(large[i]) + __half2float(small[from]));
    }
}

// The same on pairs of channels.
extern "C" __global__ void upsample_add_pairs(const __half2 *large, const __half2 *small,
                                              __half2 *y, long long count, int h, int w, int c) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long place = i / c;
        int column = (int)(place % w);
        place /= w;
        int row = (int)(place % h);
        long long from = ((place / h * (h / 2) + row / 2) * (w / 2) + column / 2) * c + channel;
        float2 a = __half22float2(large[i]), b = __half22float2(small[from]);
        y[i] = __floats2half2_rn(a.x + b.x, a.y + b.y);
    }
}

// part (n, h / factor, w / factor, c) into the channels from `at` on of y (n, h, w, all): `count`
// is n · h · w · c.
extern "C" __global__ void upsample_part(const __half *part, __half *y, long long count, int h,
                                         int w, int c, int factor, int at, int all) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long pixel = i / c;
        int column = (int)(pixel % w), row = (int)(pixel / w % h);
        long long image = pixel / w / h;
        long long from = (image * (h / factor) + row / factor) * (w / factor) + column / factor;
        y[pixel * all + at + channel] = part[from * c + channel];
    }
}
