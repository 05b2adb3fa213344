// SPDX-License-Identifier: Apache-2.0
/// One split of one dataset, opened for reading at random: shards by their index files, memory-mapped, every
/// member checked against its sum before it is delivered.
#pragma once
#include "models/data/decoded_cache.h"
#include "models/data/planar.h"
#include "synth/base/span.h"
#include "synth/shard/plan.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace radforge::loader {

enum class Reading { Map, Copy };  ///< Copy: read() into memory, for network file systems

struct SourceOptions {
    std::string split = "train";
    std::vector<std::string> fields;  ///< to load, in this order; empty: all but meta
    std::vector<std::string> integer_fields{"labels", "state",
                                            "slices"};  ///< pictures of classes: 0..255, not [0,1]
    bool check_sums = true;
    Reading reading = Reading::Map;
    int open_shards = 64;                 ///< most that stay mapped
    std::shared_ptr<DecodedCache> cache;  ///< asked before a sample is decoded; empty: none
};

/// One row of an index: where a member lies, and what its bytes hash to.
struct MemberPlace {
    uint64_t offset = 0, size = 0, sum = 0;
};

class ShardFile;
struct ListedShard;

/// Const use is thread-safe.
class Source {
public:
    /// @throws Error when there is no dataset, no index, a newer format, no such split or field, or when a
    /// shard that the manifest lists is missing or of another size
    /// @param tolerant  leave shards that are missing or damaged for sample() to report
    Source(std::string directory, SourceOptions options, bool tolerant = false);
    ~Source();

    /// Splits that a dataset has, sorted. @throws Error when it is not finished
    static std::vector<std::string> splits(const std::string& directory);

    const DatasetPlan& plan() const { return plan_; }
    const std::string& split() const { return options_.split; }
    const std::vector<uint32_t>& counts() const { return counts_; }   ///< samples of each shard
    const std::vector<FieldSpec>& fields() const { return fields_; }  ///< that are loaded
    /// SHA-256 over the content hashes of the split's shards: equal for equal data.
    const std::string& data_sha256() const { return data_sha256_; }
    const std::string& file(uint32_t shard) const;

    /// Reads one sample. @param target  asked once a field, in the order of fields(), for memory of the
    /// field's size
    /// @returns the sample's index in its dataset
    /// @throws Error naming shard, key, member and offset when anything is not as it was written
    uint64_t sample(uint32_t shard, uint32_t row, DecodeBuffers& buffers, Destination destination,
                    const PlanarTarget& target) const;
    /// meta.json of a sample, checked against its sum.
    std::string meta(uint32_t shard, uint32_t row) const;

private:
    std::shared_ptr<const ShardFile> open(uint32_t shard) const;
    void choose_fields();
    void read_manifest();
    void name_cached();
    /// @throws Error when `sum` is not the one of the index
    void check(uint64_t sum, const ShardFile& file, uint32_t shard, uint32_t row, size_t member) const;
    /// The checked bytes of a member.
    Span<const std::byte> member(const ShardFile& file, uint32_t shard, uint32_t row, size_t member,
                                 std::vector<std::byte>& buffer) const;

    /// Gives field number `f` of a sample to `target`, checked. @param keep  appends it to buffers.cached
    void field(const ShardFile& file, uint32_t shard, uint32_t row, size_t f, DecodeBuffers& buffers,
               Destination destination, const PlanarTarget& target, bool keep) const;
    /// Gives the cached fields of a sample to `target`. @returns false when the cache has not got them
    bool from_cache(uint32_t shard, uint32_t row, DecodeBuffers& buffers, Destination destination,
                    const PlanarTarget& target) const;
    bool has_integers(const FieldSpec& spec) const;

    std::string directory_;
    SourceOptions options_;
    DatasetPlan plan_;
    std::string plan_digest_;
    std::vector<ListedShard> shards_;
    std::vector<uint32_t> counts_;
    std::vector<FieldSpec> fields_;
    std::vector<size_t> members_;  ///< of each field, its place among a sample's members
    std::string data_sha256_;
    std::vector<bool> cached_;                ///< of each field, whether the cache keeps it
    std::vector<std::string> cache_folders_;  ///< of each shard; empty: no cache
    struct Opened {
        uint32_t shard;
        std::shared_ptr<const ShardFile> file;
    };
    mutable std::mutex mutex_;
    mutable std::vector<Opened> opened_;  ///< least recently used first
};

}  // namespace radforge::loader
