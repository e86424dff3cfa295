// Streams and events. Work runs at once in the order of the calls; with EMU_LAZY=1 it waits in its
// stream until somebody must see its result, which is the latest that a device may be: a missing
// wait between two streams, or between the device and the host, then shows as a wrong result.
#include <chrono>
#include <deque>
#include <set>

#include "emu.h"

namespace emu {

struct Stream {
    Device *device;
    std::deque<Work> line;
    unsigned long done = 0, added = 0;  // of the work that was ever in line
};
using Time = std::chrono::steady_clock::time_point;
struct Event {
    Stream *stream = nullptr;  // where it was recorded last; none: never, and nothing to wait for
    unsigned long at = 0;      // what was in line before it
    Time time;
};

static std::set<Stream *> &streams = *new std::set<Stream *>;

static Stream *new_stream() {
    auto *stream = new Stream{};
    stream->device = &here();
    streams.insert(stream);
    return stream;
}

static Stream *default_stream() {
    static auto &known = *new std::map<Device *, Stream *>;
    Stream *&mine = known[&here()];
    return mine ? mine : mine = new_stream();
}

// 0, 1 and 2 mean the default stream of the context or of the thread.
static Stream *stream_of(void *handle) {
    return (uintptr_t)handle <= 2 ? default_stream() : (Stream *)handle;
}

// A stream of another device may be waited for, too.
static void drain_to(Stream *stream, unsigned long at) {
    On on(stream->device);
    while (stream->done < at && !stream->line.empty()) {
        Work work = std::move(stream->line.front());
        stream->line.pop_front();
        stream->done++;
        if (!here().sticky) work();
    }
}

void drain(void *handle) { drain_to(stream_of(handle), ~0ul); }

void drain_all() {
    for (Stream *stream : streams)
        if (stream->device == &here()) drain_to(stream, ~0ul);
}

// The legacy default stream waits for all others, and they for it.
Result submit(void *handle, Work work) {
    Stream *stream = stream_of(handle);
    if (is_elsewhere(stream->device, "a stream")) return INVALID_HANDLE;
    bool is_default = stream == default_stream();
    if (is_default) drain_all();
    stream->added++;
    stream->line.push_back(std::move(work));
    if (!is_set("EMU_LAZY") || is_default) drain_to(stream, ~0ul);
    // A failure that a device would report later is reported at a later call.
    return is_set("EMU_STICKY_ASYNC") ? OK : here().sticky;
}

void forget_streams() {
    for (Stream *stream : streams)
        if (stream->device == &here()) stream->line.clear();
}

}  // namespace emu

using emu::Event;
using emu::Stream;

API Result cuStreamCreate(void **out, unsigned) {
    ENTER;
    *out = emu::new_stream();
    return OK;
}

API Result cuStreamCreateWithPriority(void **out, unsigned flags, int) {
    return cuStreamCreate(out, flags);
}

// The handle stays valid for events that were recorded in the stream.
API Result cuStreamDestroy_v2(void *stream) {
    LOCK;
    emu::drain(stream);
    return emu::here().sticky;
}

API Result cuStreamSynchronize(void *stream) {
    ENTER;
    emu::counters().syncs++;
    emu::drain(stream);
    return emu::here().sticky;
}

API Result cuCtxSynchronize() {
    ENTER;
    emu::counters().syncs++;
    emu::drain_all();
    return emu::here().sticky;
}

API Result cuStreamQuery(void *stream) {
    ENTER;
    emu::drain(stream);
    return emu::here().sticky;
}

API Result cuStreamWaitEvent(void *stream, Event *event, unsigned) {
    ENTER;
    if (!event->stream) return OK;
    Stream *other = event->stream;
    unsigned long at = event->at;
    if (other == emu::stream_of(stream)) return OK;
    return emu::submit(stream, [other, at] { emu::drain_to(other, at); });
}

API Result cuStreamIsCapturing(void *, int *status) {
    LOCK;
    *status = 0;
    return emu::here().sticky;
}

API Result cuStreamGetCaptureInfo_v2(void *, int *status, ...) {
    LOCK;
    *status = 0;
    return emu::here().sticky;
}

API Result cuEventCreate(Event **out, unsigned) {
    ENTER;
    *out = new Event;
    return OK;
}

API Result cuEventDestroy_v2(Event *event) {
    LOCK;
    delete event;
    return emu::here().sticky;
}

API Result cuEventRecord(Event *event, void *handle) {
    ENTER;
    Stream *stream = emu::stream_of(handle);
    if (emu::is_elsewhere(stream->device, "a stream")) return INVALID_HANDLE;
    event->stream = stream;
    event->at = event->stream->added;
    event->time = std::chrono::steady_clock::now();
    return OK;
}

API Result cuEventSynchronize(Event *event) {
    ENTER;
    if (event->stream) emu::drain_to(event->stream, event->at);
    return emu::here().sticky;
}

API Result cuEventQuery(Event *event) { return cuEventSynchronize(event); }

// The host's time between the two records: the emulated device has no speed of its own.
API Result cuEventElapsedTime_v2(float *ms, Event *from, Event *to) {
    ENTER;
    *ms = std::chrono::duration<float, std::milli>(to->time - from->time).count();
    return OK;
}

API Result cuEventElapsedTime(float *ms, Event *from, Event *to) {
    return cuEventElapsedTime_v2(ms, from, to);
}
