// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/tar_reader.h"

#include "synth/base/error.h"
#include "synth/shard/tar_writer.h"

#include <algorithm>
#include <cstring>

namespace radforge::shard {
namespace {

bool all_zero(const std::byte* begin, const std::byte* end) {
    return std::all_of(begin, end, [](std::byte b) { return b == std::byte{0}; });
}

/// Eleven octal digits and NUL.
std::optional<uint64_t> parse_size(const char* field) {
    uint64_t value = 0;
    for (int i = 0; i < 11; ++i) {
        if (field[i] < '0' || field[i] > '7') return std::nullopt;
        value = value * 8 + uint64_t(field[i] - '0');
    }
    return value;
}

}  // namespace

TarReader::TarReader(Span<const std::byte> tar, std::string path)
    : data_(tar.data()), size_(tar.size()), path_(std::move(path)) {}

void TarReader::fail(const std::string& what, uint64_t offset) const {
    throw Error(ErrorKind::BadData, what + " at byte " + std::to_string(offset)).where(path_);
}

std::optional<TarMember> TarReader::next() {
    if (size_ - position_ < kTarBlock) fail("the tar is cut: no header", position_);
    const std::byte* const block = data_ + position_;
    if (all_zero(block, block + kTarBlock)) {
        if (size_ - position_ < 2 * kTarBlock || !all_zero(block + kTarBlock, block + 2 * kTarBlock))
            fail("a single zero block instead of the two that end a tar", position_);
        return std::nullopt;
    }
    const char* const text = reinterpret_cast<const char*>(block);
    const std::string name(text, strnlen(text, 100));
    const std::optional<uint64_t> size = parse_size(text + 124);
    if (name.empty() || name.size() > 99 || !size ||
        std::memcmp(tar_header(name, *size).data(), text, kTarBlock) != 0)
        fail("damaged or foreign tar header", position_);
    const uint64_t offset = position_ + kTarBlock;
    const uint64_t padded = (*size + kTarBlock - 1) / kTarBlock * kTarBlock;
    if (size_ - offset < padded) fail("the tar is cut inside member '" + name + "'", size_);
    if (!all_zero(data_ + offset + *size, data_ + offset + padded))
        fail("padding is not zero", offset + *size);
    position_ = offset + padded;
    return TarMember{name, offset, Span<const std::byte>(data_ + offset, *size)};
}

}  // namespace radforge::shard
