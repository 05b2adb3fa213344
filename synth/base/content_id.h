// SPDX-License-Identifier: Apache-2.0
/// Names of files by their content.
#pragma once
#include "synth/base/span.h"

#include <string>
#include <vector>

namespace radforge {

/// The first 16 hex digits of each file's SHA-256, stable under renaming and moving; made on all threads.
/// @throws Error when one cannot be read
std::vector<std::string> content_ids(Span<const std::string> paths);

}  // namespace radforge
