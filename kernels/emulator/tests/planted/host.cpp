// Launches one of the planted kernels on two blocks of 64 threads and says whether its result is
// right: exit code 0 right, 1 wrong, 2 the device said no. What the device finds it says itself.
#include <cstdio>
#include <string>

extern "C" {
int cuInit(unsigned);
int cuModuleLoadData(void **, const char *);
int cuModuleGetFunction(void **, void *, const char *);
int cuMemAlloc_v2(unsigned long long *, size_t);
int cuMemFree_v2(unsigned long long);
int cuMemsetD8_v2(unsigned long long, unsigned char, size_t);
int cuMemcpyDtoH_v2(void *, unsigned long long, size_t);
int cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   void *, void **, void **);
}

constexpr unsigned BLOCKS = 2, THREADS = 64;

static void check(const char *what, int result) {
    if (result == 0) return;
    printf("%s: error %d\n", what, result);
    exit(2);
}

int main(int, char **arguments) {
    std::string name = arguments[1], image = ".visible .entry " + name + "()";
    void *module, *function;
    unsigned long long out;
    float result[BLOCKS * THREADS];
    check("init", cuInit(0));
    check("module", cuModuleLoadData(&module, image.c_str()));
    check("function", cuModuleGetFunction(&function, module, name.c_str()));
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
