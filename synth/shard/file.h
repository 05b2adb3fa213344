// SPDX-License-Identifier: Apache-2.0
/// Files that are complete or absent: every write is checked, and a name appears by one rename.
#pragma once
#include "synth/base/span.h"
#include "synth/base/system_error.h"
#include "synth/shard/block_writer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace radforge::shard {

/// A read-only memory map of a whole file.
class MappedFile {
public:
    /// @throws Error when the file cannot be opened or mapped
    explicit MappedFile(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    Span<const std::byte> bytes() const { return {data_, size_}; }

private:
    const std::byte* data_ = nullptr;
    size_t size_ = 0;
};

using radforge::throw_system_error;

/// A file under a temporary name in its own folder until publish(). Leaves nothing behind when dropped.
/// Protocol: create with O_EXCL, check every write, fsync, close, rename, fsync of the folder.
class AtomicFile {
public:
    /// @throws Error when the temporary file cannot be made
    AtomicFile(const std::string& directory, const std::string& name);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// Large files go to the disk while they are still being written, past the page cache: an error may be
    /// told by a later call, at the latest by seal().
    void write(Span<const std::byte> bytes);
    void write(const std::string& text);
    /// Brings all bytes to the disk and closes; called by publish().
    void seal();

    enum class IfPresent { Replace, Keep };
    /// @returns false when a file of that name exists and is kept; then the temporary file still lies there
    bool publish(IfPresent policy);
    /// The same under another name of the same folder, replacing.
    void publish_as(const std::string& name);
    const std::string& temporary_path() const { return temporary_; }

private:
    bool lies_at(const std::string& path) const;

    std::string directory_, name_, temporary_;
    int descriptor_ = -1;
    uint64_t written_ = 0, inode_ = 0;
    std::unique_ptr<BlockWriter> blocks_;  // of a large file
    bool published_ = false;
};

/// Makes `text` the content of directory/name. Does nothing when it already is.
/// @returns whether the file was written
bool write_text_file(const std::string& directory, const std::string& name, const std::string& text);

/// @throws Error when the file cannot be read
std::string read_text_file(const std::string& path);

bool file_exists(const std::string& path);

/// Names this process among all that may share a folder: "<host>-<pid namespace>.<pid>.<start time>".
std::string process_tag();

/// Whether the process of `tag` ran on this machine and has ended. False for other machines: they cannot be
/// asked.
bool is_dead_here(const std::string& tag);

/// Prefixes of the two kinds of passing files.
constexpr const char* kTemporaryPrefix = ".tmp-";
constexpr const char* kClaimPrefix = ".claim-";

/// Removes temporary files whose processes have died on this machine. @returns how many
int remove_dead_temporaries(const std::string& directory);

/// Names of the entries of a folder, sorted. @throws Error when it cannot be read
std::vector<std::string> list_directory(const std::string& directory);

}  // namespace radforge::shard
