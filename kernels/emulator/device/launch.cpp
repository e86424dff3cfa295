// Modules, functions and launches. An image of a module is PTX, whose entries are known, or a
// cubin or fatbin, which is only looked at to see that it is one.
#include <algorithm>
#include <cstring>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "../kernel/fibers.h"
#include "emu.h"

namespace emu {

constexpr int SHARED_BYTES_DEFAULT = 48 << 10, SHARED_BYTES_MAX = 227 << 10;
constexpr int ATTRIBUTE_THREADS_MAX = 0, ATTRIBUTE_DYNAMIC_BYTES_MAX = 8;

struct Function {
    const Kernel *kernel;
    const Device *device;
    int dynamic_bytes_max = SHARED_BYTES_DEFAULT;
};
struct Module {
    const Device *device;
    bool binary = false;
    std::set<std::string> entries;  // of PTX
    std::map<std::string, Function> functions;
};

static bool is_binary(const void *image) {
    constexpr uint32_t FATBIN = 0xBA55ED50, WRAPPER = 0x466243B1;
    uint32_t magic;
    memcpy(&magic, image, sizeof magic);
    return magic == FATBIN || magic == WRAPPER || !memcmp(image, "\x7f" "ELF", 4);
}

static Result load_module(Module **out, const void *image) {
    ENTER;
    auto module = std::make_unique<Module>();
    module->device = &here();
    module->binary = is_binary(image);
    const char *rest = module->binary ? "" : (const char *)image;
    while ((rest = strstr(rest, ".entry "))) {
        rest += strlen(".entry ");
        module->entries.insert(std::string(rest, strcspn(rest, "( \t\r\n")));
    }
    if (!module->binary && module->entries.empty()) {
        say("a module that is neither a cubin nor PTX with an .entry");
        return INVALID_IMAGE;
    }
    *out = module.release();
    return OK;
}

static bool is_bad(const Function *f, const Launch &l) {
    const unsigned *g = l.grid, *b = l.block;
    bool empty = !g[0] || !g[1] || !g[2] || !b[0] || !b[1] || !b[2];
    bool grid = g[0] > 0x7fffffff || g[1] > 65535 || g[2] > 65535;
    bool block = b[2] > 64 || (unsigned long)b[0] * b[1] * b[2] > 1024;
    if (!empty && !grid && !block && l.dynamic_bytes <= (unsigned)f->dynamic_bytes_max)
        return false;
    say("%s: a launch that no device takes: grid (%u, %u, %u), block (%u, %u, %u), %u bytes",
        f->kernel->name, g[0], g[1], g[2], b[0], b[1], b[2], l.dynamic_bytes);
    return true;
}

// The values of the arguments, copied as the driver does before it returns.
struct Arguments {
    std::vector<std::unique_ptr<char[]>> values;
    std::vector<void *> pointers;

