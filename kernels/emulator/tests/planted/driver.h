// The calls of the driver that the hosts of the planted kernels make, and what they do where one
// says no: exit code 2.
#pragma once
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

using Ptr = unsigned long long;

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void **, int);
int cuCtxSetCurrent(void *);
int cuModuleLoadData(void **, const char *);
int cuModuleGetFunction(void **, void *, const char *);
int cuMemAlloc_v2(Ptr *, size_t);
int cuMemFree_v2(Ptr);
int cuMemsetD8_v2(Ptr, unsigned char, size_t);
int cuMemcpyHtoD_v2(Ptr, const void *, size_t);
int cuMemcpyDtoH_v2(void *, Ptr, size_t);
int cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   void *, void **, void **);
}

inline void check(const char *what, int result) {
    if (result == 0) return;
    printf("%s: error %d\n", what, result);
    exit(2);
}

// A kernel of the plug-in, which is found by its name.
inline void *kernel_of(const std::string &name) {
    std::string image = ".visible .entry " + name + "()";
    void *module, *function;
    check("module", cuModuleLoadData(&module, image.c_str()));
    check("function", cuModuleGetFunction(&function, module, name.c_str()));
    return function;
}
