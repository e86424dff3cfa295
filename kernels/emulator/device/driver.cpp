// The driver's view of the machine: its devices, their attributes, and the names of errors. They
// say that they are H100s, for which the kernels' limits are checked.
#include <cstdio>
#include <cstring>

#include "emu.h"

namespace emu {

constexpr int COMPUTE_MAJOR = 9, COMPUTE_MINOR = 0;

// By the number of CUdevice_attribute.
static const std::map<int, int> &attributes() {
    static const auto *known = new std::map<int, int>{
        {1, 1024},           // threads of a block
        {2, 1024},           // its width
        {3, 1024},           // its height
        {4, 64},             // its depth
        {5, 0x7fffffff},     // width of a grid
        {6, 65535},          // its height
        {7, 65535},          // its depth
        {8, 48 << 10},       // shared memory of a block, without asking
        {10, 32},            // threads of a warp
        {12, 65536},         // registers of a block
        {13, 1980000},       // clock in kHz
        {16, 132},           // multiprocessors
        {31, 0},             // integrated
        {36, 2619000},       // memory clock in kHz
        {37, 5120},          // width of the memory bus in bits
        {38, 50 << 20},      // second-level cache
        {39, 2048},          // threads of a multiprocessor
        {40, 3},             // engines that copy
        {41, 1},             // addresses shared with the host
        {75, COMPUTE_MAJOR}, {76, COMPUTE_MINOR},
        {81, 228 << 10},     // shared memory of a multiprocessor
        {97, 227 << 10},     // shared memory of a block that asks for it
        {106, 32},           // blocks of a multiprocessor
        {115, 1},            // memory pools
    };
    return *known;
}

struct Error {
    const char *name, *words;
};

static const std::map<Result, Error> &errors() {
    static const auto *known = new std::map<Result, Error>{
        {OK, {"CUDA_SUCCESS", "no error"}},
        {INVALID_VALUE, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
        {OUT_OF_MEMORY, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
        {DEVICE_UNAVAILABLE,
         {"CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"}},
        {NO_DEVICE, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
        {INVALID_DEVICE, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
        {INVALID_IMAGE, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
        {INVALID_CONTEXT, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
        {INVALID_HANDLE, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
        {NOT_FOUND, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
        {ILLEGAL_ADDRESS,
         {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
        {NOT_SUPPORTED, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}},
    };
    return *known;
}

// One of several that vanished is still counted.
static bool no_device() {
    for (int n = 0; n < devices(); n++) {
        On on(device(n));
        if (!is_set("EMU_NO_DEVICE") && !vanished()) return false;
    }
    return true;
}

}  // namespace emu

API Result cuInit(unsigned) {
    LOCK;
    if (emu::no_device()) return NO_DEVICE;
    static bool done;
    if (!done) {
        emu::install_guard();
        emu::report_at_exit();
    }
    done = true;
    return OK;
}

API Result cuDriverGetVersion(int *version) {
    *version = 13000;
    return OK;
}

API Result cuDeviceGetCount(int *count) {
    LOCK;
    *count = emu::no_device() ? 0 : emu::devices();
    return OK;
}

API Result cuDeviceGet(int *device, int ordinal) {
    LOCK;
    *device = ordinal;
    return !emu::device(ordinal) || emu::no_device() ? INVALID_DEVICE : OK;
}

API Result cuDeviceGetName(char *name, int bytes, int) {
    snprintf(name, bytes, "emulated on the CPU");
    return OK;
}

API Result cuDeviceGetUuid_v2(void *uuid, int device) {
    memset(uuid, 0x45 + device, 16);
    return OK;
}

API Result cuDeviceTotalMem_v2(size_t *bytes, int device) {
    LOCK;
    emu::On on(emu::device(device));
    *bytes = (size_t)emu::number("EMU_MEM_MB", 16384) << 20;
    return OK;
}

API Result cuDeviceComputeCapability(int *major, int *minor, int) {
    *major = emu::COMPUTE_MAJOR;
    *minor = emu::COMPUTE_MINOR;
    return OK;
}

API Result cuDeviceGetAttribute(int *value, int attribute, int) {
    auto found = emu::attributes().find(attribute);
    bool known = found != emu::attributes().end();
    if (!known) emu::say("attribute %d of the device is not known: 0", attribute);
    *value = known ? found->second : 0;
    return OK;
}

API Result cuGetErrorName(int error, const char **name) {
    auto found = emu::errors().find(error);
    bool known = found != emu::errors().end();
    *name = known ? found->second.name : nullptr;
    return known ? OK : INVALID_VALUE;
}

API Result cuGetErrorString(int error, const char **words) {
    auto found = emu::errors().find(error);
    bool known = found != emu::errors().end();
    *words = known ? found->second.words : nullptr;
    return known ? OK : INVALID_VALUE;
}
