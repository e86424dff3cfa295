// Launches one of the planted kernels on two blocks of 64 threads and says whether its result is
// right: exit code 0 right, 1 wrong, 2 the device said no. What the device finds it says itself.
#include "driver.h"

constexpr unsigned BLOCKS = 2, THREADS = 64;

int main(int, char **arguments) {
    std::string name = arguments[1];
    Ptr out;
    float result[BLOCKS * THREADS];
    check("init", cuInit(0));
    void *function = kernel_of(name);
    check("memory", cuMemAlloc_v2(&out, sizeof result));
    if (name.find("atomic") != std::string::npos)
        check("zeros", cuMemsetD8_v2(out, 0, sizeof result));
    if (name == "after_free") check("free", cuMemFree_v2(out));
    bool dynamic = name.find("dynamic") != std::string::npos;
    void *values[] = {&out};
    check("launch", cuLaunchKernel(function, BLOCKS, 1, 1, THREADS, 1, 1,
                                   dynamic ? THREADS * sizeof(float) : 0, nullptr, values,
                                   nullptr));
    check("copy", cuMemcpyDtoH_v2(result, out, sizeof result));
    check("free", cuMemFree_v2(out));
    for (unsigned i = 0; i < BLOCKS * THREADS; i++) {
        if (result[i] == (float)(THREADS - 1 - i % THREADS)) continue;
        printf("wrong at %u: %g\n", i, (double)result[i]);
        return 1;
    }
}
