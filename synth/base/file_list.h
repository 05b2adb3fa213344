// SPDX-License-Identifier: Apache-2.0
/// Which files a folder holds.
#pragma once
#include <set>
#include <string>

namespace radforge {

/// All files below a folder, links followed, each folder once however many links lead to it; of a file
/// itself.
/// @throws Error when the path is not there, or a folder cannot be listed
std::set<std::string> files_below(const std::string& path);

}  // namespace radforge
