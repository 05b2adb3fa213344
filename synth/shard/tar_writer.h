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

/// Appends header, content and zero padding up to the next block.
void append_tar_member(std::string& tar, const std::string& name, Span<const std::byte> content);
/// The same where content that is appended to `tar` in place: between the two calls.
/// @returns where the member begins
size_t open_tar_member(std::string& tar);
/// @param begin  of open_tar_member()
/// @returns the content
Span<const std::byte> close_tar_member(std::string& tar, size_t begin, const std::string& name);

}  // namespace radforge::shard
