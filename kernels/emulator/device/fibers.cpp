// The threads of a block, as fibers: one runs until it must wait at a barrier, then another. A
// fiber whose thread never waits takes up the next thread, so that kernels without barriers cost
// no switch. One block runs after the other.
//
// Under ThreadSanitizer each of the first blocks has an OS thread of its own, for fresh shared
// variables, and its fibers know of no order but that of the barriers: accesses that only happened
// to be in order are then races, between threads and between blocks. The OS threads take turns in a
// way that the sanitizer does not see. The other blocks run as without it.
#include "../kernel/fibers.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

extern "C" {
__attribute__((weak)) void *__tsan_get_current_fiber();
__attribute__((weak)) void *__tsan_create_fiber(unsigned);
__attribute__((weak)) void __tsan_switch_to_fiber(void *, unsigned);
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);
}

#define API extern "C" __attribute__((visibility("default")))

API emu::Place emu_place;
emu::Place emu_place;

namespace emu {

constexpr unsigned NO_ORDER = 1;  // of __tsan_switch_to_fiber
constexpr size_t STACK_BYTES = 64 << 10, DYNAMIC_BYTES_MAX = 256 << 10, PAGE = 4096;
constexpr unsigned WARP = 32, SLOT_BYTES = 16;

static bool tsan() { return __tsan_create_fiber != nullptr; }

struct Barrier {
    int arrived = 0;
    unsigned round = 0;
    const void *site = nullptr;
    char order[2];  // for ThreadSanitizer, by turns
};

struct Thread {
    unsigned number = 0;
    bool started = false, done = false;
    Barrier *waits = nullptr;
    unsigned waits_round = 0;
    uint64_t met = 0;  // the operations on tiles so far, in their order
    void *stack_pointer = nullptr;
    char *stack = nullptr;
    void *fiber = nullptr;  // ThreadSanitizer's
};

struct Warp {
    unsigned masks[WARP] = {};
    Barrier barriers[WARP];  // one a mask
    unsigned char slots[WARP][SLOT_BYTES];
};

struct Block {
    Barrier barrier;
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::vector<unsigned> turns;  // in which order the threads start
    unsigned live = 0, next = 0;
    void *scheduler = nullptr, *scheduler_fiber = nullptr;
    char begin = 0, end = 0;  // released by the block, acquired by threads, and the other way round
    void (*body)(void *) = nullptr;
    void *argument = nullptr;
};

// A launch, and the code that it runs.
struct Job {
    const Launch *launch;
    const Range *shared;
    void (*prepare)();
    void (*body)(void *);
    void *argument;
};

// Whether the threads of the running block are known to ThreadSanitizer, each as one of its own.
static bool apart;
static Block *block;
static Thread *running;
static std::vector<char *> &free_stacks = *new std::vector<char *>;
// Blocks of a launch that have an OS thread each under ThreadSanitizer, to which a thread costs a
// millisecond; races with and between later ones are not seen.
constexpr long BLOCKS_APART = 2;
// Whose turn it was or is. They wait for it in the kernel, without anything of which the sanitizer
// would learn an order.
static std::atomic<int> block_turns[BLOCKS_APART];
// A thread that the sanitizer knows, with the stack that no other ever has.
struct Known {
    void *fiber;
    char *stack;
};
// All so far. A launch takes each once: one that took the place of another would seem to be the
// same thread. The next launch takes them anew, since it begins when all of this one is done.
static std::vector<Known> &known = *new std::vector<Known>;
static size_t known_taken;

__attribute__((naked, noinline)) static void swap_stack(void ** /*save*/, void * /*load*/) {
    asm("push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15;"
        "mov %rsp, (%rdi); mov %rsi, %rsp;"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret");
}

[[noreturn]] static void die(const char *problem) {
    Index b = emu_place.block;
    fprintf(stderr, "emulated device: block (%u, %u, %u), thread %u: %s\n", b.x, b.y, b.z,
            running ? running->number : 0, problem);
    abort();
}

static void to_scheduler() {
    if (apart) __tsan_switch_to_fiber(block->scheduler_fiber, NO_ORDER);
    void *unused;
    swap_stack(running->done ? &unused : &running->stack_pointer, block->scheduler);
}

static unsigned lane() { return running->number % WARP; }

// The lanes of a warp must have come to the same operations on tiles.
static void check_met(unsigned first, unsigned mask) {
    const Thread *lanes = &block->threads[first], *one = lanes + __builtin_ctz(mask);
    for (; mask; mask &= mask - 1)
        if (lanes[__builtin_ctz(mask)].met != one->met)
            die("not all lanes of a warp came to the same operations on tiles");
}

static void check_all_met() {
    for (unsigned first = 0; first < block->threads.size(); first += WARP) {
        size_t lanes = std::min<size_t>(WARP, block->threads.size() - first);
        check_met(first, (unsigned)((1ul << lanes) - 1));
    }
}

static void arrive(Barrier &barrier, int expected, const void *site, const char *apart) {
    if (barrier.arrived == 0) barrier.site = site;
    if (barrier.site != site) die(apart);
    unsigned round = barrier.round;
    char *order = &barrier.order[round & 1];
    if (tsan()) __tsan_release(order);
    if (++barrier.arrived == expected) {
        barrier.arrived = 0;
        barrier.round++;
    } else {
        running->waits = &barrier;
        running->waits_round = round;
        to_scheduler();
    }
    if (tsan()) __tsan_acquire(order);
}

static void place(const Thread &thread) {
    Index size = emu_place.block_size;
    unsigned n = thread.number;
    emu_place.number = n;
    emu_place.thread = {n % size.x, n / size.x % size.y, n / size.x / size.y};
}

static Thread *next_unstarted() {
    Block &b = *block;
    while (b.next < b.turns.size() && b.threads[b.turns[b.next]].started) b.next++;
    return b.next < b.turns.size() ? &b.threads[b.turns[b.next]] : nullptr;
}

// Runs threads that have not started, one after the other, until none is left. ThreadSanitizer
// must see each as one of its own.
static void fiber() {
    char *stack = running->stack;
    if (apart) __tsan_acquire(&block->begin);
    for (;;) {
        block->body(block->argument);
        running->done = true;
        block->live--;
        if (apart) {
            __tsan_release(&block->end);
            break;
        }
        Thread *next = next_unstarted();
        if (!next) break;
        running = next;
        running->started = true;
        running->stack = stack;
        place(*running);
    }
    if (!apart) free_stacks.push_back(stack);
    to_scheduler();
    abort();
}

static char *new_stack() { return (char *)aligned_alloc(64, STACK_BYTES); }

static void take_known(Thread &thread) {
    thread.fiber = known[known_taken].fiber;
    thread.stack = known[known_taken++].stack;
}

static void take_stack(Thread &thread) {
    if (free_stacks.empty()) free_stacks.push_back(new_stack());
    thread.stack = free_stacks.back();
    free_stacks.pop_back();
}

static void start(Thread &thread) {
    apart ? take_known(thread) : take_stack(thread);
    thread.started = true;
    // Entered as by a call, with the stack 8 bytes off a multiple of 16.
    void **top = (void **)(thread.stack + STACK_BYTES) - 2;
    *--top = nullptr;
    *--top = (void *)fiber;
    thread.stack_pointer = top - 6;
}

static void resume(Thread &thread) {
    if (!thread.started) start(thread);
    thread.waits = nullptr;
    running = &thread;
    place(thread);
    if (apart) __tsan_switch_to_fiber(thread.fiber, NO_ORDER);
    swap_stack(&block->scheduler, thread.stack_pointer);
}

// Dynamic shared memory ends at a page without access.
static char *new_dynamic_end() {
    size_t bytes = DYNAMIC_BYTES_MAX + PAGE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *map = (char *)mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (map == MAP_FAILED || mprotect(map + DYNAMIC_BYTES_MAX, PAGE, PROT_NONE)) abort();
    return map + DYNAMIC_BYTES_MAX;
}

// Every block finds its shared memory full of NaN; under ThreadSanitizer, memory of its own.
static void poison(const Job &job, char *end) {
    emu_place.dynamic = end - (job.launch->dynamic_bytes + 15) / 16 * 16;
    memset(emu_place.dynamic, 0xFF, job.launch->dynamic_bytes);
    if (tsan()) return job.prepare();
    for (const Range *range = job.shared; range && range->bytes; range++)
        memset(range->start, 0xFF, range->bytes);
}

static void set_up(Block &b, const Launch &launch, std::mt19937 &random) {
    Index size = emu_place.block_size;
    unsigned count = size.x * size.y * size.z;
    b.threads.assign(count, {});
    b.warps.assign((count + WARP - 1) / WARP, {});
    b.turns.resize(count);
    b.live = count;
    for (unsigned i = 0; i < count; i++) {
        b.threads[i].number = i;
        b.turns[i] = launch.order == DESCENDING ? count - 1 - i : i;
    }
    if (launch.order == SHUFFLED) std::shuffle(b.turns.begin(), b.turns.end(), random);
}

static void run_threads(Block &b, const Launch &launch, std::mt19937 &random) {
    std::vector<unsigned> turns = b.turns;
    while (b.live) {
        bool moved = false;
        for (unsigned i : turns) {
            Thread &t = b.threads[i];
            if (t.done || (t.waits && t.waits->round == t.waits_round)) continue;
            moved = true;
            resume(t);
        }
        if (!moved) {
            for (Thread &t : b.threads) running = t.done ? running : &t;
            die("deadlock: some threads never come to the barrier at which others wait");
        }
        if (launch.order == SHUFFLED) std::shuffle(turns.begin(), turns.end(), random);
    }
}

static void run_block(const Job &job, long n) {
    const Launch &launch = *job.launch;
    Index grid = emu_place.grid_size;
    emu_place.block = {(unsigned)(n % grid.x), (unsigned)(n / grid.x % grid.y),
                       (unsigned)(n / grid.x / grid.y)};
    static char *one = new_dynamic_end();
    char *end = apart ? new_dynamic_end() : one;
    poison(job, end);
    std::mt19937 random(launch.seed + (unsigned)n);
    Block b;
    b.body = job.body;
    b.argument = job.argument;
    block = &b;
    set_up(b, launch, random);
    if (apart) {
        b.scheduler_fiber = __tsan_get_current_fiber();
        __tsan_release(&b.begin);
    }
    run_threads(b, launch, random);
    check_all_met();
    if (apart) {
        __tsan_acquire(&b.end);
        munmap(end - DYNAMIC_BYTES_MAX, DYNAMIC_BYTES_MAX + PAGE);
    }
    block = nullptr;
    running = nullptr;
}

// The first blocks, each in a thread that exists before any of them runs: the sanitizer knows of no
// order between them.
static void run_apart(const Job &job, long count) {
    if (count == 0) return;
    std::vector<std::thread> threads;
    auto let_run = [count](long n) {
        if (n == count) return;
        block_turns[n] = 1;
        block_turns[n].notify_one();
    };
    apart = true;
    // All beforehand, since growing is something that the sanitizer sees.
    const unsigned *b = job.launch->block;
    while (known.size() < (size_t)count * b[0] * b[1] * b[2])
        known.push_back({__tsan_create_fiber(0), new_stack()});
    known_taken = 0;
    for (auto &turn : block_turns) turn = 0;
    for (long n = 0; n < count; n++) {
        threads.emplace_back([&job, &let_run, n] {
            block_turns[n].wait(0);
            run_block(job, n);
            let_run(n + 1);
        });
    }
    let_run(0);
    for (std::thread &thread : threads) thread.join();
    apart = false;
}

}  // namespace emu

using namespace emu;

API void emu_run(const Launch *launch, const Range *shared, void (*prepare)(),
                 void (*body)(void *), void *argument) {
    Index grid{launch->grid[0], launch->grid[1], launch->grid[2]};
    emu_place.grid_size = grid;
    emu_place.block_size = {launch->block[0], launch->block[1], launch->block[2]};
    Job job{launch, shared, prepare, body, argument};
    long blocks = std::min((long)grid.x * grid.y * grid.z, launch->blocks_max);
    long first = tsan() ? std::min(blocks, BLOCKS_APART) : 0;
    run_apart(job, first);
    for (long n = first; n < blocks; n++) run_block(job, n);
}

API void emu_sync_block(const void *site) {
    if (block->barrier.arrived + 1 == (int)block->threads.size()) check_all_met();
    arrive(block->barrier, (int)block->threads.size(), site,
           "__syncthreads was reached at different places of the source");
}

API void emu_sync_warp(unsigned mask, const void *site) {
    unsigned number = running->number, first = number - lane();
    unsigned lanes = std::min<unsigned>(WARP, block->threads.size() - first);
    if (lanes < WARP && mask == ~0u) mask = (1u << lanes) - 1;
    if (!(mask >> lane() & 1)) die("a lane is not in the mask that it gives");
    Warp &warp = block->warps[number / WARP];
    unsigned i = 0;
    while (warp.masks[i] && warp.masks[i] != mask)
        if (++i == WARP) die("more than 32 masks in a warp");
    warp.masks[i] = mask;
    if (warp.barriers[i].arrived + 1 == __builtin_popcount(mask)) check_met(first, mask);
    arrive(warp.barriers[i], __builtin_popcount(mask), site,
           "an operation of the warp was reached at different places of the source");
}

API void emu_meet(const void *site) {
    // FNV-1a, a place at a time.
    running->met = (running->met ^ (uint64_t)site) * 0x100000001b3;
}

API void emu_exchange(void *value, size_t bytes, unsigned mask, int from, const void *site) {
    Warp &warp = block->warps[running->number / WARP];
    memcpy(warp.slots[lane()], value, bytes);
    emu_sync_warp(mask, site);
    if (from >= 0 && from < (int)WARP) {
        if (!(mask >> from & 1)) die("a shuffle reads a lane outside of the mask");
        memcpy(value, warp.slots[from], bytes);
    }
    emu_sync_warp(mask, site);
}
