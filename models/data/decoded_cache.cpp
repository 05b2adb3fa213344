// SPDX-License-Identifier: Apache-2.0
#include "models/data/decoded_cache.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>

namespace radforge::loader {
namespace {

/// Of the layout below and of Source's payload: a new one makes old files strangers.
constexpr const char* kVersion = "radforge decoded sample 1";

/// Before the payload. All of it is checked, so that no file passes for another sample.
struct Head {
    std::array<char, 32> folder{};
    uint64_t row = 0, size = 0, sum = 0;
    uint64_t head_sum = 0;  ///< of the bytes before
};
static_assert(sizeof(Head) == 64, "no padding: it is written as it lies in memory");

Head head_of(const std::string& folder, uint32_t row, Span<const std::byte> payload) {
    RADFORGE_ASSERT(folder.size() == 32);
    Head head;
    std::memcpy(head.folder.data(), folder.data(), head.folder.size());
    head.row = row;
    head.size = payload.size();
    head.sum = xxh3_64(payload);
    head.head_sum = xxh3_64({reinterpret_cast<const std::byte*>(&head), offsetof(Head, head_sum)});
    return head;
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    /// @returns whether the system took all that was written
    bool shut() {
        const int number = number_;
        number_ = -1;
        return close(number) == 0;
    }

private:
    int number_;
};

bool read_all(int descriptor, void* to, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = read(descriptor, static_cast<char*>(to) + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        done += size_t(got);
    }
    return true;
}

bool write_all(int descriptor, const void* from, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t put = write(descriptor, static_cast<const char*>(from) + done, size - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        done += size_t(put);
    }
    return true;
}

/// @returns whether it is the file that add() wrote
bool read_payload(int descriptor, uint64_t file_bytes, const std::string& folder, uint32_t row,
                  std::vector<std::byte>& payload) {
    Head head;
    if (file_bytes < sizeof head || !read_all(descriptor, &head, sizeof head) ||
        head.size != file_bytes - sizeof head)
        return false;
    payload.resize(head.size);
    if (!read_all(descriptor, payload.data(), payload.size())) return false;
    const Head wanted = head_of(folder, row, {payload.data(), payload.size()});
    return std::memcmp(&head, &wanted, sizeof head) == 0;
}

}  // namespace

DecodedCache::DecodedCache(CacheOptions options, Logger& logger)
    : options_(std::move(options)), logger_(logger), tag_(shard::process_tag()) {
    std::error_code error;
    std::filesystem::create_directories(options_.directory, error);
    if (error || !std::filesystem::is_directory(options_.directory))
        throw Error(ErrorKind::Usage, "no folder for the cache can be made here: " + error.message())
            .where(options_.directory);
    for (const std::string& name : shard::list_directory(options_.directory)) {
        const std::string folder = options_.directory + "/" + name;
        if (std::filesystem::is_directory(folder, error)) shard::remove_dead_temporaries(folder);
    }
    report_.bytes = bytes_on_disk();
}

std::string DecodedCache::folder_of(const std::string& content_sha256,
                                    const std::vector<std::string>& members, bool checked) {
    std::string text = std::string(kVersion) + (checked ? "" : " unchecked") + "\n" + content_sha256 + "\n";
    for (const std::string& member : members) text += member + "\n";
    return sha256_hex(text).substr(0, 32);
}

uint64_t DecodedCache::bytes_on_disk() const {
    uint64_t bytes = 0;
    std::error_code error;  // other processes rename and remove meanwhile
    for (std::filesystem::recursive_directory_iterator at(options_.directory, error), end;
         !error && at != end; at.increment(error)) {
        std::error_code gone;
        const uint64_t size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

bool DecodedCache::find(const std::string& folder, uint32_t row, std::vector<std::byte>& payload) {
    const std::string path = options_.directory + "/" + folder + "/" + std::to_string(row);
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.number() < 0 || fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
    const bool good = read_payload(file.number(), uint64_t(status.st_size), folder, row, payload);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (good) {
        ++report_.found;
        return true;
    }
    if (report_.damaged++ == 0) logger_.warn("a file of the cache is damaged and is made again: " + path);
    if (unlink(path.c_str()) == 0) report_.bytes -= std::min(report_.bytes, uint64_t(status.st_size));
    return false;
}

bool DecodedCache::reserve(uint64_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (since_count_ > options_.most_bytes / 16) {
        report_.bytes = bytes_on_disk();
        since_count_ = 0;
    }
    if (broken_ || bytes > options_.most_bytes || report_.bytes > options_.most_bytes - bytes) {
        ++report_.refused;
        if (!broken_ && !full_)
            logger_.info("the cache " + options_.directory +
                         " is full: further samples are decoded each time");
        full_ = true;
        return false;
    }
    report_.bytes += bytes;
    since_count_ += bytes;
    return true;
}

void DecodedCache::add(const std::string& folder, uint32_t row, Span<const std::byte> payload) {
    const Head head = head_of(folder, row, payload);
    const uint64_t bytes = sizeof head + payload.size();
    if (!reserve(bytes)) return;
    static std::atomic<uint64_t> number{0};  // of several caches in one process, too
    const std::string directory = options_.directory + "/" + folder, name = std::to_string(row),
                      temporary = directory + "/" + shard::kTemporaryPrefix + name + "-" +
                                  std::to_string(number.fetch_add(1)) + "." + tag_;
    mkdir(directory.c_str(), 0755);  // most often it is there; else open() says why not
    // Not brought to the disk one by one: after a loss of power the sum tells what did not arrive.
    Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    const bool created = file.number() >= 0;
    const bool written = created && write_all(file.number(), &head, sizeof head) &&
                         write_all(file.number(), payload.data(), payload.size()) && file.shut() &&
                         rename(temporary.c_str(), (directory + "/" + name).c_str()) == 0;
    const int reason = errno;
    if (created && !written) unlink(temporary.c_str());
    const std::lock_guard<std::mutex> lock(mutex_);
    if (written) {
        ++report_.made;
        return;
    }
    ++report_.refused;
    report_.bytes -= std::min(report_.bytes, bytes);
    if (!broken_)
        logger_.warn("the cache " + directory + " cannot be written (" + std::strerror(reason) +
                     "): samples are decoded each time");
    broken_ = true;
}

CacheReport DecodedCache::report() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return report_;
}

}  // namespace radforge::loader
