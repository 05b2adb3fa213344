// SPDX-License-Identifier: Apache-2.0
#include "synth/claim.h"

#include "synth/shard/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace radforge {
namespace {

/// @returns the tag in a claim; empty when it is gone
std::string holder(const std::string& path) {
    char target[512];
    const ssize_t length = readlink(path.c_str(), target, sizeof target);
    return length > 0 ? std::string(target, size_t(length)) : std::string();
}

bool is_abandoned(const std::string& path, double lease_s) {
    const std::string tag = holder(path);
    if (tag.empty() || shard::is_dead_here(tag)) return true;
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return true;
    return difftime(time(nullptr), status.st_mtime) > lease_s;
}

}  // namespace

std::optional<Claim> Claim::take(const std::string& directory, const std::string& shard_file,
                                 double lease_s) {
    const std::string path = directory + "/" + shard::kClaimPrefix + shard_file, tag = shard::process_tag();
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (symlink(tag.c_str(), path.c_str()) == 0) return Claim(path);
        // No symbolic links on this file system: work without claims.
        if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP) return Claim("");
        if (errno != EEXIST) shard::throw_system_error("claiming", path, errno);
        if (!is_abandoned(path, lease_s)) return std::nullopt;
        unlink(path.c_str());
    }
    return std::nullopt;
}

Claim::Claim(Claim&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }

Claim::~Claim() {
    if (!path_.empty() && holder(path_) == shard::process_tag()) unlink(path_.c_str());
}

void Claim::renew() const {
    if (!path_.empty()) utimensat(AT_FDCWD, path_.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

int remove_dead_claims(const std::string& directory) {
    int removed = 0;
    for (const std::string& name : shard::list_directory(directory)) {
        if (name.rfind(shard::kClaimPrefix, 0) != 0) continue;
        const std::string path = directory + "/" + name;
        if (shard::is_dead_here(holder(path)) && unlink(path.c_str()) == 0) ++removed;
    }
    return removed;
}

}  // namespace radforge
