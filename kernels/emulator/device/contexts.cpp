// The primary context of each device. There is nothing in it that the device itself does not hold,
// which stands for it here.
#include "emu.h"

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
    *context = emu::current();
    return OK;
}

API Result cuCtxSetCurrent(emu::Device *context) {
    emu::set_current(context);
    return OK;
}

API Result cuCtxGetDevice(int *device) {
    *device = emu::here().number;
    return emu::current() ? OK : INVALID_CONTEXT;
}

API Result cuCtxDestroy_v2(emu::Device *context) {
    LOCK;
    return context->sticky;
}

API Result cuCtxSetFlags(unsigned) {
    ENTER;
    return OK;
}
