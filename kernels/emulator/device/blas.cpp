// cuBLAS: its handle, and the products that candle asks for.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

#include "emu.h"
#include "product.h"

namespace emu {

constexpr int COMPUTE_16F = 64, COMPUTE_32F = 68, COMPUTE_64F = 70;

struct Handle {
    const Device *device;
    void *stream;
};

static double scalar(const void *value, int compute) {
    if (compute == COMPUTE_64F) return *(const double *)value;
    if (compute == COMPUTE_16F) return (float)*(const _Float16 *)value;
    return *(const float *)value;
}

static bool is_bad(const Product &p) {
    bool negative = p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0;
    bool leading = p.a.leading < std::max(1l, p.a.transposed ? p.k : p.m) ||
                   p.b.leading < std::max(1l, p.b.transposed ? p.n : p.k) ||
                   p.c_leading < std::max(1l, p.m);
    if (negative || leading) say("product: a bad shape or leading dimension");
    return negative || leading;
}

static const char *type_name(int type) {
    return type == R_32F ? "f32" : type == R_64F ? "f64" : type == R_16F ? "f16" : "bf16";
}

// A matrix of a product that is no batch, without gaps.
static Piece piece(const void *start, long elements, int type) {
    return {(Ptr)start, (Ptr)start + (Ptr)elements * size_of(type)};
}

static void count(void *stream, const Product &p) {
    Counters &c = counters();
    c.flops += 2.0 * (double)p.m * (double)p.n * (double)p.k * (double)p.batch;
    std::string shape = std::to_string(p.m) + " " + std::to_string(p.n) + " " +
                        std::to_string(p.k) + " " + std::to_string(p.batch) + " " +
                        (p.beta != 0 ? "1 " : "0 ") + type_name(p.a.type);
    Product_count &same = c.gemm_shapes[shape];
    same.count++;
    if (p.batch == 1)
        touch(stream,
              {piece(p.a.start, p.m * p.k, p.a.type), piece(p.b.start, p.k * p.n, p.b.type),
               piece(p.added && p.beta != 0 ? p.added : p.c, p.m * p.n, p.c_type),
               piece(p.c, p.m * p.n, p.c_type)},
              same.near);
    if (is_set("EMU_TRACE")) say("product %s", shape.c_str());
}

static bool has_foreign(const Product &p) {
    const void *const operands[] = {p.a.start, p.b.start, p.c, p.bias, p.added};
    return std::any_of(std::begin(operands), std::end(operands),
                       [](const void *operand) { return is_foreign((Ptr)operand); });
}

int run_product(const Device *device, void *stream, Product p) {
    LOCK;
    if (is_down()) return EXECUTION_FAILED;
    counters().gemms++;
    here().gemms++;
    if (is_turn("EMU_BLAS_FAIL_AT", here().gemms)) return EXECUTION_FAILED;
    if (is_elsewhere(device, "a handle of cuBLAS")) return EXECUTION_FAILED;
    if (has_foreign(p)) return here().sticky = ILLEGAL_ADDRESS, EXECUTION_FAILED;
    if (is_bad(p)) return BAD_VALUE;
    if (!known(p.a.type) || !known(p.b.type) || !known(p.c_type)) return UNSUPPORTED;
    count(stream, p);
    if (!p.m || !p.n || !p.batch) return DONE;
    std::string wrong = text("EMU_WRONG");
    if (wrong == "gemm") return DONE;
    if (wrong == "gemm:last") p.batch--;
    Result result =
        submit(stream, [p] { guarded("product", [&p] { multiply(p); }); });
    return result ? EXECUTION_FAILED : DONE;
}

}  // namespace emu

using emu::Handle;
using emu::Product;

API int cublasCreate_v2(Handle **out) {
    LOCK;
    if (emu::is_down()) return emu::NOT_INITIALISED;
    *out = new Handle{&emu::here(), nullptr};
    return emu::DONE;
}

API int cublasDestroy_v2(Handle *handle) {
    LOCK;
    delete handle;
    bool fails = emu::here().sticky && emu::number("EMU_DESTROY_FAILS", 0) & 1;
    return fails ? emu::INTERNAL_ERROR : emu::DONE;
}

API int cublasSetStream_v2(Handle *handle, void *stream) {
    handle->stream = stream;
    return emu::DONE;
}

API int cublasSetWorkspace_v2(Handle *, void *, size_t) { return emu::DONE; }
API int cublasSetMathMode(Handle *, int) { return emu::DONE; }

API int cublasSetPointerMode_v2(Handle *, int mode) {
    return mode ? emu::UNSUPPORTED : emu::DONE;  // scalars on the device are not emulated
}

API int cublasGetPointerMode_v2(Handle *, int *mode) {
    *mode = 0;
    return emu::DONE;
}

API int cublasGemmStridedBatchedEx(Handle *h, int ta, int tb, int m, int n, int k,
                                   const void *alpha, const void *a, int a_type, int lda, long sa,
                                   const void *b, int b_type, int ldb, long sb, const void *beta,
                                   void *c, int c_type, int ldc, long sc, int batch, int compute,
                                   int) {
    Product p{m,      n,   k,  batch, {a, a_type, lda, sa, ta != 0}, {b, b_type, ldb, sb, tb != 0},
              c,      c_type, ldc, sc, emu::scalar(alpha, compute), emu::scalar(beta, compute),
              compute == emu::COMPUTE_64F};
    return emu::run_product(h->device, h->stream, p);
}

API int cublasGemmEx(Handle *h, int ta, int tb, int m, int n, int k, const void *alpha,
                     const void *a, int a_type, int lda, const void *b, int b_type, int ldb,
                     const void *beta, void *c, int c_type, int ldc, int compute, int algorithm) {
    return cublasGemmStridedBatchedEx(h, ta, tb, m, n, k, alpha, a, a_type, lda, 0, b, b_type, ldb,
                                      0, beta, c, c_type, ldc, 0, 1, compute, algorithm);
}

API int cublasSgemmStridedBatched(Handle *h, int ta, int tb, int m, int n, int k,
                                  const float *alpha, const float *a, int lda, long sa,
                                  const float *b, int ldb, long sb, const float *beta, float *c,
                                  int ldc, long sc, int batch) {
    return cublasGemmStridedBatchedEx(h, ta, tb, m, n, k, alpha, a, emu::R_32F, lda, sa, b,
                                      emu::R_32F, ldb, sb, beta, c, emu::R_32F, ldc, sc, batch,
                                      emu::COMPUTE_32F, 0);
}

API int cublasSgemm_v2(Handle *h, int ta, int tb, int m, int n, int k, const float *alpha,
                       const float *a, int lda, const float *b, int ldb, const float *beta,
                       float *c, int ldc) {
    return cublasSgemmStridedBatched(h, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc,
                                     0, 1);
}

API int cublasDgemmStridedBatched(Handle *h, int ta, int tb, int m, int n, int k,
                                  const double *alpha, const double *a, int lda, long sa,
                                  const double *b, int ldb, long sb, const double *beta, double *c,
                                  int ldc, long sc, int batch) {
    return cublasGemmStridedBatchedEx(h, ta, tb, m, n, k, alpha, a, emu::R_64F, lda, sa, b,
                                      emu::R_64F, ldb, sb, beta, c, emu::R_64F, ldc, sc, batch,
                                      emu::COMPUTE_64F, 0);
}
