// SPDX-License-Identifier: Apache-2.0
#include "models/train/event_file.h"

#include "synth/shard/codec.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace radforge::models {
namespace {

uint64_t little_endian(const std::string& bytes, size_t at, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value |= uint64_t(uint8_t(bytes[at + i])) << (8 * i);
    return value;
}

/// CRC-32C bit by bit: another way than the table's.
uint32_t slow_crc(const std::string& bytes) {
    uint32_t crc = ~0u;
    for (const char c : bytes) {
        crc ^= uint8_t(c);
        for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

bool good(const std::string& bytes, uint64_t stored) {
    const uint32_t crc = uint32_t(stored) - 0xa282ead8u;
    return (crc << 15 | crc >> 17) == slow_crc(bytes);
}

std::vector<std::string> records(const std::string& file) {
    std::vector<std::string> out;
    for (size_t at = 0; at < file.size();) {
        const uint64_t length = little_endian(file, at, 8);
        EXPECT_TRUE(good(file.substr(at, 8), little_endian(file, at + 8, 4)));
        out.push_back(file.substr(at + 12, length));
        EXPECT_TRUE(good(out.back(), little_endian(file, at + 12 + length, 4)));
        at += 16 + length;
    }
    return out;
}

/// Fields of one protobuf message: number -> value; numbers as 8 little-endian bytes.
std::multimap<uint64_t, std::string> message(const std::string& bytes) {
    std::multimap<uint64_t, std::string> fields;
    size_t at = 0;
    const auto varint = [&] {
        uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = uint8_t(bytes.at(at++));
            value |= uint64_t(byte & 127) << shift;
            if (byte < 128) return value;
        }
    };
    while (at < bytes.size()) {
        const uint64_t key = varint();
        if ((key & 7) == 0) {
            const uint64_t value = varint();
            std::string text(8, '\0');
            std::memcpy(text.data(), &value, 8);
            fields.emplace(key >> 3, text);
        } else {
            const size_t size = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : size_t(varint());
            fields.emplace(key >> 3, bytes.substr(at, size));
            at += size;
        }
    }
    EXPECT_EQ(at, bytes.size());
    return fields;
}

const std::string& field(const std::multimap<uint64_t, std::string>& fields, uint64_t number) {
    return fields.find(number)->second;
}

TEST(EventFile, Crc32cHasTheValueOfRfc3720) {
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
}

TEST(EventFile, RecordsCarryTheirChecksumsAndReadBack) {
    const test::Scratch scratch;
    Image image(2, 3, 3, PixelType::U8, ColorSpace::Srgb);
    std::string path;
    {
        EventFile events(scratch.path());
        path = events.path();
        events.scalar("train/loss", 300, 0.25);
        events.image("preview", 301, image);
        events.text("config", 302, "a = 1");
    }
    const std::vector<std::string> all = records(test::slurp(path));
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(field(message(all[0]), 3), "brain.Event:2");
    const auto scalar = message(all[1]);
    EXPECT_EQ(little_endian(field(scalar, 2), 0, 8), 300u);
    const auto value = message(field(message(field(scalar, 5)), 1));
    EXPECT_EQ(field(value, 1), "train/loss");
    float number = 0;
    std::memcpy(&number, field(value, 2).data(), 4);
    EXPECT_EQ(number, 0.25f);
    const auto picture = message(field(message(field(message(field(message(all[2]), 5)), 1)), 4));
    EXPECT_EQ(little_endian(field(picture, 2), 0, 8), 3u);
    EXPECT_EQ(field(picture, 4), shard::encode_png(image));
    const auto tensor = message(field(message(field(message(field(message(all[3]), 5)), 1)), 8));
    EXPECT_EQ(field(tensor, 8), "a = 1");
}

}  // namespace
}  // namespace radforge::models
