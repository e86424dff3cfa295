// Device memory: each allocation is a mapping of its own,
//   [no access][slack 0xA5 | the bytes asked for, aligned to 16 | slack 0xA5][no access]
// with the bytes at the end. A far overrun faults at once, a near one is found in the slack when
// the memory is freed, and memory that was never written holds NaN.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "emu.h"

namespace emu {

constexpr size_t PAGE = 4096;
constexpr unsigned char SLACK = 0xA5, NAN_FILL = 0xFF;
// So many freed allocations are kept without access, so that a use after the free faults.
constexpr size_t FREED_MAX = 256;

struct Allocation {
    const Device *device;
    size_t bytes;
    char *map;
    size_t map_bytes;
};
static std::map<Ptr, Allocation> &live = *new std::map<Ptr, Allocation>;
static std::map<const char *, size_t> &pinned = *new std::map<const char *, size_t>;
static std::deque<Allocation> &freed = *new std::deque<Allocation>;

static std::pair<const Ptr, Allocation> *find(Ptr address) {
    auto next = live.upper_bound(address);
    return next == live.begin() ? nullptr : &*--next;
}

bool inside(Ptr address, size_t bytes) {
    auto *found = find(address);
    return bytes == 0 || (found && address + bytes <= found->first + found->second.bytes);
}

size_t bytes_behind(Ptr address) {
    auto *found = find(address);
    if (!found || address >= found->first + found->second.bytes) return 0;
    return found->first + found->second.bytes - address;
}

bool is_foreign(Ptr address) {
    auto *found = find(address);
    bool inside = found && address < found->first + found->second.bytes;
    return inside && is_elsewhere(found->second.device, "memory");
}

bool is_pinned(const void *address) {
    auto next = pinned.upper_bound((const char *)address);
    if (next == pinned.begin()) return false;
    --next;
    return (const char *)address < next->first + next->second;
}

size_t live_allocations() { return live.size(); }

void report_fault(const char *what, Ptr address) {
    for (auto &[start, a] : live) {
        if (address < (Ptr)a.map || address >= (Ptr)a.map + a.map_bytes) continue;
        return say("%s: access at byte %lld of an allocation of %zu bytes", what,
                   (long long)(address - start), a.bytes);
    }
    for (auto &a : freed) {
        if (address >= (Ptr)a.map && address < (Ptr)a.map + a.map_bytes)
            return say("%s: access to freed device memory", what);
    }
    say("%s: access at %llx, outside of device memory", what, address);
}

static bool refused(size_t bytes) {
    bool asked_for = is_turn("EMU_OOM_AT", here().allocations);
    long above = number("EMU_OOM_ABOVE", -1);
    asked_for = asked_for || (above >= 0 && bytes > (size_t)above);
    double total = (double)number("EMU_MEM_MB", 16384) * (1 << 20);
    if (!asked_for && here().used_bytes + (double)bytes <= total) return false;
    say("out of memory at allocation %lu (%zu bytes)", here().allocations, bytes);
    return true;
}

static Result allocate(Ptr *out, size_t bytes) {
    ENTER;
    *out = 0;
    if (bytes == 0) return OK;
    counters().allocations++;
    here().allocations++;
    // What is still in line may free memory.
    if (refused(bytes)) return OUT_OF_MEMORY;
    size_t middle = (bytes + 15 + PAGE - 1) / PAGE * PAGE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *map = (char *)mmap(nullptr, middle + 2 * PAGE, PROT_NONE, flags, -1, 0);
    if (map == MAP_FAILED) return OUT_OF_MEMORY;
    char *start = map + PAGE, *end = start + middle;
    if (mprotect(start, middle, PROT_READ | PROT_WRITE)) return OUT_OF_MEMORY;
    char *user = end - (bytes + 15) / 16 * 16;
    memset(start, SLACK, user - start);
    memset(user, NAN_FILL, bytes);
    memset(user + bytes, SLACK, end - user - bytes);
    *out = (Ptr)user;
    live[*out] = {&here(), bytes, map, middle + 2 * PAGE};
    here().used_bytes += (double)bytes;
    counters().used_bytes += (double)bytes;
    counters().peak_bytes = std::max(counters().peak_bytes, counters().used_bytes);
    return OK;
}

static void check_slack(Ptr address, const Allocation &a) {
    const char *user = (const char *)address;
    for (const char *c = a.map + PAGE; c < a.map + a.map_bytes - PAGE; c++) {
        if (c == user) c += a.bytes;
        if (c >= a.map + a.map_bytes - PAGE || *c == (char)SLACK) continue;
        say("overrun: byte %ld of an allocation of %zu bytes was written", (long)(c - user),
            a.bytes);
        abort();
    }
}

static void release(Ptr address) {
    auto found = live.find(address);
    if (found == live.end()) {
        say("free of an address that is not allocated: %llx", address);
        abort();
    }
    Allocation a = found->second;
    check_slack(address, a);
    live.erase(found);
    counters().frees++;
    here().used_bytes -= (double)a.bytes;
    counters().used_bytes -= (double)a.bytes;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    mmap(a.map, a.map_bytes, PROT_NONE, flags, -1, 0);
    freed.push_back(a);
    if (freed.size() > FREED_MAX) {
        munmap(freed.front().map, freed.front().map_bytes);
        freed.pop_front();
    }
}

static Result pin(void **out, size_t bytes) {
    ENTER;
    *out = aligned_alloc(PAGE, (bytes + PAGE - 1) / PAGE * PAGE);
    if (!*out) return OUT_OF_MEMORY;
    memset(*out, NAN_FILL, bytes);
    pinned[(const char *)*out] = bytes;
    counters().pinned_bytes += (double)bytes;
    return OK;
}

static Result unpin(void *address) {
    LOCK;
    drain_all();
    auto found = pinned.find((const char *)address);
    if (found == pinned.end()) return INVALID_VALUE;
    counters().pinned_bytes -= (double)found->second;
    pinned.erase(found);
    free(address);
    return here().sticky;
}

}  // namespace emu

