// The devices of the machine, of which each has a primary context, which stands for it here: what
// breaks one leaves the others whole, and what belongs to one is of no use on another.
#include <algorithm>

#include "emu.h"

namespace emu {

static thread_local Device *current;

// Never destroyed: they are still wanted when the process ends.
static Device *all() {
    static Device *all = [] {
        auto *some = new Device[DEVICES_MAX]{};
        for (int n = 0; n < DEVICES_MAX; n++) some[n].number = n;
        return some;
    }();
    return all;
}

int devices() { return (int)std::clamp(number("EMU_DEVICES", 1), 1l, (long)DEVICES_MAX); }

Device *device(int number) {
    return number >= 0 && number < devices() ? &all()[number] : nullptr;
}

Device &here() { return current ? *current : all()[0]; }

On::On(Device *device) : before(current) { current = device; }
On::~On() { current = before; }

bool is_elsewhere(const Device *device, const char *what) {
    if (device == &here()) return false;
    say("%s of device %d is used on device %d", what, device->number, here().number);
    return true;
}

bool vanished() {
    long at = number("EMU_VANISH_AT", -1);
    return at >= 0 && (long)here().launches >= at;
}

void repair_all() {
    for (int n = 0; n < DEVICES_MAX; n++) all()[n].sticky = OK;
}

}  // namespace emu

// A context lives while somebody holds it; a new one is whole again.
API Result cuDevicePrimaryCtxRetain(emu::Device **context, int number) {
    LOCK;
    emu::Device *device = emu::device(number);
    if (!device) return INVALID_DEVICE;
    emu::On on(device);
    if (emu::vanished()) return DEVICE_UNAVAILABLE;
    device->holders++;
    *context = device;
    return OK;
}

API Result cuDevicePrimaryCtxReset_v2(int number) {
    LOCK;
    emu::Device *device = emu::device(number);
    if (!device) return INVALID_DEVICE;
    emu::On on(device);
    emu::forget_streams();
    device->sticky = OK;
    return OK;
}

API Result cuDevicePrimaryCtxRelease_v2(int number) {
    LOCK;
    emu::Device *device = emu::device(number);
    if (!device) return INVALID_DEVICE;
    bool is_last = device->holders > 0 && --device->holders == 0;
    return is_last ? cuDevicePrimaryCtxReset_v2(number) : OK;
}

API Result cuCtxGetCurrent(emu::Device **context) {
    *context = emu::current;
    return OK;
}

API Result cuCtxSetCurrent(emu::Device *context) {
    emu::current = context;
    return OK;
}

API Result cuCtxGetDevice(int *device) {
    *device = emu::current ? emu::current->number : 0;
    return emu::current ? OK : INVALID_CONTEXT;
}

API Result cuCtxDestroy_v2(emu::Device *context) {
    LOCK;
    return context->sticky;
}

API Result cuCtxSetFlags(unsigned) {
    ENTER;
    return OK;
}

// For tests in the same process: what is broken is whole again.
API void emu_repair() {
    LOCK;
    emu::repair_all();
}
