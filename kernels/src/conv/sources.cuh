// What a convolution reads: for a block of pixels the start of their pictures, and for a thread the
// values of one channel of what stands for the input (n, h, w, c), which may be written nowhere.
#pragma once
#include "../common.cuh"

// Sizes: input (n, h, w, c), output (n, oh, ow, columns), window (kh, kw) with its strides and
// the zeros before it. k = kh · kw · c.
struct Sizes {
    int h, w, c, oh, ow, columns, kw, k, down, across, above, left;
    long long pixels;
};

// A picture (n, h, w, c) as it is.
struct Picture {
    const __half *x;

    struct Channel {
        const __half *x;
        int w, c;

        __device__ __forceinline__ __half at(long long start, int row, int column) const {
            return x[start + (row * w + column) * c];
        }
    };

    __device__ __forceinline__ long long start(long long image, const Sizes &size) const {
        return image * size.h * size.w * size.c;
    }

    __device__ __forceinline__ Channel channel(int channel, const Sizes &size) const {
        return {x + channel, size.w, size.c};
    }
};

#define PARTS 4 // at most

// Of each part the channels, and how often its sides are doubled.
struct PartSizes {
    int c[PARTS], doubled[PARTS];
};

// x (n, h >> doubled, w >> doubled, c) and gate (n, c): x · (gate + 1), enlarged.
struct Part {
    const __half *x;
    const float *gate;
    int c, doubled;
};

// The channels of all parts, one part after the other.
struct Parts {
    Part parts[PARTS];

    struct Channel {
        Part part;
        int w;
        long long picture, seen;
        float factor;

        // `start` is the number of the picture, which seldom changes from pixel to pixel. The
        // product is rounded as it would be where it is stored.
        __device__ __forceinline__ __half at(long long start, int row, int column) {
            if (start != seen) {
                seen = start;
                factor = part.gate[start * part.c] + 1.0f;
            }
            int pixel = (row >> part.doubled) * w + (column >> part.doubled);
            return __float2half(__half2float(part.x[start * picture + pixel * part.c]) * factor);
        }
    };

    __device__ __forceinline__ long long start(long long image, const Sizes &) const {
        return image;
    }

    __device__ __forceinline__ Channel channel(int channel, const Sizes &size) const {
        Part part = parts[0];
#pragma unroll
        for (int i = 1; i < PARTS; i++)
            if (channel >= part.c) {
                channel -= part.c;
                part = parts[i];
            }
        part.x += channel;
        part.gate += channel;
        int h = size.h >> part.doubled, w = size.w >> part.doubled;
        return {part, w, (long long)h * w * part.c, -1, 0.0f};
    }
};

// pooled (n, h, w, channels): the maximum of each pixel with its right, lower and lower right
// neighbours inside the picture; then beside (n, h, w, c - channels).
struct Pooled {
    const __half *pooled, *beside;
    int channels;

    struct Channel {
        const __half *x;
        int h, w, c;
        bool pooled;

        __device__ __forceinline__ __half at(long long start, int row, int column) const {
            const __half *here = x + (start + row * w + column) * c;
            // One way for both, since the threads of a warp have both: what has no neighbours is
            // its own.
            int right = pooled && column + 1 < w ? c : 0, below = pooled && row + 1 < h ? w * c : 0;
            float upper = fmaxf(__half2float(here[0]), __half2float(here[right]));
            float lower = fmaxf(__half2float(here[below]), __half2float(here[below + right]));
            return __float2half(fmaxf(upper, lower));
        }
    };

    __device__ __forceinline__ long long start(long long image, const Sizes &size) const {
        return image * size.h * size.w;
    }

    __device__ __forceinline__ Channel channel(int channel, const Sizes &size) const {
        bool first = channel < channels;
        const __half *x = first ? pooled + channel : beside + (channel - channels);
        return {x, size.h, size.w, first ? channels : size.c - channels, first};
    }
};
