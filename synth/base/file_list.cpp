// SPDX-License-Identifier: Apache-2.0
#include "synth/base/file_list.h"

#include "synth/base/error.h"
#include "synth/base/system_error.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

namespace radforge {
namespace {

namespace fs = std::filesystem;

/// In the order of their names, so that of two ways to a folder the same one is taken everywhere.
std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code problem;
    fs::directory_iterator entry(folder, problem), end;
    for (; !problem && entry != end; entry.increment(problem)) entries.push_back(entry->path());
    if (problem) throw_system_error("listing", folder.string(), problem.value());
    std::sort(entries.begin(), entries.end());
    return entries;
}

void list(const fs::path& path, std::set<fs::path>& seen, std::set<std::string>& files) {
    errno = 0;
    std::error_code nowhere;  // a link may lead there, or in a circle
    const fs::file_status status = fs::status(path, nowhere);
    if (nowhere) throw_if_passing(path.string());
    if (fs::is_regular_file(status)) files.insert(path.string());
    if (!fs::is_directory(status) || !seen.insert(fs::canonical(path)).second) return;
    for (const fs::path& entry : entries_of(path)) list(entry, seen, files);
}

}  // namespace

std::set<std::string> files_below(const std::string& path) {
    std::error_code problem;
    if (!fs::exists(path, problem)) throw_system_error("listing", path, problem ? problem.value() : ENOENT);
    std::set<fs::path> seen;
    std::set<std::string> files;
    list(path, seen, files);
    return files;
}

}  // namespace radforge
