// SPDX-License-Identifier: Apache-2.0
#include "models/train/event_file.h"

#include "synth/base/error.h"
#include "synth/shard/codec.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>

namespace radforge::models {
namespace {

constexpr std::array<uint32_t, 256> crc_table() {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t c = i;
        for (int k = 0; k < 8; ++k) c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
        table[i] = c;
    }
    return table;
}
constexpr std::array<uint32_t, 256> kCrc = crc_table();

std::string little_endian(uint64_t value, size_t bytes) {
    std::string out(bytes, '\0');
    for (size_t i = 0; i < bytes; ++i) out[i] = char(value >> (8 * i) & 255);
    return out;
}

/// TensorFlow rotates and shifts its checksums, so that a checksum of data that holds one stays a good one.
std::string masked(const std::string& bytes) {
    const uint32_t crc = crc32c(bytes);
    return little_endian((crc >> 15 | crc << 17) + 0xa282ead8u, 4);
}

// Protocol buffers: a field is its number and wire type, then the value.
std::string varint(uint64_t value) {
    std::string out;
    for (; value > 127; value >>= 7) out += char((value & 127) | 128);
    return out + char(value);
}
std::string number(uint32_t field, uint64_t value) { return varint(field << 3) + varint(value); }
std::string bytes_field(uint32_t field, const std::string& value) {
    return varint(field << 3 | 2) + varint(value.size()) + value;
}
std::string float_field(uint32_t field, float value) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, 4);
    return varint(field << 3 | 5) + little_endian(bits, 4);
}
std::string double_field(uint32_t field, double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, 8);
    return varint(field << 3 | 1) + little_endian(bits, 8);
}

double seconds_since_epoch() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

uint32_t crc32c(const std::string& bytes) {
    uint32_t crc = ~0u;
    for (const char c : bytes) crc = kCrc[(crc ^ uint8_t(c)) & 255] ^ crc >> 8;
    return ~crc;
}

std::string tf_record(const std::string& bytes) {
    const std::string length = little_endian(bytes.size(), 8);
    return length + masked(length) + bytes + masked(bytes);
}

EventFile::EventFile(const std::string& directory) {
    std::filesystem::create_directories(directory);
    const auto name = [&](int64_t stamp) {
        return directory + "/events.out.tfevents." + std::to_string(stamp) + "." + std::to_string(getpid()) +
               ".radforge";
    };
    auto stamp = int64_t(seconds_since_epoch());
    while (std::filesystem::exists(name(stamp))) ++stamp;  // two starts within one second
    path_ = name(stamp);
    file_.open(path_, std::ios::binary);
    file_ << tf_record(double_field(1, seconds_since_epoch()) + bytes_field(3, "brain.Event:2"));
    if (!file_.flush()) throw Error(ErrorKind::TryAgain, "cannot write").where(path_);
}

void EventFile::event(int64_t step, const std::string& value) {
    file_ << tf_record(double_field(1, seconds_since_epoch()) + number(2, uint64_t(step)) +
                       bytes_field(5, bytes_field(1, value)));
    if (!file_.flush()) throw Error(ErrorKind::TryAgain, "cannot write").where(path_);
}

void EventFile::scalar(const std::string& tag, int64_t step, double value) {
    event(step, bytes_field(1, tag) + float_field(2, float(value)));
}

void EventFile::image(const std::string& tag, int64_t step, const Image& image) {
    event(step, bytes_field(1, tag) + bytes_field(4, number(1, uint64_t(image.height_px)) +
                                                         number(2, uint64_t(image.width_px)) +
                                                         number(3, uint64_t(image.channels)) +
                                                         bytes_field(4, shard::encode_png(image))));
}

void EventFile::text(const std::string& tag, int64_t step, const std::string& markdown) {
    constexpr uint64_t kString = 7;  // DataType.DT_STRING
    const std::string tensor =
        number(1, kString) + bytes_field(2, bytes_field(2, number(1, 1))) + bytes_field(8, markdown);
    event(step, bytes_field(1, tag) + bytes_field(8, tensor) +
                    bytes_field(9, bytes_field(1, bytes_field(1, "text"))));
}

}  // namespace radforge::models
