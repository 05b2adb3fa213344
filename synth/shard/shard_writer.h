// SPDX-License-Identifier: Apache-2.0
/// Writes one shard, from its first sample to the rename that publishes it.
#pragma once
#include "synth/base/hash.h"
#include "synth/base/log.h"
#include "synth/shard/file.h"
#include "synth/shard/index.h"
#include "synth/shard/measure.h"
#include "synth/shard/plan.h"
#include "synth/shard/record.h"
#include "synth/shard/sample.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace radforge::shard {

/// Which samples a shard holds; a pure function of the plan.
struct ShardTask {
    uint64_t shard_id = 0;
    std::string file, split;
    uint64_t first_index = 0, last_index = 0, planned_count = 0;
};

/// A sample as it goes into a shard, and what the shard's index says of it.
struct EncodedSample {
    /// Tar members, in the order of the fields, one piece behind the other: an array stays where it was made.
    std::vector<std::variant<std::string, std::vector<std::byte>>> pieces;
    std::vector<IndexedMember> members;  ///< offsets from the first piece
    std::vector<FieldStats> stats;       ///< of every field
};
/// The bytes of a piece.
Span<const std::byte> piece_bytes(const std::variant<std::string, std::vector<std::byte>>& piece);

/// Checks every member against the plan: names, types, shapes, ranges, meta.json.
/// @throws Error naming the member that is not as planned
EncodedSample encode_sample(Sample sample, const DatasetPlan& plan);

/// What became of a shard that was written.
enum class Commit {
    Made,      ///< it now stands under its name
    Present,   ///< somebody had already put the same bytes, or the shard of a larger set, under its name
    Replaced,  ///< took the place of a damaged file, or of the same shard of a smaller set
};

/// Samples come in ascending order of index, stored or quarantined. Dropped without commit(), it leaves
/// nothing behind.
class ShardWriter {
public:
    /// @throws Error when the temporary file cannot be made
    ShardWriter(const DatasetPlan& plan, ShardTask task, std::string plan_digest);

    void add(uint64_t index, EncodedSample sample);
    void quarantine(uint64_t index, const std::string& reason);
    uint64_t bytes_written() const { return bytes_; }

    /// Writes all that follows the last sample; commit() does so otherwise.
    /// @throws Error when fewer samples came than planned, or the disk fails
    void finish();
    /// What derive_shard_index() finds in the finished shard.
    ShardIndex index(const DatasetPlan& plan) const;

    /// Publishes. When a different shard of the same plan already has the name, keeps both, this one as
    /// <name>.differs-<hash>, and throws Error: the generator is not deterministic.
    /// @throws Error when fewer samples came than planned, or the disk fails
    Commit commit(Logger& logger);

private:
    void append(Span<const std::byte> bytes);
    void expect(uint64_t index);
    Commit settle_with_present(const ShardRecord& mine, Logger& logger);

    const std::string directory_, kind_;
    const ShardTask task_;
    AtomicFile file_;
    Sha256 hash_;
    ShardIndexer indexer_;
    std::string file_sha256_;
    ShardRecord record_;
    std::vector<std::pair<std::string, std::string>> reasons_;
    uint64_t bytes_ = 0, next_index_ = 0;
    bool finished_ = false;
};

/// Replaces "/home/name/data/a.dcm" by "a.dcm": reasons go into datasets, folders of this machine do not.
std::string without_folders(const std::string& text);

}  // namespace radforge::shard
