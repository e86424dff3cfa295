// Pooling of windows side by side.
#include "../common.cuh"

// x (n, h, w, c), y (n, oh, ow, c): the mean (`largest` = 0) or the maximum of windows of
// (down, across) pixels.
extern "C" __global__ void pool_windows(const __half *x, __half *y, long long count, int h, int w,
                                        int c, int oh, int ow, int down, int across, int largest) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long place = i / c;
        int column = (int)(place % ow) * across;
        place /= ow;
        int row = (int)(place % oh) * down;
        long long from = ((place / oh * h + row) * w + column) * c + channel;
        float value = largest ? -INFINITY : 0.0f;
        for (int dy = 0; dy < down; dy++)
            for (int dx = 0; dx < across; dx++) {
                float tap = __half2float(x[from + ((long long)dy * w + dx) * c]);
                value = largest ? fmaxf(value, tap) : value + tap;
            }
        y[i] = __float2half(largest ? value : value / (float)(down * across));
    }
}
