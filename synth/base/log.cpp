// SPDX-License-Identifier: Apache-2.0
#include "synth/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <cstdint>

namespace radforge {
namespace {

/// Bytes of the UTF-8 character that `text` has at `at`; 0 where there is none (RFC 3629).
size_t utf8_bytes(const std::string& text, size_t at) {
    const auto byte = [&](size_t i) { return i < text.size() ? int(uint8_t(text[i])) : 0; };
    const int lead = byte(at), second = byte(at + 1);
    if (lead < 0x80) return 1;
    const size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < size; ++i)
        if ((byte(at + i) & 0xc0) != 0x80) return 0;
    // Longer forms than needed, surrogates, and what lies beyond the last code point.
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
        return 0;
    return size;
}

/// Paths may hold any bytes, JSON only UTF-8: others become U+FFFD.
std::string json_string(const std::string& text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        const char c = text[i];
        const size_t size = utf8_bytes(text, i);
        if (size == 0)
            out += "\xef\xbf\xbd";
        else if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (uint8_t(c) < 0x20)
            out += fmt::format("\\u{:04x}", int(c));
        else
            out.append(text, i, size);
        i += std::max<size_t>(size, 1);
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
