// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/file.h"

#include "synth/base/error.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace radforge::shard {
namespace {

std::string joined(const std::string& directory, const std::string& name) { return directory + "/" + name; }

void sync_directory(const std::string& directory) {
    const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) throw_system_error("opening", directory, errno);
    const int result = fsync(fd);
    const int error = errno;
    close(fd);
    // Some file systems cannot fsync a directory and say EINVAL; they order renames themselves.
    if (result != 0 && error != EINVAL) throw_system_error("syncing", directory, error);
}

/// Field 22 of /proc/<pid>/stat: start time in clock ticks since boot; empty when there is no such process or
/// it is a zombie.
std::string start_time_of(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    if (!std::getline(file, line)) return "";
    const size_t close = line.rfind(')');
    if (close == std::string::npos) return "";
    std::istringstream rest(line.substr(close + 1));
    std::string field;
    rest >> field;
    if (field == "Z" || field == "X") return "";
    for (int number = 4; number <= 22; ++number) rest >> field;
    return field;
}

std::string machine() {
    char host[256] = {};
    if (gethostname(host, sizeof host - 1) != 0) throw_system_error("asking for", "host name", errno);
    char space[64] = {};
    const ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    std::string digits;
    for (ssize_t i = 0; i < length; ++i)
        if (space[i] >= '0' && space[i] <= '9') digits += space[i];
    return std::string(host) + "-" + digits;
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw_system_error("opening", path, errno);
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        throw Error(ErrorKind::BadData, "not a regular file").where(path);
    }
    size_ = size_t(status.st_size);
    if (size_ > 0) {
        void* const address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
        if (address == MAP_FAILED) {
            const int error = errno;
            close(fd);
            throw_system_error("mapping", path, error);
        }
        data_ = static_cast<const std::byte*>(address);
    }
    close(fd);
}

MappedFile::~MappedFile() {
    if (data_) munmap(const_cast<std::byte*>(data_), size_);
}

/// What a single block of a BlockWriter would hold is not worth its thread.
constexpr uint64_t kSmallBytes = BlockWriter::kBlockBytes;

AtomicFile::AtomicFile(const std::string& directory, const std::string& name)
    : directory_(directory),
      name_(name),
      temporary_(joined(directory, kTemporaryPrefix + name + "." + process_tag())) {
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw_system_error("creating", temporary_, errno);
}

AtomicFile::~AtomicFile() {
    blocks_.reset();
    if (descriptor_ >= 0) close(descriptor_);
    if (!published_) unlink(temporary_.c_str());
}

void AtomicFile::write(Span<const std::byte> bytes) {
    if (!blocks_ && written_ + bytes.size() > kSmallBytes)
        blocks_ = std::make_unique<BlockWriter>(descriptor_, written_);
    if (blocks_) {
        if (const int error = blocks_->write(bytes))
            throw_system_error("writing", joined(directory_, name_), error);
        written_ += bytes.size();
        return;
    }
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw_system_error("writing", joined(directory_, name_), errno);
        }
        bytes = bytes.from(size_t(written));
        written_ += uint64_t(written);
    }
}

void AtomicFile::write(const std::string& text) {
    write(Span<const std::byte>(reinterpret_cast<const std::byte*>(text.data()), text.size()));
}

void AtomicFile::seal() {
    if (descriptor_ < 0) return;
    if (blocks_)
        if (const int error = blocks_->finish())
            throw_system_error("writing", joined(directory_, name_), error);
    blocks_.reset();
    if (fsync(descriptor_) != 0) throw_system_error("syncing", joined(directory_, name_), errno);
    struct stat status {};
    if (fstat(descriptor_, &status) == 0) inode_ = status.st_ino;
    const int result = close(descriptor_);
    descriptor_ = -1;
    // A network file system may report a failed write only here.
    if (result != 0) throw_system_error("closing", joined(directory_, name_), errno);
}

/// A rename may be done and fail: a network file system that gets no answer asks again, and hears that the
/// old name is gone or the new one taken.
bool AtomicFile::lies_at(const std::string& path) const {
    struct stat status {};
    return inode_ != 0 && lstat(path.c_str(), &status) == 0 && status.st_ino == inode_;
}

bool AtomicFile::publish(IfPresent policy) {
    seal();
    const std::string path = joined(directory_, name_);
    if (policy == IfPresent::Keep) {
        const bool renamed =
            renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
        const int error = errno;
        if (renamed || lies_at(path)) {
            published_ = true;
            sync_directory(directory_);
            return true;
        }
        if (error == EEXIST) return false;
        if (error != EINVAL && error != ENOSYS) throw_system_error("renaming", path, error);
        // This file system cannot rename without replacing (NFS): look first; a twin's bytes would be the
        // same.
        if (file_exists(path)) return false;
    }
    publish_as(name_);
    return true;
}

void AtomicFile::publish_as(const std::string& name) {
    seal();
    const std::string path = joined(directory_, name);
    if (rename(temporary_.c_str(), path.c_str()) != 0) {
        const int error = errno;
        if (!lies_at(path)) throw_system_error("renaming", path, error);
    }
    published_ = true;
    sync_directory(directory_);
}

bool write_text_file(const std::string& directory, const std::string& name, const std::string& text) {
    const std::string path = joined(directory, name);
    if (file_exists(path) && read_text_file(path) == text) return false;
    AtomicFile file(directory, name);
    file.write(text);
    file.publish(AtomicFile::IfPresent::Replace);
    return true;
}

std::string read_text_file(const std::string& path) {
    const MappedFile file(path);
    const Span<const std::byte> bytes = file.bytes();
    return bytes.empty() ? std::string()
                         : std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool file_exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string process_tag() {
    const std::string pid = std::to_string(getpid());
    return machine() + "." + pid + "." + start_time_of(pid);
}

bool is_dead_here(const std::string& tag) {
    const size_t second = tag.rfind('.');
    const size_t first = second == std::string::npos || second == 0 ? second : tag.rfind('.', second - 1);
    if (first == std::string::npos || tag.substr(0, first) != machine()) return false;
    const std::string pid = tag.substr(first + 1, second - first - 1), start = tag.substr(second + 1);
    return start_time_of(pid) != start;
}

int remove_dead_temporaries(const std::string& directory) {
    int removed = 0;
    for (const std::string& name : list_directory(directory)) {
        if (name.rfind(kTemporaryPrefix, 0) != 0) continue;
        // The tag follows the name, and both hold dots: "<name>.<host>-<ns>.<pid>.<start>". The host is this
        // one or the file is not ours to judge.
        const size_t at = name.find("." + machine() + ".");
        if (at == std::string::npos || !is_dead_here(name.substr(at + 1))) continue;
        if (unlink(joined(directory, name).c_str()) == 0) ++removed;
    }
    return removed;
}

std::vector<std::string> list_directory(const std::string& directory) {
    DIR* const handle = opendir(directory.c_str());
    if (!handle) throw_system_error("reading the folder", directory, errno);
    std::vector<std::string> names;
    errno = 0;
    for (const dirent* entry = nullptr; (entry = readdir(handle)) != nullptr; errno = 0) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    const int error = errno;
    closedir(handle);
    if (error != 0) throw_system_error("reading the folder", directory, error);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace radforge::shard
