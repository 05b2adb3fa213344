// SPDX-License-Identifier: Apache-2.0
/// Errors of the operating system.
#pragma once
#include <string>

namespace radforge {

/// Throws Error for a failed system call. Full disk, quota, I/O errors and too many open files are TryAgain
/// (75), the rest BadData.
/// @param doing  "writing", "renaming"
[[noreturn]] void throw_system_error(const std::string& doing, const std::string& path, int error_number);

/// For files that others read, who do not say why they cannot: set errno to 0 before, call this behind a
/// failure.
/// @throws Error (75) when errno tells of this moment (I/O error, too many open files), not of the file
void throw_if_passing(const std::string& path);

}  // namespace radforge
