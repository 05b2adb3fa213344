// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C and SIGTERM as a question that long work asks between two samples.
#pragma once
#include <csignal>

namespace radforge {

/// While alive, SIGINT and SIGTERM only set a mark; a second one kills as usual. One at a time.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// @returns the signal that came, or 0. Thread-safe.
    int received() const;

private:
    struct sigaction old_interrupt_ {
    }, old_terminate_{};
};

}  // namespace radforge
