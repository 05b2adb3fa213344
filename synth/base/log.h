// SPDX-License-Identifier: Apache-2.0
/// Messages to the person or the job log that runs the program; passed by reference, never global.
#pragma once
#include <memory>
#include <string>

namespace radforge {

enum class LogFormat { Text, Json };  ///< Json: one object a line with "level", "message"

/// Thread-safe. Writes to standard error.
class Logger {
public:
    explicit Logger(LogFormat format = LogFormat::Text, bool quiet = false);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    void info(const std::string& message);  ///< silent when quiet
    void warn(const std::string& message);
    void error(const std::string& message);
    LogFormat format() const { return format_; }
    bool quiet() const { return quiet_; }

private:
    struct Sink;
    std::unique_ptr<Sink> sink_;
    LogFormat format_;
    bool quiet_;
};

}  // namespace radforge
