// A wild access inside a kernel or a product becomes CUDA_ERROR_ILLEGAL_ADDRESS, as on a device.
#include <csetjmp>
#include <csignal>

#include "emu.h"

namespace emu {

static thread_local sigjmp_buf *on_fault;
static Ptr fault_address;
static struct sigaction before;

// Runs on a small stack: what is to be said is said later.
static void fault(int, siginfo_t *info, void *) {
    if (!on_fault) {
        sigaction(SIGSEGV, &before, nullptr);
        return;
    }
    fault_address = (Ptr)info->si_addr;
    siglongjmp(*on_fault, 1);
}

Result guarded(const char *what, const std::function<void()> &work) {
    sigjmp_buf here;
    if (sigsetjmp(here, 1)) {
        on_fault = nullptr;
        report_fault(what, fault_address);
        return emu::here().sticky = ILLEGAL_ADDRESS;
    }
    on_fault = &here;
    work();
    on_fault = nullptr;
    return OK;
}

void install_guard() {
    struct sigaction action {};
    action.sa_sigaction = fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, &before);
    sigaction(SIGBUS, &action, nullptr);
}

}  // namespace emu
