// SPDX-License-Identifier: Apache-2.0
#include "synth/base/file_list.h"

#include "synth/base/error.h"

#include <algorithm>
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
    if (problem)
        throw Error(ErrorKind::BadData, "cannot be listed: " + problem.message()).where(folder.string());
    std::sort(entries.begin(), entries.end());
    return entries;
}

void list(const fs::path& path, std::set<fs::path>& seen, std::set<std::string>& files) {
    std::error_code nowhere;  // a link may lead there, or in a circle
    if (fs::is_regular_file(path, nowhere)) files.insert(path.string());
    if (!fs::is_directory(path, nowhere) || !seen.insert(fs::canonical(path)).second) return;
    for (const fs::path& entry : entries_of(path)) list(entry, seen, files);
}

}  // namespace

std::set<std::string> files_below(const std::string& path) {
    std::error_code problem;
    if (!fs::exists(path, problem)) {
        const std::string why = problem ? problem.message() : "no such file or folder";
        throw Error(ErrorKind::BadData, "cannot be listed: " + why).where(path);
    }
    std::set<fs::path> seen;
    std::set<std::string> files;
    list(path, seen, files);
    return files;
}

}  // namespace radforge
