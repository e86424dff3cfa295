// A matrix product in the manner of BLAS: column-major, with strides between the matrices of a
// batch. The types are cudaDataType_t's.
#pragma once

namespace emu {

struct Device;

// Results of cuBLAS, with NVIDIA's values.
enum Status {
    DONE = 0,
    NOT_INITIALISED = 1,
    BAD_VALUE = 7,
    EXECUTION_FAILED = 13,
    INTERNAL_ERROR = 14,
    UNSUPPORTED = 15,
};

enum Type { R_32F = 0, R_64F = 1, R_16F = 2, R_16BF = 14 };

struct Matrix {
    const void *start;
    int type;
    long leading, stride;  // elements between columns, and between matrices of the batch
    bool transposed;
};

struct Product {
    long m, n, k, batch;
    Matrix a, b;
    void *c;
    int c_type;
    long c_leading, c_stride;
    double alpha, beta;
    bool in_double;  // accumulates in double precision, else in single
    // What follows, in single precision: a bias for each row, of c's type, then a function.
    const void *bias = nullptr;
    enum Function { NONE, RELU, GELU_TANH } function = NONE;
    const void *added = nullptr;  // what beta multiplies, in c's shape; c itself where it is null
};

bool known(int type);
unsigned size_of(int type);
void multiply(const Product &product);

// ---- blas.cpp: counts the product, puts it in line, and answers with a cublasStatus_t
int run_product(const Device *device, void *stream, Product product);

}  // namespace emu
