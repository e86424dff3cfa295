// A matrix product in the manner of BLAS: column-major, with strides between the matrices of a
// batch. The types are cudaDataType_t's.
#pragma once

namespace emu {

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
};

bool known(int type);
unsigned size_of(int type);
void multiply(const Product &product);

}  // namespace emu
