// What passes between the emulated device and a plug-in of kernels: plain data, since the two are
// compiled with different flags.
#pragma once
#include <cstddef>

namespace emu {

// In which order the threads of a block run between two barriers.
enum Order { ASCENDING = 0, DESCENDING = 1, SHUFFLED = 2 };

struct Launch {
    unsigned grid[3], block[3];
    unsigned dynamic_bytes;  // of shared memory
    unsigned seed;
    int order;
    long blocks_max;  // fewer than the grid has where a wrong result is asked for
};

struct Param {
    unsigned bytes;
    bool pointer, constant;  // whether it points to memory, and whether that is only read
};

struct Kernel {
    const char *name;
    void (*run)(const Launch &, void **arguments);
    const Param *params;
    unsigned param_count;
};

struct Range {
    char *start;
    size_t bytes;
};

}  // namespace emu
