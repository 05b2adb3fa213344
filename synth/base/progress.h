// SPDX-License-Identifier: Apache-2.0
/// A progress bar with rate and time left; plain lines where standard error is no terminal, JSON lines on
/// request.
#pragma once
#include "synth/base/log.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace radforge {

/// Thread-safe. Silent when the logger is quiet.
class Progress {
public:
    Progress(Logger& logger, std::string label, std::string unit, int64_t total, int64_t done_before = 0);
    ~Progress();
    /// @param note  shown behind the rate until the next one: "loss 0.31"
    void advance(int64_t count = 1, const std::string& note = "");
    void finish();  ///< prints the last state once

private:
    void print(bool last);
    Logger& logger_;
    std::string label_, unit_, note_;
    int64_t total_, before_, done_;
    std::chrono::steady_clock::time_point start_, shown_;
    std::mutex mutex_;
    bool terminal_, finished_ = false;
};

/// "1h 02m", "3m 20s", "12s".
std::string format_duration(double seconds);

}  // namespace radforge
