// The product itself: panels of 16 rows by 4 columns, which the compiler keeps in registers.
// f16 and bf16 are accumulated in single precision, as cuBLAS does with CUBLAS_COMPUTE_32F.
#include "product.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

namespace emu {

constexpr long ROWS = 16, COLUMNS = 4;
// So many columns of the result are computed before they are written.
constexpr long SLAB = 1024;
// Multiplications below which a second thread is not worth its start.
constexpr double THREAD_WORK_MIN = 4e6;

bool known(int type) {
    return type == R_32F || type == R_64F || type == R_16F || type == R_16BF;
}

unsigned size_of(int type) { return type == R_32F ? 4 : type == R_64F ? 8 : 2; }

static float from_bf16(const void *at) {
    unsigned short half;
    memcpy(&half, at, sizeof half);
    unsigned bits = (unsigned)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// To the nearest, ties to even.
static unsigned short to_bf16(float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) return 0x7fff;
    return (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <class S>
static S get(const void *start, int type, long i) {
    switch (type) {
    case R_32F: return (S)((const float *)start)[i];
    case R_64F: return (S)((const double *)start)[i];
    case R_16F: return (S)(float)((const _Float16 *)start)[i];
    default: return (S)from_bf16((const unsigned short *)start + i);
    }
}

template <class S>
static void put(void *start, int type, long i, S value) {
    switch (type) {
    case R_32F: ((float *)start)[i] = (float)value; break;
    case R_64F: ((double *)start)[i] = (double)value; break;
    case R_16F: ((_Float16 *)start)[i] = (_Float16)(float)value; break;
    default: ((unsigned short *)start)[i] = to_bf16((float)value);
    }
}

// Vectors of `matrix` side by side, in panels of `wide` of them: panel, then k, then the vector.
// What a panel has too much is zero. The vectors of A are its rows, those of B its columns.
template <class S>
static std::vector<S> pack(const Matrix &matrix, long first, long count, long k, long wide) {
    std::vector<S> packed((count + wide - 1) / wide * wide * k);
    // In memory the vectors are neighbours (rows of a plain A) or lie one after the other.
    bool side_by_side = !matrix.transposed;
    for (long v = 0; v < count; v++) {
        S *to = &packed[v / wide * wide * k + v % wide];
        for (long p = 0; p < k; p++) {
            long row = side_by_side ? first + v : p, column = side_by_side ? p : first + v;
            to[p * wide] = get<S>(matrix.start, matrix.type, column * matrix.leading + row);
        }
    }
    return packed;
}

template <class S>
static void tile(const S *__restrict a, const S *__restrict b, long k, S *__restrict out) {
    S sum[COLUMNS][ROWS] = {};
    for (long p = 0; p < k; p++, a += ROWS, b += COLUMNS)
        for (long j = 0; j < COLUMNS; j++)
            for (long i = 0; i < ROWS; i++) sum[j][i] += a[i] * b[j];
    memcpy(out, sum, sizeof sum);
}

// All tiles of a slab: out[panel of columns][panel of rows][column][row].
template <class S>
static void slab(const std::vector<S> &a, const std::vector<S> &b, long k, std::vector<S> &out) {
    long rows = (long)a.size() / (ROWS * k), columns = (long)b.size() / (COLUMNS * k);
    auto work = [&](long from, long to) {
        for (long j = from; j < to; j++)
            for (long i = 0; i < rows; i++)
                tile(&a[i * ROWS * k], &b[j * COLUMNS * k], k,
                     &out[(j * rows + i) * ROWS * COLUMNS]);
    };
    if ((double)a.size() * (double)columns < THREAD_WORK_MIN) return work(0, columns);
    std::thread other(work, 0, columns / 2);
    work(columns / 2, columns);
    other.join();
}

// What follows the sum of a row.
template <class S>
static S finished(const Product &p, S value, long row) {
    if (p.bias) value += get<S>(p.bias, p.c_type, row);
    if (p.function == Product::RELU) return std::max(value, (S)0);
    if (p.function == Product::GELU_TANH) {
        float x = (float)value, inner = 0.79788456f * (x + 0.044715f * x * x * x);
        return (S)(0.5f * x * (1.0f + std::tanh(inner)));
    }
    return value;
}

template <class S>
static void write(const Product &p, long matrix, long first, long count,
                  const std::vector<S> &out) {
    char *c = (char *)p.c + matrix * p.c_stride * size_of(p.c_type);
    const char *added = p.added ? (const char *)p.added : c;
    long rows = (p.m + ROWS - 1) / ROWS;
    for (long j = 0; j < count; j++) {
        for (long i = 0; i < p.m; i++) {
            long panel = j / COLUMNS * rows + i / ROWS;
            S sum = out[panel * ROWS * COLUMNS + j % COLUMNS * ROWS + i % ROWS];
            long at = (first + j) * p.c_leading + i;
            S value = (S)p.alpha * sum;
            if (p.beta != 0) value += (S)p.beta * get<S>(added, p.c_type, at);
            put<S>(c, p.c_type, at, finished(p, value, i));
        }
    }
}

static Matrix nth(const Matrix &matrix, long n) {
    Matrix moved = matrix;
    moved.start = (const char *)matrix.start + n * matrix.stride * size_of(matrix.type);
    return moved;
}

template <class S>
static void multiply_in(const Product &p) {
    std::vector<S> out;
    for (long n = 0; n < p.batch; n++) {
        std::vector<S> a = pack<S>(nth(p.a, n), 0, p.m, p.k, ROWS);
        // The columns of B are the rows of its transpose.
        Matrix b = nth(p.b, n);
        b.transposed = !b.transposed;
        for (long first = 0; first < p.n; first += SLAB) {
            long count = std::min(SLAB, p.n - first);
            std::vector<S> columns = pack<S>(b, first, count, p.k, COLUMNS);
            long panels = (count + COLUMNS - 1) / COLUMNS * ((p.m + ROWS - 1) / ROWS);
            out.assign(panels * ROWS * COLUMNS, 0);
            if (p.k > 0) slab<S>(a, columns, p.k, out);
            write<S>(p, n, first, count, out);
        }
    }
}

void multiply(const Product &product) {
    product.in_double ? multiply_in<double>(product) : multiply_in<float>(product);
}

}  // namespace emu
