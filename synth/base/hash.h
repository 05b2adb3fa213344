// SPDX-License-Identifier: Apache-2.0
/// SHA-256 (identity of files and inputs) and XXH3-64 (fast member checksums).
#pragma once
#include "synth/base/span.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace radforge {

/// Streaming SHA-256 (FIPS 180-4).
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    /// A second stream that has seen what this one has.
    Sha256 fork() const;
    void update(Span<const std::byte> bytes);
    void update(const std::string& text);
    std::string hex();  ///< 64 lower-case digits; ends the stream

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string sha256_hex(Span<const std::byte> bytes);
std::string sha256_hex(const std::string& text);
/// @throws Error when the file cannot be read
std::string sha256_file(const std::string& path);

uint64_t xxh3_64(Span<const std::byte> bytes);
inline Span<const std::byte> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace radforge
