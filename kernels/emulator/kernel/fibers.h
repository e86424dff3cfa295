// What a kernel's code asks of the threads of its block; fibers.cpp, in the emulated device,
// answers. It is compiled without sanitizers, and the kernels with them.
#pragma once
#include <cstddef>

#include "interface.h"

namespace emu {

struct Index {
    unsigned x, y, z;
};

// Where the running thread is: all that threadIdx and its like are.
struct Place {
    Index thread, block, block_size, grid_size;
    unsigned number;  // of the thread in its block
    char *dynamic;    // shared memory
    double flops;     // of the launch so far, where its source counts them
    double half_flops;  // the same on tensor cores
};

}  // namespace emu

#define EMU_IMPORT extern "C" __attribute__((visibility("default")))

// Of the thread that runs now.
EMU_IMPORT emu::Place emu_place;
// Runs `body(argument)` once for each thread of the launch. `shared` lists the shared variables;
// `prepare` makes those of an OS thread, under ThreadSanitizer.
EMU_IMPORT void emu_run(const emu::Launch *launch, const emu::Range *shared, void (*prepare)(),
                        void (*body)(void *), void *argument);
// Barriers. `site` is the place in the source: threads must meet at the same one.
EMU_IMPORT void emu_sync_block(const void *site);
EMU_IMPORT void emu_sync_warp(unsigned mask, const void *site);
// The running lane comes to an operation on tiles, at which it need not wait: nothing that such an
// operation does may be seen by other lanes before a barrier. At the next one all must have come.
EMU_IMPORT void emu_meet(const void *site);
// Gives `value` to the other lanes of `mask` and fetches that of lane `from`; -1: keeps its own.
EMU_IMPORT void emu_exchange(void *value, size_t bytes, unsigned mask, int from, const void *site);
