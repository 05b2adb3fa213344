// SPDX-License-Identifier: Apache-2.0
/// Reads tar files as this program writes them, member by member, without copying.
#pragma once
#include "synth/base/span.h"

#include <cstdint>
#include <optional>
#include <string>

namespace radforge::shard {

/// One file in a tar; `content` points into the bytes given to the reader.
struct TarMember {
    std::string name;
    uint64_t offset = 0;  ///< of the content, from the start of the tar
    Span<const std::byte> content;
};

/// Walks over a mapped tar. Every header must be byte for byte the one tar_header() makes, and padding zero:
/// whatever else is an error with its offset.
class TarReader {
public:
    /// @param tar   outlives the reader
    /// @param path  for messages
    TarReader(Span<const std::byte> tar, std::string path);

    /// @returns nothing at the two zero blocks that end the archive
    /// @throws Error on a damaged or foreign header, non-zero padding, or a cut
    std::optional<TarMember> next();
    /// Where the two zero blocks begin; valid after next() returned nothing.
    uint64_t end_offset() const { return position_; }

private:
    [[noreturn]] void fail(const std::string& what, uint64_t offset) const;
    const std::byte* data_;
    uint64_t size_, position_ = 0;
    std::string path_;
};

}  // namespace radforge::shard