API Result cuMemAlloc_v2(Ptr *out, size_t bytes) {
    return bytes ? emu::allocate(out, bytes) : INVALID_VALUE;
}

API Result cuMemAllocAsync(Ptr *out, size_t bytes, void *) { return emu::allocate(out, bytes); }

API Result cuMemFree_v2(Ptr address) {
    ENTER;
    if (emu::is_foreign(address)) return INVALID_VALUE;
    emu::drain_all();
    if (address) emu::release(address);
    return OK;
}

API Result cuMemFreeAsync(Ptr address, void *stream) {
    ENTER;
    if (!address) return OK;
    if (emu::is_foreign(address)) return INVALID_VALUE;
    return emu::submit(stream, [address] { emu::release(address); });
}

// What is freed is never kept here; that a program wants it kept is heard, and checked.
static char default_pool;

API Result cuDeviceGetDefaultMemPool(void **pool, int) {
    ENTER;
    *pool = &default_pool;
    return OK;
}

API Result cuMemPoolSetAttribute(void *pool, int, void *value) {
    ENTER;
    return pool == &default_pool && value ? OK : INVALID_VALUE;
}

API Result cuMemHostAlloc(void **out, size_t bytes, unsigned) { return emu::pin(out, bytes); }
API Result cuMemAllocHost_v2(void **out, size_t bytes) { return emu::pin(out, bytes); }
API Result cuMemFreeHost(void *address) { return emu::unpin(address); }

API Result cuMemHostGetDevicePointer_v2(Ptr *, void *, unsigned) { return NOT_SUPPORTED; }

API Result cuMemGetInfo_v2(size_t *free_bytes, size_t *total_bytes) {
    ENTER;
    *total_bytes = (size_t)emu::number("EMU_MEM_MB", 16384) << 20;
    *free_bytes = *total_bytes - (size_t)emu::here().used_bytes;
    return OK;
}
