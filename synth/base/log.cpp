// SPDX-License-Identifier: Apache-2.0
#include "synth/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace radforge {
namespace {

std::string json_string(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", int(c));
        else
            out += c;
    }
    return out + '"';
}

}  // namespace

struct Logger::Sink {
    spdlog::logger logger{"radforge", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()};
    bool json = false;
    void put(spdlog::level::level_enum level, const std::string& message) {
        logger.log(level, json ? json_string(message) : message);
    }
};

Logger::Logger(LogFormat format, bool quiet)
    : sink_(std::make_unique<Sink>()), format_(format), quiet_(quiet) {
    sink_->json = format == LogFormat::Json;
    sink_->logger.set_pattern(sink_->json ? R"({"level":"%l","message":%v})" : "%^%l%$: %v");
    sink_->logger.set_level(quiet ? spdlog::level::warn : spdlog::level::info);
    sink_->logger.flush_on(spdlog::level::info);
}
Logger::~Logger() = default;

void Logger::info(const std::string& message) { sink_->put(spdlog::level::info, message); }
void Logger::warn(const std::string& message) { sink_->put(spdlog::level::warn, message); }
void Logger::error(const std::string& message) { sink_->put(spdlog::level::err, message); }

}  // namespace radforge
