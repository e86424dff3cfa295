// What a convolution reads: for a block of pixels the start of their pictures, and for a thread the
// values of WIDTH channels of what stands for the input (n, h, w, c), which may be written nowhere.
#pragma once
#include "../common.cuh"

// Eight halves side by side, which are loaded and stored at once, as pairs.
struct Eight {
    __half2 pairs[4];

    __device__ __forceinline__ explicit Eight(const __half *from) {
        uint4 bits = *(const uint4 *)from;
        memcpy(pairs, &bits, sizeof bits);
    }

    __device__ __forceinline__ uint4 bits() const {
        uint4 bits;
        memcpy(&bits, pairs, sizeof bits);
        return bits;
    }

    __device__ __forceinline__ void multiply(int pair, float x, float y) {
        float2 value = __half22float2(pairs[pair]);
        pairs[pair] = __floats2half2_rn(value.x * x, value.y * y);
    }

    __device__ __forceinline__ void raise(const Eight &other) {
#pragma unroll
        for (int i = 0; i < 4; i++) pairs[i] = __hmax2(pairs[i], other.pairs[i]);
    }
};

// Sizes: input (n, h, w, c), output (n, oh, ow, columns), window (kh, kw) with its strides and
// the zeros before it. k = kh · kw · c.
struct Sizes {
    int h, w, c, oh, ow, columns, kw, k, down, across, above, left;
    long long pixels;
};

// A picture (n, h, w, c) as it is, whose channels are multiples of what a Load has.
template <class Load>
struct Picture {
    using Values = Load;
    static constexpr int WIDTH = sizeof(Load) / sizeof(__half);
    const __half *x;

    struct Channel {
        const __half *x;
        int w, c;

        __device__ __forceinline__ Load at(long long start, int row, int column) const {
            return *(const Load *)(x + (start + (row * w + column) * c));
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

// The channels of all parts, one part after the other, each a multiple of eight.
struct Parts {
    using Values = uint4;
    static constexpr int WIDTH = 8;
    Part parts[PARTS];

    struct Channel {
        Part part;
        int w;
        long long picture;

        // `start` is the number of the picture. Products are rounded as they would be where they
        // are stored.
        __device__ __forceinline__ uint4 at(long long start, int row, int column) const {
            int pixel = (row >> part.doubled) * w + (column >> part.doubled);
            Eight eight(part.x + (start * picture + pixel * part.c));
            const float4 *gate = (const float4 *)(part.gate + start * part.c);
#pragma unroll
            for (int i = 0; i < 2; i++) {
                float4 four = gate[i];
                eight.multiply(2 * i, four.x + 1.0f, four.y + 1.0f);
                eight.multiply(2 * i + 1, four.z + 1.0f, four.w + 1.0f);
            }
            return eight.bits();
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
        return {part, w, (long long)h * w * part.c};
    }
};

// pooled (n, h, w, channels): the maximum of each pixel with its right, lower and lower right
// neighbours inside the picture; then beside (n, h, w, c - channels). Both are multiples of eight.
struct Pooled {
    using Values = uint4;
    static constexpr int WIDTH = 8;
    const __half *pooled, *beside;
    int channels;

    struct Channel {
        const __half *x;
        int h, w, c;
        bool pooled;

        __device__ __forceinline__ uint4 at(long long start, int row, int column) const {
            const __half *here = x + (start + row * w + column) * c;
            Eight eight(here);
            if (pooled) {
                int right = column + 1 < w ? c : 0, below = row + 1 < h ? w * c : 0;
                eight.raise(Eight(here + right));
                eight.raise(Eight(here + below));
                eight.raise(Eight(here + below + right));
            }
            return eight.bits();
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
