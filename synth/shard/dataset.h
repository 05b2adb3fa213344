// SPDX-License-Identifier: Apache-2.0
/// Reads datasets: shards in place, samples by index.
#pragma once
#include "synth/shard/file.h"
#include "synth/shard/names.h"
#include "synth/shard/plan.h"
#include "synth/shard/record.h"
#include "synth/shard/sample.h"
#include "synth/shard/tar_reader.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace radforge::shard {

/// Adjacent members of one key; a slice [first, first + count) of ShardReader::members().
struct SampleSlice {
    std::string key;
    size_t first = 0, count = 0;
};

/// One mapped shard: its record and where its members lie. Const use is thread-safe.
class ShardReader {
public:
    /// Checks the record and the tar's structure; the content's hash only on check_hash().
    /// @throws Error on anything damaged or newer, with the offset
    explicit ShardReader(const std::string& path);

    const ShardRecord& record() const { return record_; }
    Span<const std::byte> bytes() const { return file_.bytes(); }
    const std::vector<TarMember>& members() const { return members_; }
    const std::vector<SampleSlice>& samples() const { return samples_; }
    void check_hash() const;
    /// Decodes sample number `position` of this shard. @throws Error naming the member
    Sample read(size_t position, const DatasetPlan& plan) const;

private:
    std::string path_;
    MappedFile file_;
    ShardRecord record_;
    std::vector<TarMember> members_;
    std::vector<SampleSlice> samples_;
    ShardName name_;
};

/// One shard of a dataset, by its record alone.
struct ShardInfo {
    std::string file;
    ShardName name;
    ShardRecord record;
};

/// A dataset on disk. Reads 512 bytes a shard at first, shards when asked.
class Dataset {
public:
    /// @throws Error when the folder holds no dataset, a newer format, a damaged record, or a shard of
    /// another plan
    explicit Dataset(const std::string& directory);

    const DatasetPlan& plan() const { return plan_; }
    const std::vector<ShardInfo>& shards() const { return shards_; }  ///< by shard id
    uint64_t sample_count() const;                                    ///< stored
    uint64_t planned_count() const;                                   ///< stored and quarantined
    /// @returns nothing when the sample is quarantined or its shard not made yet
    std::optional<Sample> find(uint64_t index) const;
    /// At most `count` stored samples from all over the set, by index, decoded.
    std::vector<Sample> spread_samples(size_t count) const;

private:
    DatasetPlan plan_;
    std::vector<ShardInfo> shards_;
};

/// For folders that something else is written to: a stray file would spoil the dataset.
/// @throws Error (64) when the folder holds a dataset
void require_no_dataset(const std::string& directory);

}  // namespace radforge::shard
