// A convolution of each channel with a window of its own, with bias and activation. A thread
// computes neighbouring pixels of a row, so that a weight and most of the input are loaded once
// for all of them; threads side by side take channels side by side.
#include "../common.cuh"

// Sizes: input (n, h, w, c), output (n, oh, ow, c), the window (kh, kw) with its strides and the
// zeros before it; the channels are counted in the units of the kernel, single ones or pairs.
struct Sizes {
    int h, w, c, oh, ow, kh, kw, down, across, above, left, strips;
    long long count;
};

// x (n, h, w, c) and y (n, oh, ow, c) in pairs of channels, weight (KH · KW, c), bias (c). Each of
// `count` = n · oh · strips · c threads has STRIP pixels of a row.
template <int KH, int KW, int DOWN, int ACROSS, int STRIP>
__device__ void strips(const __half2 *x, const __half2 *weight, const float2 *bias, __half2 *y,
                       const Sizes &size, Activation activation) {
    constexpr int COLUMNS = (STRIP - 1) * ACROSS + KW;
    for (long long i = first_element(); i < size.count; i += all_threads()) {
        int channel = (int)(i % size.c);
        long long place = i / size.c;
        int out = (int)(place % size.strips) * STRIP;
        place /= size.strips;
        int row = (int)(place % size.oh);
        long long image = place / size.oh;
        int top = row * DOWN - size.above, left = out * ACROSS - size.left;
        float2 start = bias[channel];
        float2 sum[STRIP];
#pragma unroll
        for (int s = 0; s < STRIP; s++) sum[s] = start;
        for (int ky = 0; ky < KH; ky++) {
            int iy = top + ky;
            if (iy < 0 || iy >= size.h) continue;
            const __half2 *line = x + (image * size.h + iy) * size.w * size.c + channel;
            float2 value[COLUMNS];
#pragma unroll
            for (int column = 0; column < COLUMNS; column++) {
                int ix = left + column;
                bool inside = ix >= 0 && ix < size.w;
                value[column] = inside ? __half22float2(line[(long long)ix * size.c])
                                       : make_float2(0.0f, 0.0f);
            }
#pragma unroll
            for (int kx = 0; kx < KW; kx++) {
                float2 w = __half22float2(weight[(ky * KW + kx) * size.c + channel]);
#pragma unroll
                for (int s = 0; s < STRIP; s++) {
                    sum[s].x += value[s * ACROSS + kx].x * w.x;
                    sum[s].y += value[s * ACROSS + kx].y * w.y;
                }
            }
        }
        __half2 *to = y + ((image * size.oh + row) * size.ow + out) * size.c + channel;
#pragma unroll
        for (int s = 0; s < STRIP; s++)
            if (out + s < size.ow)
                to[(long long)s * size.c] = __float22half2_rn(activate(sum[s], activation));
    }
}

extern "C" __global__ void depthwise_3x3(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<3, 3, 1, 1, 4>(x, weight, bias, y, size, activation);
}

extern "C" __global__ void depthwise_3x3_down2(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<3, 3, 2, 1, 4>(x, weight, bias, y, size, activation);
}

extern "C" __global__ void depthwise_3x3_half(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<3, 3, 2, 2, 4>(x, weight, bias, y, size, activation);
}

extern "C" __global__ void depthwise_1x7(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<1, 7, 1, 1, 4>(x, weight, bias, y, size, activation);
}

extern "C" __global__ void depthwise_5x5(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<5, 5, 1, 1, 4>(x, weight, bias, y, size, activation);
}

extern "C" __global__ void depthwise_5x5_down2(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<5, 5, 2, 1, 4>(x, weight, bias, y, size, activation);
}

extern "C" __global__ void depthwise_7x7(const __half2 *x, const __half2 *weight,
                                         const float2 *bias, __half2 *y, Sizes size,
                                         Activation activation) {
    strips<7, 7, 1, 1, 4>(x, weight, bias, y, size, activation);
}

// Any window and any number of channels: one thread a value, `strips` = ow.
extern "C" __global__ void depthwise_any(const __half *x, const __half *weight, const float *bias,
                                         __half *y, Sizes size, Activation activation) {
    for (long long i = first_element(); i < size.count; i += all_threads()) {
        int channel = (int)(i % size.c);
        long long place = i / size.c;
        int out = (int)(place % size.ow);
        place /= size.ow;
        int row = (int)(place % size.oh);
        long long image = place / size.oh;
        float sum = bias[channel];
        for (int ky = 0; ky < size.kh; ky++) {
            int iy = row * size.down - size.above + ky;
            for (int kx = 0; kx < size.kw; kx++) {
                int ix = out * size.across - size.left + kx;
                if (iy < 0 || iy >= size.h || ix < 0 || ix >= size.w) continue;
                long long from = ((image * size.h + iy) * size.w + ix) * size.c + channel;
                sum += __half2float(x[from]) *
                       __half2float(weight[(ky * size.kw + kx) * size.c + channel]);
            }
        }
        y[i] = __float2half(activate(sum, activation));
    }
}
