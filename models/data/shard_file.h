// SPDX-License-Identifier: Apache-2.0
/// One shard at random access: its two index files, and its bytes mapped or read.
#pragma once
#include "models/data/source.h"
#include "synth/base/span.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace radforge::loader {

/// What the manifest says of a shard.
struct ListedShard {
    std::string file, content_sha256;
    uint64_t bytes = 0;
    uint32_t samples = 0;
};

/// Reads index/<shard>.idx and .sum, which must say the same of every member.
/// @param fields  of the plan: each sample must have exactly these members
/// @returns members, fields.size() a sample, and the samples' indices
/// @throws Error with file and line
struct ShardTable {
    std::vector<MemberPlace> members;
    std::vector<uint64_t> indices;
};
ShardTable read_shard_table(const std::string& directory, const ListedShard& shard, const std::string& kind,
                            Span<const FieldSpec> fields);

/// Const use is thread-safe.
class ShardFile {
public:
    /// @throws Error when the file is missing, of another size than listed, or of another plan or content
    ShardFile(const std::string& directory, const ListedShard& shard, const DatasetPlan& plan,
              const std::string& plan_digest, Reading reading);
    ~ShardFile();
    ShardFile(const ShardFile&) = delete;
    ShardFile& operator=(const ShardFile&) = delete;

    uint64_t index_of(uint32_t row) const { return table_.indices[row]; }
    const MemberPlace& place(uint32_t row, size_t field) const {
        return table_.members[row * fields_ + field];
    }
    /// The bytes of a member: inside the map, or in `buffer`.
    /// @throws Error when the file is not the one that was opened any more
    Span<const std::byte> bytes(const MemberPlace& place, std::vector<std::byte>& buffer) const;
    /// Brings a sample's pages in, of a mapped file, the first time it is called for it: the kernel asks page
    /// by page whether they are there. Those it took back since come in by themselves.
    void prefetch(uint32_t row) const;

private:
    void require_unchanged() const;

    std::string path_;
    ShardTable table_;
    size_t fields_;
    Reading reading_;
    int descriptor_ = -1;
    const std::byte* map_ = nullptr;
    mutable std::vector<std::atomic<bool>> fetched_;  ///< of each sample
    uint64_t size_ = 0;
    int64_t modified_s_ = 0, modified_ns_ = 0;
};

}  // namespace radforge::loader
