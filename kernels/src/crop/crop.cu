// Lines of text cut out of their pages and straightened: one thread a pixel of the result.
#include "../common.cuh"

struct Page {
    const unsigned char *pixels; // (height, width, 3)
    long long height, width;
};

// A row of the table in mod.rs.
struct Line {
    float page, text, taps;
    float x[3], y[3], z[2];
    float half_x, half_y, unused;
};

// Adds the page's value at a point, bilinear, with the border repeated outside.
__device__ __forceinline__ void add_sample(const Page &page, float x, float y, float *sum) {
    int w = (int)page.width, h = (int)page.height;
    x = clamped(x, 0.0f, (float)(w - 1));
    y = clamped(y, 0.0f, (float)(h - 1));
    int x0 = (int)x, y0 = (int)y;
    int x1 = min(x0 + 1, w - 1), y1 = min(y0 + 1, h - 1);
    float fx = x - (float)x0, fy = y - (float)y0;
    const unsigned char *upper = page.pixels + (long long)y0 * w * 3;
    const unsigned char *lower = page.pixels + (long long)y1 * w * 3;
    for (int c = 0; c < 3; c++) {
        float a = upper[x0 * 3 + c], b = upper[x1 * 3 + c];
        float d = lower[x0 * 3 + c], e = lower[x1 * 3 + c];
        float above = a + (b - a) * fx, below = d + (e - d) * fx;
        sum[c] += above + (below - above) * fy;
    }
}

// out (lines, height, width, 3); `count` is lines · height · width.
extern "C" __global__ void crop_lines(const Page *pages, const Line *lines, __half *out,
                                      long long count, int height, int width) {
    for (long long i = first_element(); i < count; i += all_threads()) {
        int column = (int)(i % width), row = (int)(i / width % height);
        const Line &line = lines[i / width / height];
        float sum[3] = {};
        bool inside = column < (int)line.text;
        if (inside) {
            Page page = pages[(int)line.page];
            int taps = (int)line.taps;
            for (int ty = 0; ty < taps; ty++)
                for (int tx = 0; tx < taps; tx++) {
                    float u = ((float)column + ((float)tx + 0.5f) / line.taps) / line.text;
                    float v = ((float)row + ((float)ty + 0.5f) / line.taps) / (float)height;
                    u -= line.half_x;
                    v -= line.half_y;
                    float z = line.z[0] * u + line.z[1] * v + 1.0f;
                    float x = (line.x[0] * u + line.x[1] * v + line.x[2]) / z;
                    float y = (line.y[0] * u + line.y[1] * v + line.y[2]) / z;
                    add_sample(page, x, y, sum);
                }
            float share = 1.0f / (line.taps * line.taps);
            for (int c = 0; c < 3; c++) sum[c] = sum[c] * share / 127.5f - 1.0f;
        }
        for (int c = 0; c < 3; c++) out[i * 3 + c] = __float2half(sum[c]);
    }
}
