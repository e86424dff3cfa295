// The product itself: panels of 16 rows by 4 columns, which the compiler keeps in registers.
// f16 and bf16 are accumulated in single precision, as cuBLAS does with CUBLAS_COMPUTE_32F.
#include "product.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

namespace emu {

constexpr long ROWS = 16, COLUMNS = 4, VECTOR_BYTES = 32;
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

// `count` neighbours from element `first` on.
template <class S>
static void get_all(const void *start, int type, long first, long count, S *to) {
    if (type == R_16F) {
        auto *from = (const _Float16 *)start + first;
        for (long i = 0; i < count; i++) to[i] = (S)(float)from[i];
        return;
    }
    for (long i = 0; i < count; i++) to[i] = get<S>(start, type, first + i);
}

template <class S>
static void put_all(void *start, int type, long first, const std::vector<S> &values) {
    long count = (long)values.size();
    if (type == R_16F) {
        auto *to = (_Float16 *)start + first;
        for (long i = 0; i < count; i++) to[i] = (_Float16)(float)values[i];
        return;
    }
    for (long i = 0; i < count; i++) put<S>(start, type, first + i, values[i]);
}

// Vectors of `matrix` side by side, in panels of `wide` of them: panel, then k, then the vector.
// What a panel has too much is zero. The vectors of A are its rows, those of B its columns.
template <class S>
static std::vector<S> pack(const Matrix &matrix, long first, long count, long k, long wide) {
    std::vector<S> packed((count + wide - 1) / wide * wide * k), line(std::max(count, k));
    // In memory the vectors are neighbours (rows of a plain A) or lie one after the other.
    if (!matrix.transposed) {
        for (long p = 0; p < k; p++) {
            get_all(matrix.start, matrix.type, p * matrix.leading + first, count, line.data());
            for (long v = 0; v < count; v += wide)
                std::copy_n(&line[v], std::min(wide, count - v), &packed[v * k + p * wide]);
        }
        return packed;
    }
    for (long v = 0; v < count; v++) {
        get_all(matrix.start, matrix.type, (first + v) * matrix.leading, k, line.data());
        S *to = &packed[v / wide * wide * k + v % wide];
        for (long p = 0; p < k; p++) to[p * wide] = line[p];
    }
    return packed;
}

template <class S>
static void tile(const S *a, const S *b, long k, S *out) {
    // Told in vectors of the processor, which the compiler does not find by itself.
    typedef S Vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(S)), may_alias));
    constexpr long VECTORS = ROWS * sizeof(S) / VECTOR_BYTES;
    Vector sums[COLUMNS][VECTORS] = {};
    for (long p = 0; p < k; p++, a += ROWS, b += COLUMNS)
        for (long j = 0; j < COLUMNS; j++)
            for (long v = 0; v < VECTORS; v++) sums[j][v] += ((const Vector *)a)[v] * b[j];
    for (long j = 0; j < COLUMNS; j++)
        for (long v = 0; v < VECTORS; v++) ((Vector *)out)[j * VECTORS + v] = sums[j][v];
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

// What follows the sums of a column.
template <class S>
static void finish(const Product &p, const std::vector<S> &bias, std::vector<S> &column) {
    for (size_t i = 0; i < bias.size(); i++) column[i] += bias[i];
    if (p.function == Product::RELU)
        for (S &value : column) value = std::max(value, (S)0);
    if (p.function == Product::GELU_TANH)
        for (S &value : column) {
            float x = (float)value, inner = 0.79788456f * (x + 0.044715f * x * x * x);
            // (1 + tanh(inner)) / 2 with one exponential.
            value = (S)(x - x / (1.0f + std::exp(2 * inner)));
        }
}

template <class S>
static void write(const Product &p, long matrix, long first, long count,
                  const std::vector<S> &out) {
    char *c = (char *)p.c + matrix * p.c_stride * size_of(p.c_type);
    const char *added = p.added ? (const char *)p.added : c;
    long panels = (p.m + ROWS - 1) / ROWS;
    std::vector<S> column(p.m), before(p.m), bias(p.bias ? p.m : 0);
    get_all(p.bias, p.c_type, 0, (long)bias.size(), bias.data());
    for (long j = 0; j < count; j++) {
        long at = (first + j) * p.c_leading;
        for (long i = 0; i < p.m; i += ROWS) {
            long panel = j / COLUMNS * panels + i / ROWS;
            std::copy_n(&out[(panel * COLUMNS + j % COLUMNS) * ROWS], std::min(ROWS, p.m - i),
                        &column[i]);
        }
        for (S &value : column) value *= (S)p.alpha;
        if (p.beta != 0) {
            get_all(added, p.c_type, at, p.m, before.data());
            for (long i = 0; i < p.m; i++) column[i] += (S)p.beta * before[i];
        }
        finish(p, bias, column);
        put_all(c, p.c_type, at, column);
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
