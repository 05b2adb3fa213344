// SPDX-License-Identifier: Apache-2.0
#include "synth/base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace radforge {
namespace {

/// A line that cannot be written (full disk, closed or dead pipe) is lost; the work goes on.
void tell(const std::string& line) {
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::string format_duration(double seconds) {
    const auto s = int64_t(seconds + 0.5);
    if (s >= 3600) return fmt::format("{}h {:02}m", s / 3600, s / 60 % 60);
    if (s >= 60) return fmt::format("{}m {:02}s", s / 60, s % 60);
    return fmt::format("{}s", s);
}

Progress::Progress(Logger& logger, std::string label, std::string unit, int64_t total, int64_t done_before)
    : logger_(logger),
      label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      before_(done_before),
      done_(done_before),
      start_(std::chrono::steady_clock::now()),
      shown_(start_),
      terminal_(isatty(2) != 0) {}

Progress::~Progress() { finish(); }

void Progress::advance(int64_t count, const std::string& note) {
    const std::lock_guard<std::mutex> lock(mutex_);
    note_ = note;
    done_ += count;
    const auto now = std::chrono::steady_clock::now();
    const auto pause = std::chrono::milliseconds(terminal_ ? 100 : 10000);
    if (now - shown_ < pause) return;
    shown_ = now;
    print(false);
}

void Progress::finish() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (finished_) return;
    finished_ = true;
    print(true);
}

void Progress::print(bool last) {
    if (logger_.quiet()) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double rate = seconds > 0 ? double(done_ - before_) / seconds : 0;
    const double left = rate > 0 ? double(total_ - done_) / rate : 0;
    if (logger_.format() == LogFormat::Json)
        return tell(
            fmt::format(R"({{"progress":"{}","done":{},"total":{},"per_second":{:.4g},"eta_s":{:.0f}}})"
                        "\n",
                        label_, done_, total_, rate, left));
    const double part = total_ > 0 ? std::min(1.0, double(done_) / double(total_)) : 1.0;
    std::string line = fmt::format("{}/{} {}", done_, total_, unit_);
    line += rate >= 1 || rate == 0 ? fmt::format("  {:.1f} {}/s", rate, unit_)
                                   : fmt::format("  {:.1f} s each", 1 / rate);
    line += last ? "  took " + format_duration(seconds) : rate > 0 ? "  ETA " + format_duration(left) : "";
    if (!note_.empty()) line += "  " + note_;
    if (!terminal_) return tell(fmt::format("{} {:3.0f}% {}\n", label_, 100 * part, line));
    const auto filled = size_t(part * 24);
    tell(fmt::format("\r{} [{}{}] {:3.0f}% {}\033[K{}", label_, std::string(filled, '#'),
                     std::string(24 - filled, '.'), 100 * part, line, last ? "\n" : ""));
}

}  // namespace radforge
