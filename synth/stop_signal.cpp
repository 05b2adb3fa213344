// SPDX-License-Identifier: Apache-2.0
#include "synth/stop_signal.h"

#include <atomic>

namespace radforge {
namespace {

// The one mutable static: POSIX hands a handler nothing but the signal's number.
std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void mark_signal(int number) { received_signal.store(number); }

}  // namespace

StopSignal::StopSignal() {
    received_signal.store(0);
    struct sigaction action {};
    action.sa_handler = mark_signal;
    action.sa_flags = int(SA_RESETHAND) | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
}

StopSignal::~StopSignal() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
}

int StopSignal::received() const { return received_signal.load(); }

}  // namespace radforge
