// Pooling of windows side by side, and the overlapping maximum that is joined with another branch.
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

// a (n, h, w, ca), b (n, h, w, cb), y (n, h, w, ca + cb): of a the maximum of each pixel with its
// right, lower and lower right neighbours inside the picture, then b.
extern "C" __global__ void pool_max_concat(const __half *a, const __half *b, __half *y,
                                           long long count, int h, int w, int ca, int cb) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % (ca + cb));
        long long pixel = i / (ca + cb);
        if (channel >= ca) {
            y[i] = b[pixel * cb + channel - ca];
            continue;
        }
        int column = (int)(pixel % w), row = (int)(pixel / w % h);
        long long right = column + 1 < w ? ca : 0, below = row + 1 < h ? (long long)w * ca : 0;
        const __half *here = a + pixel * ca + channel;
        float upper = fmaxf(__half2float(here[0]), __half2float(here[right]));
        float lower = fmaxf(__half2float(here[below]), __half2float(here[below + right]));
        y[i] = __float2half(fmaxf(upper, lower));
    }
}
