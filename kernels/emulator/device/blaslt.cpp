// cuBLASLt: products of plain matrices whose result gets a bias and a function before it is
// written. A way of computing holds for the shape, the ending and the alignment that it was asked
// for; one that is used for another product is an error here, where the real library may crash.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "emu.h"
#include "product.h"

namespace emu {

// Attributes and endings, with NVIDIA's values.
enum { ATTRIBUTE_TRANS_A = 3, ATTRIBUTE_TRANS_B = 4, ATTRIBUTE_EPILOGUE = 7, ATTRIBUTE_BIAS = 8 };
enum { WISH_WORKSPACE = 1, WISH_ALIGNMENT_A = 5, WISH_ALIGNMENT_D = 8 };
enum { EPILOGUE_PLAIN = 1, EPILOGUE_RELU = 2, EPILOGUE_BIAS = 4, EPILOGUE_GELU = 32 };
constexpr int COMPUTE_F32 = 68;
constexpr unsigned ALIGNMENT_MAX = 256;

struct Lt_layout {
    int type;
    uint64_t rows, columns;
    int64_t leading;
};

struct Lt_product {
    int compute, scale;
    int transposed_a = 0, transposed_b = 0;
    unsigned epilogue = EPILOGUE_PLAIN;
    const void *bias = nullptr;
};

struct Lt_wishes {
    uint64_t workspace = 0;
    unsigned alignments[4] = {ALIGNMENT_MAX, ALIGNMENT_MAX, ALIGNMENT_MAX, ALIGNMENT_MAX};
};

// What stands in the library's 64 bytes of a way.
struct Lt_way {
    uint64_t rows, columns, k;
    unsigned epilogue, alignments[4];
    unsigned unused[5];
};
static_assert(sizeof(Lt_way) == 64);

struct Lt_found {
    Lt_way way;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

static bool fits(const Lt_product &p, const Lt_layout &a, const Lt_layout &b, const Lt_layout &d) {
    uint64_t m = p.transposed_a ? a.columns : a.rows, k = p.transposed_a ? a.rows : a.columns;
    uint64_t inner = p.transposed_b ? b.columns : b.rows;
    uint64_t n = p.transposed_b ? b.rows : b.columns;
    return m == d.rows && n == d.columns && k == inner;
}

static Lt_way way_for(const Lt_product &p, const Lt_layout &a, const Lt_layout &d) {
    return {d.rows, d.columns, p.transposed_a ? a.rows : a.columns, p.epilogue, {}, {}};
}

static Product product_of(const Lt_product &p, const Lt_way &way) {
    Product product{};
    product.m = (long)way.rows, product.n = (long)way.columns, product.k = (long)way.k;
    product.batch = 1;
    if (p.epilogue & EPILOGUE_BIAS) product.bias = p.bias;
    if (p.epilogue & EPILOGUE_RELU) product.function = Product::RELU;
    if (p.epilogue & EPILOGUE_GELU) product.function = Product::GELU_TANH;
    return product;
}

static bool is_known(unsigned epilogue) {
    unsigned function = epilogue & ~(unsigned)(EPILOGUE_BIAS | EPILOGUE_PLAIN);
    return function == 0 || function == EPILOGUE_RELU || function == EPILOGUE_GELU;
}

// Whether `way` was found for this product, and the addresses are aligned as was promised.
static bool is_for(const Lt_way &way, const Lt_way &called, const void *const addresses[4]) {
    bool same = way.rows == called.rows && way.columns == called.columns && way.k == called.k &&
                way.epilogue == called.epilogue;
    if (!same) say("cuBLASLt: a way that was found for another product");
    for (int i = 0; i < 4; i++)
        if ((uintptr_t)addresses[i] % std::max(1u, way.alignments[i])) {
            say("cuBLASLt: matrix %c is not aligned to %u bytes", "ABCD"[i], way.alignments[i]);
            same = false;
        }
    return same;
}

}  // namespace emu

using emu::Lt_found;
using emu::Lt_layout;
using emu::Lt_product;
using emu::Lt_way;
using emu::Lt_wishes;

API int cublasLtCreate(const emu::Device **out) {
    LOCK;
    if (emu::is_down()) return emu::NOT_INITIALISED;
    *out = &emu::here();
    return emu::DONE;
}

API int cublasLtDestroy(void *) {
    LOCK;
    return emu::here().sticky ? emu::INTERNAL_ERROR : emu::DONE;
}

API int cublasLtMatrixLayoutCreate(Lt_layout **out, int type, uint64_t rows, uint64_t columns,
                                   int64_t leading) {
    *out = new Lt_layout{type, rows, columns, leading};
    return emu::DONE;
}

API int cublasLtMatrixLayoutDestroy(Lt_layout *layout) {
    delete layout;
    return emu::DONE;
}

API int cublasLtMatmulDescCreate(Lt_product **out, int compute, int scale) {
    *out = new Lt_product{compute, scale};
    return emu::DONE;
}

API int cublasLtMatmulDescDestroy(Lt_product *product) {
    delete product;
    return emu::DONE;
}

API int cublasLtMatmulDescSetAttribute(Lt_product *product, int attribute, const void *value,
                                       size_t size) {
    void *to = attribute == emu::ATTRIBUTE_TRANS_A    ? (void *)&product->transposed_a
               : attribute == emu::ATTRIBUTE_TRANS_B  ? (void *)&product->transposed_b
               : attribute == emu::ATTRIBUTE_EPILOGUE ? (void *)&product->epilogue
                                                      : nullptr;
    if (attribute == emu::ATTRIBUTE_BIAS && size == sizeof(void *))
        memcpy(&product->bias, value, size);
    else if (to && size == sizeof(int))
        memcpy(to, value, size);
    else
        return emu::BAD_VALUE;
    return emu::DONE;
}

API int cublasLtMatmulPreferenceCreate(Lt_wishes **out) {
    *out = new Lt_wishes;
    return emu::DONE;
}

API int cublasLtMatmulPreferenceDestroy(Lt_wishes *wishes) {
    delete wishes;
    return emu::DONE;
}

API int cublasLtMatmulPreferenceSetAttribute(Lt_wishes *wishes, int attribute, const void *value,
                                             size_t size) {
    if (attribute == emu::WISH_WORKSPACE && size == sizeof wishes->workspace)
        memcpy(&wishes->workspace, value, size);
    else if (attribute >= emu::WISH_ALIGNMENT_A && attribute <= emu::WISH_ALIGNMENT_D &&
             size == sizeof(unsigned))
        memcpy(&wishes->alignments[attribute - emu::WISH_ALIGNMENT_A], value, size);
    else
        return emu::BAD_VALUE;
    return emu::DONE;
}

API int cublasLtMatmulAlgoGetHeuristic(void *, Lt_product *product, Lt_layout *a, Lt_layout *b,
                                       Lt_layout *c, Lt_layout *d, Lt_wishes *wishes, int wanted,
                                       Lt_found *found, int *count) {
    LOCK;
    *count = 0;
    if (emu::is_down()) return emu::NOT_INITIALISED;
    bool bad = !emu::fits(*product, *a, *b, *d) || c->rows != d->rows || c->columns != d->columns;
    if (bad || wanted < 1) return emu::BAD_VALUE;
    bool odd = product->compute != emu::COMPUTE_F32 || product->scale != emu::R_32F ||
               !emu::is_known(product->epilogue);
    if (odd || emu::is_set("EMU_LT_NONE")) return emu::UNSUPPORTED;
    *found = Lt_found{};
    found->way = emu::way_for(*product, *a, *d);
    memcpy(found->way.alignments, wishes->alignments, sizeof wishes->alignments);
    *count = 1;
    return emu::DONE;
}

API int cublasLtMatmul(const emu::Device *handle, Lt_product *product, const float *alpha,
                       const void *a, Lt_layout *a_layout, const void *b, Lt_layout *b_layout,
                       const float *beta, const void *c, Lt_layout *c_layout, void *d,
                       Lt_layout *d_layout, const Lt_way *way, void *, size_t, void *stream) {
    if (!emu::fits(*product, *a_layout, *b_layout, *d_layout)) return emu::BAD_VALUE;
    if (c_layout->leading != d_layout->leading || c_layout->type != d_layout->type)
        return emu::UNSUPPORTED;
    Lt_way called = emu::way_for(*product, *a_layout, *d_layout);
    const void *addresses[] = {a, b, c, d};
    if (!emu::is_for(*way, called, addresses)) return emu::BAD_VALUE;
    emu::Product p = emu::product_of(*product, called);
    p.a = {a, a_layout->type, a_layout->leading, 0, product->transposed_a != 0};
    p.b = {b, b_layout->type, b_layout->leading, 0, product->transposed_b != 0};
    p.c = d, p.c_type = d_layout->type, p.c_leading = d_layout->leading, p.c_stride = 0;
    p.alpha = *alpha, p.beta = *beta, p.added = c;
    return emu::run_product(handle, stream, p);
}
