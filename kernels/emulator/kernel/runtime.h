// Stands before the source of each kernel when it is compiled for the CPU: the words of CUDA C++
// that a host compiler does not know. NVIDIA's own headers give half and bfloat16.
#pragma once
#define CUDA_ON_CPU 1

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include <cuda_fp16.h>
#include <cuda_bf16.h>
#include <cuda_fp8.h>

#include "fibers.h"
#include "halves.h"

#undef __global__
#undef __device__
#undef __host__
#undef __constant__
#undef __shared__
#undef __forceinline__
#undef __launch_bounds__
// The first pass of kernels/emulator/build finds the kernels by this mark.
#ifdef EMU_NAMES
#define __global__ EMU_GLOBAL
#else
#define __global__
#endif
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline
#define __launch_bounds__(...)
// One block runs at a time; under ThreadSanitizer each in a thread of its own.
#ifdef __SANITIZE_THREAD__
#define __shared__ static thread_local
#else
#define __shared__ static
#endif
// What the build makes of `extern __shared__ T name[];`.
#define EMU_DYNAMIC_SHARED(T, name) T *name = (T *)emu_place.dynamic

// Where this plug-in's shared variables lie; the device fills it in.
extern "C" {
__attribute__((visibility("default"))) emu::Range *emu_shared = nullptr;
}

namespace emu {

// The shared variables of an OS thread come into being when one of them is touched.
inline void prepare() {
#ifdef __SANITIZE_THREAD__
    static thread_local volatile char touched;
    touched = 1;
#endif
}

// A kernel's parameters as the device sees them.
template <class... A>
struct Params {
    static constexpr bool is_pointer[] = {std::is_pointer_v<A>..., false};
    static constexpr bool is_constant[] = {std::is_const_v<std::remove_pointer_t<A>>..., false};
    static constexpr Param list[] = {
        {sizeof(A), std::is_pointer_v<A>, std::is_const_v<std::remove_pointer_t<A>>}...,
        {0, false, false}};
};

template <auto kernel>
struct Entry;

template <class... A, void (*kernel)(A...)>
struct Entry<kernel> {
    template <size_t... I>
    static void call(void **arguments, std::index_sequence<I...>) {
        kernel(*(std::remove_cv_t<std::remove_reference_t<A>> *)arguments[I]...);
    }
    static void thread(void *arguments) {
        call((void **)arguments, std::index_sequence_for<A...>{});
    }
    static void run(const Launch &launch, void **arguments) {
        emu_run(&launch, emu_shared, prepare, thread, arguments);
    }
    static constexpr unsigned count = sizeof...(A);
    using List = Params<std::remove_cv_t<A>...>;
};

inline int lane() { return (int)(emu_place.number & 31); }

template <class T>
T exchange(unsigned mask, T value, int from, const void *site) {
    static_assert(sizeof(T) <= 16, "a shuffle moves at most 16 bytes");
    emu_exchange(&value, sizeof value, mask, from, site);
    return value;
}

// A lane of another segment of the given width: the value is kept.
inline int in_segment(int from, int width) { return (from ^ lane()) & ~(width - 1) ? -1 : from; }

template <class T>
T shuffle(unsigned mask, T value, int from, int width, const void *site) {
    return exchange(mask, value, (lane() & ~(width - 1)) | (from & (width - 1)), site);
}

inline unsigned ballot(unsigned mask, bool vote, const void *site) {
    unsigned votes = 0;
    for (int from = 0; from < 32; from++) {
        if (mask >> from & 1) votes |= (unsigned)exchange(mask, (int)vote, from, site) << from;
    }
    return votes;
}

}  // namespace emu

#define EMU_KERNEL(k) \
    {#k, emu::Entry<(k)>::run, emu::Entry<(k)>::List::list, emu::Entry<(k)>::count},

// Operations that a kernel's source says it does; ThreadSanitizer would see a race.
#ifdef __SANITIZE_THREAD__
#define COUNT_FLOPS(n)
#define COUNT_HALF_FLOPS(n)
#else
#define COUNT_FLOPS(n) (emu_place.flops += (n))
#define COUNT_HALF_FLOPS(n) (emu_place.half_flops += (n))
#endif

// An address of its own for each place in the source.
#define EMU_SITE ([] { static const char here = 0; return (const void *)&here; }())
#define EMU_FOURTH(_1, _2, _3, fourth, ...) fourth
#define EMU_WIDTH(...) EMU_FOURTH(__VA_ARGS__, 32, 32)

#define threadIdx (emu_place.thread)
#define blockIdx (emu_place.block)
#define blockDim (emu_place.block_size)
#define gridDim (emu_place.grid_size)
#define warpSize 32
#define __syncthreads() emu_sync_block(EMU_SITE)
#define EMU_MASK(mask, ...) mask
#define __syncwarp(...) emu_sync_warp(EMU_MASK(__VA_ARGS__ __VA_OPT__(,) 0xffffffffu), EMU_SITE)
#define __shfl_sync(m, v, l, ...) \
    emu::shuffle(m, v, l, EMU_WIDTH(m, v, l, ##__VA_ARGS__), EMU_SITE)
#define __shfl_down_sync(m, v, d, ...)                                                       \
    emu::exchange(                                                                           \
        m, v, emu::in_segment(emu::lane() + (int)(d), EMU_WIDTH(m, v, d, ##__VA_ARGS__)), EMU_SITE)
#define __shfl_up_sync(m, v, d, ...)                                                         \
    emu::exchange(                                                                           \
        m, v, emu::in_segment(emu::lane() - (int)(d), EMU_WIDTH(m, v, d, ##__VA_ARGS__)), EMU_SITE)
#define __shfl_xor_sync(m, v, x, ...)                                                        \
    emu::exchange(                                                                           \
        m, v, emu::in_segment(emu::lane() ^ (int)(x), EMU_WIDTH(m, v, x, ##__VA_ARGS__)), EMU_SITE)
#define __ballot_sync(m, vote) emu::ballot(m, vote, EMU_SITE)
#define __any_sync(m, vote) (emu::ballot(m, vote, EMU_SITE) != 0)
#define __all_sync(m, vote) (emu::ballot(m, vote, EMU_SITE) == (m))

#include "device_math.h"

#define __CUDA_ARCH__ 900
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
