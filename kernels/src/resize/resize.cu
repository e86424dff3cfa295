// A page from bytes to [-1, 1], scaled bilinearly.
#include "../common.cuh"

struct Sample {
    int first, second;
    float weight;
};

// Where the centre of pixel i of `to` lies over `from` pixels.
__device__ __forceinline__ Sample sample(int i, int from, int to) {
    float at = ((float)i + 0.5f) * ((float)from / (float)to) - 0.5f;
    at = clamped(at, 0.0f, (float)(from - 1));
    int first = (int)at;
    return {first, min(first + 1, from - 1), at - (float)first};
}

// page (h, w, 3), y (oh, ow, 3); one thread a pixel, `count` = oh · ow.
extern "C" __global__ void resize_page(const unsigned char *page, __half *y, long long count,
                                       int h, int w, int oh, int ow) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        Sample column = sample((int)(i % ow), w, ow), row = sample((int)(i / ow), h, oh);
        const unsigned char *upper = page + (long long)row.first * w * 3;
        const unsigned char *lower = page + (long long)row.second * w * 3;
        for (int c = 0; c < 3; c++) {
            float a = upper[column.first * 3 + c], b = upper[column.second * 3 + c];
            float left = a + (lower[column.first * 3 + c] - a) * row.weight;
            float right = b + (lower[column.second * 3 + c] - b) * row.weight;
            float value = left + (right - left) * column.weight;
            y[i * 3 + c] = __float2half(value / 127.5f - 1.0f);
        }
    }
}
