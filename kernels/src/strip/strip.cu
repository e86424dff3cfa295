// Grey levels, their changes and where they are saturated, counted along lines of text.
#include "../common.cuh"

// As in mod.rs.
static const int LEVELS = 256, SATURATED_MIN = 250, SCATTER = 23;
static const int COLUMNS_MAX = 2000;
static const int MASKS = (COLUMNS_MAX + 31) / 32, WORDS = 2 * LEVELS + 3 + MASKS;

// Sizes of the Laplacian, with a few that never come.
static const int STEPS = 4096;

// Threads of a block that counts; each adds up so many steps in the end.
static const int THREADS = 512, STEPS_EACH = STEPS / THREADS;

struct Page {
    const unsigned char *pixels; // (rows, stride pixels, 3)
    long long stride, start;     // where the page's grey levels start among those of all pages
    int width, height, shrink, unused; // of the page in grey
};

// A row of the table in mod.rs.
struct Line {
    float page, columns, rows, first, full, rank, span, beyond, scale;
    float ax, ay, bx, by, cx, cy, dx, dy;
};

// A page in grey: the means of squares of pixels. A row of blocks takes a page.
extern "C" __global__ void strip_grey(const Page *pages, unsigned char *grey) {
    Page page = pages[blockIdx.y];
    int area = page.shrink * page.shrink;
    long long count = (long long)page.width * page.height;
    for (long long i = first_element(); i < count; i += all_threads()) {
        long long row = i / page.width * page.shrink, column = i % page.width * page.shrink;
        const unsigned char *corner = page.pixels + (row * page.stride + column) * 3;
        int sum = 0;
        for (int y = 0; y < page.shrink; y++)
            for (int x = 0; x < page.shrink; x++) {
                const unsigned char *pixel = corner + (y * page.stride + x) * 3;
                sum += (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8;
            }
        grey[page.start + i] = (unsigned char)(sum / area);
    }
}

// A page in grey, and its size.
struct Grey {
    const unsigned char *levels;
    int width, height;
};

// The picture goes on beyond its edges as if they were mirrors.
__device__ __forceinline__ int mirrored(int at, int size) {
    at = at < 0 ? -1 - at : at;
    at = at >= size ? 2 * size - 1 - at : at;
    return max(at, 0);
}

// The size of the Laplacian of the smoothed levels, from the levels themselves: what cpu.rs does in
// two steps, whose repeated edges are mirrors of the picture.
__device__ __forceinline__ int laplacian(const Grey &grey, int x, int y) {
    int a = mirrored(x - 2, grey.width), b = mirrored(x - 1, grey.width);
    int d = mirrored(x + 1, grey.width), e = mirrored(x + 2, grey.width);
    int sum = 0;
    for (int i = -2; i <= 2; i++) {
        const unsigned char *row =
            grey.levels + (long long)mirrored(y + i, grey.height) * grey.width;
        if (i == 0) sum += 8 * row[x] + 2 * (row[b] + row[d] - row[a] - row[e]);
        else if (i == -1 || i == 1) sum += 2 * row[x] - row[a] - row[e];
        else sum -= row[b] + 2 * row[x] + row[d];
    }
    return abs(sum);
}

// A product that is rounded before anything is added to it: compilers make one operation of the two
// where they can, and samples would lie elsewhere than on the CPU.
__device__ __forceinline__ float product(float a, float b) {
#ifdef CUDA_ON_CPU
    volatile float rounded = a * b;
    return rounded;
#else
    return __fmul_rn(a, b);
#endif
}

__device__ __forceinline__ float between(float p, float q, float t) {
    return p + product(q - p, t);
}

// Finds where a sample lies; whether that is on the page.
__device__ __forceinline__ bool find(const Grey &grey, const Line &line, int sample, int2 &place) {
    int columns = (int)line.columns;
    float column = (float)(sample % columns) + 0.5f, row = (float)(sample / columns) + 0.5f;
    float u = product(column / line.columns, line.span) - line.beyond, v = row / line.rows;
    float x0 = between(line.ax, line.dx, v), y0 = between(line.ay, line.dy, v);
    float x1 = between(line.bx, line.cx, v), y1 = between(line.by, line.cy, v);
    float x = floorf(between(x0, x1, u) * line.scale);
    float y = floorf(between(y0, y1, u) * line.scale);
    if (!(x >= 0.0f && y >= 0.0f && x < (float)grey.width && y < (float)grey.height)) return false;
    place = make_int2((int)x, (int)y);
    return true;
}

__device__ __forceinline__ int level_of(const Grey &grey, int2 place) {
    return grey.levels[(long long)place.y * grey.width + place.x];
}

// Gives the step that `rank` of all come before, in ascending order; the first thread's is right.
__device__ __forceinline__ int quiet(const int *steps, int *parts, int rank) {
    int own = 0;
    // Each begins elsewhere in its own, so that a warp has all banks.
    for (int i = 0; i < STEPS_EACH; i++)
        own += steps[threadIdx.x * STEPS_EACH + (i + threadIdx.x / 4) % STEPS_EACH];
    parts[threadIdx.x] = own;
    __syncthreads();
    if (threadIdx.x) return 0;
    int before = 0, part = 0;
    while (part < THREADS - 1 && before + parts[part] <= rank) before += parts[part++];
    int step = part * STEPS_EACH;
    while (step < STEPS - 1 && before + steps[step] <= rank) before += steps[step++];
    return step;
}

// What a block counts.
struct Counts {
    unsigned long long squares;
    int levels[LEVELS], hidden[LEVELS], saturated[COLUMNS_MAX], steps[STEPS], parts[THREADS];
};

__device__ __forceinline__ void clear(int *counts, int count) {
    for (int i = threadIdx.x; i < count; i += THREADS) counts[i] = 0;
}

// Counts what lies along a line.
__device__ __forceinline__ void along(const Grey &grey, const Line &line, Counts &counts) {
    int columns = (int)line.columns, samples = columns * (int)line.rows;
    int first = (int)line.first, last = columns - first;
    unsigned long long squares = 0;
    for (int i = threadIdx.x; i < samples; i += THREADS) {
        int2 place;
        bool inside = find(grey, line, i, place);
        int column = i % columns, level = inside ? level_of(grey, place) : 0;
        if (level >= SATURATED_MIN) atomicAdd(&counts.saturated[column], 1);
        if (column < first || column >= last) continue;
        int step = inside ? laplacian(grey, place.x, place.y) : 0;
        atomicAdd(&counts.levels[level], 1);
        atomicAdd(&counts.steps[step], 1);
        squares += (unsigned)(step * step);
    }
    atomicAdd(&counts.squares, squares);
    __syncthreads();
    // Most lines have no saturated column, and then nothing more is read.
    for (int column = first + threadIdx.x; column < last; column += THREADS) {
        if (counts.saturated[column] < (int)line.full) continue;
        for (int i = column; i < samples; i += columns) {
            int2 place;
            int level = find(grey, line, i, place) ? level_of(grey, place) : 0;
            atomicAdd(&counts.hidden[level], 1);
        }
    }
}

// lines (count, 17) and then a row for each page; out (count, WORDS) and then a number for each
// page. A block takes a line, or the places all over a page.
extern "C" __global__ void strip_count(const Page *pages, const unsigned char *levels,
                                       const Line *lines, unsigned *out, int count) {
    __shared__ Counts counts;
    int number = blockIdx.x;
    const Line &line = lines[number];
    const Page &page = pages[(int)line.page];
    Grey grey = {levels + page.start, page.width, page.height};
    clear(counts.levels, LEVELS);
    clear(counts.hidden, LEVELS);
    clear(counts.saturated, COLUMNS_MAX);
    clear(counts.steps, STEPS);
    if (threadIdx.x == 0) counts.squares = 0;
    __syncthreads();
    if (number < count) {
        along(grey, line, counts);
    } else {
        long long places = (long long)grey.width * grey.height;
        for (long long i = (long long)threadIdx.x * SCATTER; i < places; i += THREADS * SCATTER) {
            int step = laplacian(grey, (int)(i % grey.width), (int)(i / grey.width));
            atomicAdd(&counts.steps[step], 1);
        }
    }
    __syncthreads();
    int step = quiet(counts.steps, counts.parts, (int)line.rank);
    if (number >= count) {
        if (threadIdx.x == 0) out[(long long)count * WORDS + number - count] = (unsigned)step;
        return;
    }
    out += (long long)number * WORDS;
    for (int i = threadIdx.x; i < LEVELS; i += THREADS) {
        out[i] = (unsigned)counts.levels[i];
        out[LEVELS + i] = (unsigned)counts.hidden[i];
    }
    out += 2 * LEVELS;
    if (threadIdx.x == 0) {
        out[0] = (unsigned)counts.squares;
        out[1] = (unsigned)(counts.squares >> 32);
        out[2] = (unsigned)step;
    }
    for (int i = threadIdx.x; i < MASKS; i += THREADS) {
        unsigned mask = 0;
        // Each begins with another bit, so that a warp has all banks.
        for (int turn = 0; turn < 32; turn++) {
            int bit = (turn + i) % 32, column = i * 32 + bit;
            if (column < (int)line.columns && counts.saturated[column] >= (int)line.full)
                mask |= 1u << bit;
        }
        out[3 + i] = mask;
    }
}
