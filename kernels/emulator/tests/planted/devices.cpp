// Launches a planted kernel on each of two devices, with one planted mistake: exit code 0 right,
// 1 wrong, 2 the device said no. What the device finds it says itself.
#include "driver.h"

extern "C" int cuStreamCreate(void **, unsigned);

constexpr unsigned THREADS = 64;
constexpr int DEVICES = 2;

struct One {
    void *context, *stream, *kernel;
    Ptr out;
};

static One open(int number) {
    One one;
    check("context", cuDevicePrimaryCtxRetain(&one.context, number));
    check("current", cuCtxSetCurrent(one.context));
    check("stream", cuStreamCreate(&one.stream, 1));
    check("memory", cuMemAlloc_v2(&one.out, THREADS * sizeof(float)));
    one.kernel = kernel_of("correct");
    return one;
}

static int launch(const One &one) {
    Ptr out = one.out;
    void *values[] = {&out};
    return cuLaunchKernel(one.kernel, 1, 1, 1, THREADS, 1, 1, 0, one.stream, values, nullptr);
}

static bool is_right(const One &one) {
    float result[THREADS];
    check("current", cuCtxSetCurrent(one.context));
    check("copy", cuMemcpyDtoH_v2(result, one.out, sizeof result));
    for (unsigned i = 0; i < THREADS; i++)
        if (result[i] != (float)(THREADS - 1 - i)) return false;
    return true;
}

int main(int, char **arguments) {
    std::string name = arguments[1];
    setenv("EMU_DEVICES", "2", 1);
    check("init", cuInit(0));
    One ones[DEVICES] = {open(0), open(1)};
    // The second device is the current one.
    One second = ones[1];
    if (name == "devices_stream_of_another") second.stream = ones[0].stream;
    if (name == "devices_memory_of_another") second.out = ones[0].out;
    if (name == "devices_kernel_of_another") second.kernel = ones[0].kernel;
    if (name == "devices_copy_of_another") return is_right({second.context, 0, 0, ones[0].out});
    if (name == "devices_one_breaks") setenv("EMU_STICKY_AT_1", "1", 1);
    bool breaks = launch(second) != 0;
    if (breaks && name != "devices_one_breaks") return 2;
    check("current", cuCtxSetCurrent(ones[0].context));
    check("launch", launch(ones[0]));
    return is_right(ones[0]) && (breaks || is_right(ones[1])) ? 0 : 1;
}
