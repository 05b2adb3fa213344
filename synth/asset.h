// SPDX-License-Identifier: Apache-2.0
/// Picture files that a user brings (environments, table tops), named by their content.
#pragma once
#include "synth/base/span.h"

#include <string>
#include <vector>

namespace radforge {

struct Asset {
    std::string path;
    std::string id;  ///< first 16 hex digits of the file's SHA-256: stable under renaming and moving
};

/// Files below `folder` (or the one file named) whose name ends in one of `extensions`, sorted by id, doubles
/// dropped.
/// @param what  what the files are, for messages ("HDR environments")
/// @throws Error when the folder is missing or holds none
std::vector<Asset> find_assets(const std::string& folder, Span<const std::string> extensions,
                               const std::string& what);

}  // namespace radforge
