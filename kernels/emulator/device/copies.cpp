// Copies between host and device, checked against the bounds of allocations. From and to memory
// that is not pinned the driver copies before it returns; pinned memory is read and written when
// the stream comes to it.
#include <cstring>
#include <vector>

#include "emu.h"

namespace emu {

static bool outside(const char *what, Ptr address, size_t bytes) {
    if (is_foreign(address)) return true;
    if (inside(address, bytes)) return false;
    say("%s of %zu bytes leaves its allocation", what, bytes);
    return true;
}

static Result to_device(Ptr to, const void *from, size_t bytes, void *stream) {
    ENTER;
    if (outside("copy to the device", to, bytes)) return INVALID_VALUE;
    counters().h2d++;
    counters().h2d_bytes += (double)bytes;
    Near near;
    touch(stream, {{to, to + bytes}}, near);
    if (is_pinned(from) || !is_set("EMU_LAZY"))
        return submit(stream, [=] { memcpy((void *)to, from, bytes); });
    auto *first = (const char *)from;
    std::vector<char> staged(first, first + bytes);
    return submit(stream, [to, staged] { memcpy((void *)to, staged.data(), staged.size()); });
}

static Result to_host(void *to, Ptr from, size_t bytes, void *stream) {
    ENTER;
    if (outside("copy to the host", from, bytes)) return INVALID_VALUE;
    counters().d2h++;
    counters().d2h_bytes += (double)bytes;
    Result result = submit(stream, [=] { memcpy(to, (const void *)from, bytes); });
    if (!is_pinned(to)) drain(stream);
    return result ? result : here().sticky;
}

static Result on_device(Ptr to, Ptr from, size_t bytes, void *stream) {
    ENTER;
    if (outside("copy on the device", to, bytes)) return INVALID_VALUE;
    if (outside("copy on the device", from, bytes)) return INVALID_VALUE;
    counters().d2d++;
    counters().d2d_bytes += (double)bytes;
    return submit(stream, [=] { memmove((void *)to, (const void *)from, bytes); });
}

template <class T>
static Result fill(Ptr to, T value, size_t count, void *stream) {
    ENTER;
    if (outside("memset", to, count * sizeof value)) return INVALID_VALUE;
    return submit(stream, [=] {
        for (size_t i = 0; i < count; i++) memcpy((T *)to + i, &value, sizeof value);
    });
}

}  // namespace emu

API Result cuMemcpyHtoDAsync_v2(Ptr to, const void *from, size_t bytes, void *stream) {
    return emu::to_device(to, from, bytes, stream);
}

API Result cuMemcpyDtoHAsync_v2(void *to, Ptr from, size_t bytes, void *stream) {
    return emu::to_host(to, from, bytes, stream);
}

API Result cuMemcpyDtoDAsync_v2(Ptr to, Ptr from, size_t bytes, void *stream) {
    return emu::on_device(to, from, bytes, stream);
}

API Result cuMemcpyHtoD_v2(Ptr to, const void *from, size_t bytes) {
    return emu::to_device(to, from, bytes, nullptr);
}

API Result cuMemcpyDtoH_v2(void *to, Ptr from, size_t bytes) {
    return emu::to_host(to, from, bytes, nullptr);
}

API Result cuMemcpyDtoD_v2(Ptr to, Ptr from, size_t bytes) {
    return emu::on_device(to, from, bytes, nullptr);
}

API Result cuMemsetD8Async(Ptr to, unsigned char value, size_t count, void *stream) {
    return emu::fill(to, value, count, stream);
}

API Result cuMemsetD16Async(Ptr to, unsigned short value, size_t count, void *stream) {
    return emu::fill(to, value, count, stream);
}

API Result cuMemsetD32Async(Ptr to, unsigned value, size_t count, void *stream) {
    return emu::fill(to, value, count, stream);
}

API Result cuMemsetD8_v2(Ptr to, unsigned char value, size_t count) {
    return emu::fill(to, value, count, nullptr);
}
