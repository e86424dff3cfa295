// What the parts of the emulated devices share. Every call of the driver holds one lock, so that
// their state is plain data; see README.md for what is emulated.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "../kernel/interface.h"

#define API extern "C" __attribute__((visibility("default")))

using Ptr = unsigned long long;  // CUdeviceptr
using Result = int;              // CUresult

// Results of the driver that are given here, with NVIDIA's values.
enum : Result {
    OK = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    DEVICE_UNAVAILABLE = 46,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    FILE_NOT_FOUND = 301,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    ILLEGAL_ADDRESS = 700,
    NOT_SUPPORTED = 801,
};

namespace emu {

extern std::recursive_mutex lock;

// ---- devices.cpp
constexpr int DEVICES_MAX = 8;
struct Device {
    int number;
    Result sticky = OK;  // once its context is broken, every call answers with this
    int holders = 0;     // of its context
    // What it was asked for, by which faults are called.
    unsigned long launches = 0, gemms = 0, allocations = 0;
    double used_bytes = 0;
};
int devices();
Device *device(int number);  // null where there is none of this number
// That of the thread's context; null where it has none.
Device *current();
void set_current(Device *device);
// The same, and the first one where it has none.
Device &here();
// The thread's context, for as long as this lives.
struct On {
    Device *before;
    explicit On(Device *device);
    ~On();
};
// Whether a thing of `device` is used on the one of the thread's context; says so where it is not.
bool is_elsewhere(const Device *device, const char *what);
bool vanished();
// Whether it is broken or gone.
bool is_down();
void repair_all();

// ---- switches.cpp: the environment, and a file that may change while the program runs; whoever
// asks holds the lock
long number(const char *name, long otherwise);
std::string text(const char *name);
bool is_set(const char *name);
// Whether event number `count` of this device is the one that a switch names: "n", or "+n" from
// when it was set.
bool is_turn(const char *name, unsigned long count);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// ---- cache.cpp
constexpr int REACHES = 7;
constexpr int REACH_MB[REACHES] = {4, 8, 12, 16, 24, 32, 48};
// Bytes that had been touched before, within each reach.
struct Near {
    double within[REACHES] = {};
    void add(double distance, double bytes);
};
struct Piece {
    Ptr from, to;
};
// A launch in this stream touches these pieces of memory.
void touch(void *stream, const std::vector<Piece> &operands, Near &near);

// ---- counters.cpp
struct Kernel_count {
    unsigned long launches = 0;
    double read_bytes = 0, written_bytes = 0, threads = 0, flops = 0, half_flops = 0;
    Near near;
};
struct Product_count {
    unsigned long count = 0;
    Near near;
};
struct Counters {
    unsigned long allocations = 0, frees = 0, launches = 0, gemms = 0, syncs = 0;
    unsigned long h2d = 0, d2h = 0, d2d = 0;
    double h2d_bytes = 0, d2h_bytes = 0, d2d_bytes = 0, pinned_bytes = 0;
    double used_bytes = 0, peak_bytes = 0, flops = 0;
    std::map<std::string, Kernel_count> kernels;  // by the kernel's name
    std::map<std::string, Product_count> gemm_shapes;  // by "m n k batch added type"
};
Counters &counters();
void report_at_exit();

// ---- memory.cpp
bool inside(Ptr address, size_t bytes);
// Bytes from `address` to the end of its allocation; 0 where it is in none.
size_t bytes_behind(Ptr address);
// Whether `address` lies in the memory of another device.
bool is_foreign(Ptr address);
bool is_pinned(const void *address);
size_t live_allocations();
void report_fault(const char *what, Ptr address);

// ---- guard.cpp: runs `work`; a wild access in it breaks the context, as on a device
Result guarded(const char *what, const std::function<void()> &work);
void install_guard();

// ---- streams.cpp
using Work = std::function<void()>;
// Puts `work` in line. It runs at once, or, with EMU_LAZY=1, when somebody waits for it.
Result submit(void *stream, Work work);
void drain(void *stream);
void drain_all();
void forget_streams();

// ---- plugins.cpp
const Kernel *find_kernel(const std::string &name);

}  // namespace emu

#define LOCK std::lock_guard<std::recursive_mutex> guard(emu::lock)
// The head of a call that fails once the context is broken or the device gone.
#define ENTER                                    \
    LOCK;                                        \
    if (emu::vanished()) return DEVICE_UNAVAILABLE; \
    if (emu::here().sticky) return emu::here().sticky
