// SPDX-License-Identifier: Apache-2.0
/// Decoded members on a local disk, one file a sample, made when a sample is first read. It is never needed:
/// a file that is missing, damaged or of other data is made again. Any number of processes may use one
/// folder, and any of them may be killed. Once the folder is full its samples stay: an epoch reads every
/// sample once, so whatever gave way would be asked for before what took its place.
#pragma once
#include "synth/base/log.h"
#include "synth/base/span.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace radforge::loader {

struct CacheOptions {
    std::string directory;
    /// Most that all its files may take. Each process counts what the others wrote after every sixteenth of
    /// it, so that together they may pass it by as much.
    uint64_t most_bytes = uint64_t(20) << 30;
    /// Keep arrays stored as they are, too: for shards on a slow file system. Else only what takes long to
    /// decode: png, jpg and npy.gz.
    bool everything = false;
};

struct CacheReport {
    uint64_t found = 0, made = 0;  ///< samples read from it, samples added
    uint64_t damaged = 0;          ///< files that were not as they were written
    uint64_t refused = 0;          ///< samples it had no room for, or could not write
    uint64_t bytes = 0;            ///< of its files, as far as this process knows
};

class DecodedCache {
public:
    /// @throws Error when the folder cannot be made
    DecodedCache(CacheOptions options, Logger& logger);

    /// Names what was decoded: equal for equal bytes of a shard and equal members of its samples. What nobody
    /// checked lies apart.
    static std::string folder_of(const std::string& content_sha256, const std::vector<std::string>& members,
                                 bool checked);

    /// @param payload  what add() was given, when it lies here unchanged
    bool find(const std::string& folder, uint32_t row, std::vector<std::byte>& payload);
    /// Keeps `payload`, unless there is no room. What cannot be written is warned of once, and not tried
    /// again.
    void add(const std::string& folder, uint32_t row, Span<const std::byte> payload);
    bool everything() const { return options_.everything; }
    CacheReport report() const;

private:
    uint64_t bytes_on_disk() const;
    bool reserve(uint64_t bytes);

    CacheOptions options_;
    Logger& logger_;
    std::string tag_;
    mutable std::mutex mutex_;  ///< of all below
    CacheReport report_;
    uint64_t since_count_ = 0;  ///< bytes written after the last look at the folder
    bool full_ = false, broken_ = false;
};

}  // namespace radforge::loader