    Arguments(const Kernel *kernel, void **given) {
        for (unsigned i = 0; i < kernel->param_count; i++) {
            unsigned bytes = kernel->params[i].bytes;
            values.emplace_back(new char[bytes]);
            memcpy(values.back().get(), given[i], bytes);
            pointers.push_back(values.back().get());
        }
    }
};

// What a pointer among the arguments points to.
struct Array {
    Ptr start;
    bool constant;
};

static std::vector<Array> arrays_of(const Kernel *kernel, void **arguments) {
    std::vector<Array> arrays;
    for (unsigned i = 0; i < kernel->param_count; i++) {
        if (!kernel->params[i].pointer) continue;
        Array &array = arrays.emplace_back(Array{0, kernel->params[i].constant});
        memcpy(&array.start, arguments[i], sizeof array.start);
    }
    return arrays;
}

// Each array behind an argument counts once, from where the argument points to its end: what has
// to be moved at least by a kernel that works on all of what it gets.
static void count(const Kernel *kernel, const Launch &l, void *stream,
                  const std::vector<Array> &arrays) {
    std::vector<Piece> touched;
    Kernel_count &c = counters().kernels[kernel->name];
    c.launches++;
    c.threads += (double)l.grid[0] * l.grid[1] * l.grid[2] * l.block[0] * l.block[1] * l.block[2];
    for (const Array &array : arrays) {
        size_t bytes = bytes_behind(array.start);
        (array.constant ? c.read_bytes : c.written_bytes) += (double)bytes;
        touched.push_back({array.start, array.start + bytes});
    }
    touch(stream, touched, c.near);
}

// Memory of another device is out of reach: no access between devices is asked for here.
static bool has_foreign(const std::vector<Array> &arrays) {
    return std::any_of(arrays.begin(), arrays.end(),
                       [](const Array &array) { return is_foreign(array.start); });
}

static void hang() {
    say("a kernel hangs, as asked for");
    // Other threads may go on meanwhile, on this device and on others.
    long seconds = number("EMU_HANG_S", 1 << 30);
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    lock.lock();
}

// A wrong result: the kernel does nothing, or leaves out its last block.
static bool left_out(const Kernel *kernel, Launch &l) {
    std::string wrong = text("EMU_WRONG"), name = kernel->name;
    if (wrong == name + ":last") l.blocks_max--;
    return wrong == name;
}

static Result launch(Function *f, Launch l, void *stream, void **given) {
    ENTER;
    counters().launches++;
    unsigned long n = ++here().launches;
    l.seed = (unsigned)number("EMU_SEED", 1);
    l.order = (int)number("EMU_ORDER", ASCENDING);
    if (is_set("EMU_TRACE"))
        say("%s grid (%u, %u, %u) block (%u, %u, %u)", f->kernel->name, l.grid[0], l.grid[1],
            l.grid[2], l.block[0], l.block[1], l.block[2]);
    if (is_elsewhere(f->device, "a kernel")) return INVALID_HANDLE;
    if (is_bad(f, l)) return INVALID_VALUE;
    if (is_turn("EMU_HANG_AT", n)) hang();
    if (is_turn("EMU_STICKY_AT", n)) {
        here().sticky = ILLEGAL_ADDRESS;
        return is_set("EMU_STICKY_ASYNC") ? OK : here().sticky;
    }
    std::vector<Array> arrays = arrays_of(f->kernel, given);
    if (has_foreign(arrays)) return here().sticky = ILLEGAL_ADDRESS;
    count(f->kernel, l, stream, arrays);
    if (left_out(f->kernel, l)) return OK;
    auto arguments = std::make_shared<Arguments>(f->kernel, given);
    const Kernel *kernel = f->kernel;
    return submit(stream, [kernel, l, arguments] {
        emu_place.flops = emu_place.half_flops = 0;
        guarded(kernel->name, [&] { kernel->run(l, arguments->pointers.data()); });
        auto &count = counters().kernels[kernel->name];
        count.flops += emu_place.flops;
        count.half_flops += emu_place.half_flops;
    });
}

}  // namespace emu

using emu::Function;
using emu::Module;

API Result cuModuleLoadData(Module **out, const void *image) {
    return emu::load_module(out, image);
}

API Result cuModuleLoadDataEx(Module **out, const void *image, unsigned, void *, void *) {
    return emu::load_module(out, image);
}

API Result cuModuleLoad(Module **out, const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return FILE_NOT_FOUND;
    std::string image{std::istreambuf_iterator<char>(file), {}};
    return emu::load_module(out, image.c_str());
}

API Result cuModuleUnload(Module *module) {
    LOCK;
    emu::drain_all();
    delete module;
    return emu::here().sticky;
}

API Result cuModuleGetFunction(Function **out, Module *module, const char *name) {
    ENTER;
    const emu::Kernel *kernel = emu::find_kernel(name);
    if (!module->binary && !module->entries.count(name)) return NOT_FOUND;
    if (!kernel) {
        emu::say("no plug-in has a kernel %s", name);
        return module->binary ? NOT_FOUND : NOT_SUPPORTED;
    }
    Function &function = module->functions[name];
    function.kernel = kernel;
    function.device = module->device;
    *out = &function;
    return OK;
}

API Result cuFuncSetAttribute(Function *function, int attribute, int value) {
    ENTER;
    if (attribute != emu::ATTRIBUTE_DYNAMIC_BYTES_MAX) return OK;
    if (value > emu::SHARED_BYTES_MAX) return INVALID_VALUE;
    function->dynamic_bytes_max = value;
    return OK;
}

API Result cuFuncGetAttribute(int *value, int attribute, Function *function) {
    ENTER;
    *value = 0;
    if (attribute == emu::ATTRIBUTE_THREADS_MAX) *value = 1024;
    if (attribute == emu::ATTRIBUTE_DYNAMIC_BYTES_MAX) *value = function->dynamic_bytes_max;
    return OK;
}

API Result cuLaunchKernel(Function *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                          unsigned by, unsigned bz, unsigned dynamic_bytes, void *stream,
                          void **arguments, void **extra) {
    if (extra) return NOT_SUPPORTED;
    emu::Launch l{{gx, gy, gz}, {bx, by, bz}, dynamic_bytes, 0, 0, (long)gx * gy * gz};
    return emu::launch(function, l, stream, arguments);
}
