// SPDX-License-Identifier: Apache-2.0
/// Seconds of work done, whatever else the machine does: from differences of these.
#pragma once
#include <time.h>

namespace radforge {

inline double seconds_of(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}
/// By all threads of this process.
inline double process_cpu_s() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
/// By the calling thread.
inline double thread_cpu_s() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace radforge
