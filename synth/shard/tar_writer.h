// SPDX-License-Identifier: Apache-2.0
/// POSIX ustar headers (IEEE Std 1003.1, pax, "ustar Interchange Format") with nothing that varies:
/// mode 0444, owner 0, time 0.
#pragma once
#include "synth/base/span.h"

#include <cstdint>
#include <string>

namespace radforge::shard {

constexpr size_t kTarBlock = 512;

/// The 512-byte header of a regular file.
/// @param name  1..99 characters
/// @param size  below 8 GiB
/// @throws Error when either is out of range
std::string tar_header(const std::string& name, uint64_t size);

/// Zeros behind a content of this size.
constexpr size_t tar_padding(uint64_t size) { return size_t((kTarBlock - size % kTarBlock) % kTarBlock); }

/// Appends header, content and padding.
void append_tar_member(std::string& tar, const std::string& name, Span<const std::byte> content);

}  // namespace radforge::shard
