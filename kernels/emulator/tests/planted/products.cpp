// Asks cuBLASLt for a small product, y = relu(x · W + bias) in halves, with one planted mistake:
// exit code 0 right, 1 wrong, 2 the device said no. What the device finds it says itself.
#include <cstdint>

#include "driver.h"

extern "C" {
int cublasLtCreate(void **);
int cublasLtMatrixLayoutCreate(void **, int, uint64_t, uint64_t, int64_t);
int cublasLtMatmulDescCreate(void **, int, int);
int cublasLtMatmulDescSetAttribute(void *, int, const void *, size_t);
int cublasLtMatmulPreferenceCreate(void **);
int cublasLtMatmulPreferenceSetAttribute(void *, int, const void *, size_t);
int cublasLtMatmulAlgoGetHeuristic(void *, void *, void *, void *, void *, void *, void *, int,
                                   void *, int *);
int cublasLtMatmul(void *, void *, const void *, Ptr, void *, Ptr, void *, const void *, Ptr,
                   void *, Ptr, void *, const void *, void *, size_t, void *);
}

constexpr int HALF = 2, SINGLE = 0, COMPUTE_F32 = 68, EPILOGUE = 7, BIAS = 8, RELU_BIAS = 6;
constexpr int K = 3, N = 2, ROWS = 4;

static Ptr halves(const _Float16 *values, int count) {
    Ptr at;
    check("memory", cuMemAlloc_v2(&at, 512));
    check("copy", cuMemcpyHtoD_v2(at, values, count * sizeof *values));
    return at;
}

static void *layout(uint64_t rows, uint64_t columns) {
    void *layout;
    check("layout", cublasLtMatrixLayoutCreate(&layout, HALF, rows, columns, (int64_t)rows));
    return layout;
}

// A way for a product of `rows` rows, for matrices on a multiple of 16 bytes.
static void find_way(void *handle, void *product, uint64_t rows, uint64_t *found) {
    void *wishes, *weight = layout(N, K), *x = layout(K, rows), *y = layout(N, rows);
    int count;
    unsigned bytes = 16;
    check("wishes", cublasLtMatmulPreferenceCreate(&wishes));
    for (int matrix = 5; matrix <= 8; matrix++)
        check("alignment", cublasLtMatmulPreferenceSetAttribute(wishes, matrix, &bytes, 4));
    check("way", cublasLtMatmulAlgoGetHeuristic(handle, product, weight, x, y, y, wishes, 1, found,
                                                &count));
}

static void move_to(int device) {
    void *context;
    setenv("EMU_DEVICES", "2", 1);
    check("context", cuDevicePrimaryCtxRetain(&context, device));
    check("current", cuCtxSetCurrent(context));
}

int main(int, char **arguments) {
    std::string name = arguments[1];
    _Float16 weights[K * N], values[ROWS * K], zeros[ROWS * N + 1] = {}, adds[N] = {1, -40};
    for (int i = 0; i < K * N; i++) weights[i] = (_Float16)(float)i;
    for (int i = 0; i < ROWS * K; i++) values[i] = (_Float16)(float)(i - 4);
    void *handle, *product;
    check("init", cuInit(0));
    Ptr w = halves(weights, K * N), x = halves(values, ROWS * K), bias = halves(adds, N);
    Ptr y = halves(zeros, ROWS * N) + (name == "product_not_aligned" ? 2 : 0);
    if (name == "product_bias_freed") check("free", cuMemFree_v2(bias));
    if (name == "product_handle_of_another") move_to(1);
    check("handle", cublasLtCreate(&handle));
    if (name == "product_handle_of_another") move_to(0);
    check("product", cublasLtMatmulDescCreate(&product, COMPUTE_F32, SINGLE));
    check("ending", cublasLtMatmulDescSetAttribute(product, EPILOGUE, &RELU_BIAS, 4));
    check("bias", cublasLtMatmulDescSetAttribute(product, BIAS, &bias, 8));
    uint64_t way[12];
    find_way(handle, product, name == "product_way_of_another" ? ROWS + 1 : ROWS, way);
    float one = 1, zero = 0;
    check("product", cublasLtMatmul(handle, product, &one, w, layout(N, K), x, layout(K, ROWS),
                                    &zero, y, layout(N, ROWS), y, layout(N, ROWS), way, nullptr, 0,
                                    nullptr));
    check("copy", cuMemcpyDtoH_v2(zeros, y, ROWS * N * sizeof *zeros));
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < N; column++) {
            float sum = (float)adds[column];
            for (int k = 0; k < K; k++)
                sum += (float)values[row * K + k] * (float)weights[k * N + column];
            float wanted = sum > 0 ? sum : 0, got = (float)zeros[row * N + column];
            if (got == wanted) continue;
            printf("wrong at %d, %d: %g, not %g\n", row, column, (double)got, (double)wanted);
            return 1;
        }
}
