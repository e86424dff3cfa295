// The second half of a transposed 2×2 convolution at stride 2: each pixel's product becomes four.
#include "../common.cuh"

// products (n · h · w, 2, 2, c), bias (2, 2, c) repeated four times, y (n, 2h, 2w, c).
extern "C" __global__ void deconv_spread(const __half *products, const float *bias, __half *y,
                                         long long count, int h, int w, int c,
                                         Activation activation) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int channel = (int)(i % c);
        long long place = i / c;
        int column = (int)(place % (2 * w));
        place /= 2 * w;
        int row = (int)(place % (2 * h));
        long long pixel = (place / (2 * h) * h + row / 2) * w + column / 2;
        int part = (row % 2 * 2 + column % 2) * c + channel;
        float value = __half2float(products[pixel * 4 * c + part]) + bias[part];
        y[i] = __float2half(activate(value, activation));
    }
}
