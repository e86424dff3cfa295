// The devices of the machine, and which of them a thread is on: what breaks one leaves the others
// whole, and what belongs to one is of no use on another.
#include <algorithm>

#include "emu.h"

namespace emu {

static thread_local Device *its;  // the thread's

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

Device *current() { return its; }

void set_current(Device *device) { its = device; }

Device &here() { return its ? *its : all()[0]; }

On::On(Device *device) : before(its) { its = device; }
On::~On() { its = before; }

bool is_elsewhere(const Device *device, const char *what) {
    if (device == &here()) return false;
    say("%s of device %d is used on device %d", what, device->number, here().number);
    return true;
}

bool vanished() {
    long at = number("EMU_VANISH_AT", -1);
    return at >= 0 && (long)here().launches >= at;
}

bool is_down() { return here().sticky || vanished(); }

void repair_all() {
    for (int n = 0; n < DEVICES_MAX; n++) all()[n].sticky = OK;
}

}  // namespace emu

// For tests in the same process: what is broken is whole again.
API void emu_repair() {
    LOCK;
    emu::repair_all();
}
