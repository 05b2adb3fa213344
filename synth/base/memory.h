// SPDX-License-Identifier: Apache-2.0
/// A bound on memory that is checked from headers, before anything is allocated.
#pragma once
#include <limits>
#include <string>

namespace radforge {

inline constexpr double kAnyMemory = std::numeric_limits<double>::infinity();

/// @throws Error naming `name` when `bytes` exceed `memory_gb` (1e9 bytes)
void require_memory(const std::string& name, double bytes, double memory_gb);

}  // namespace radforge
