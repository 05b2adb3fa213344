// SPDX-License-Identifier: Apache-2.0
/// Everything beside the shards that can be derived from them: index/, manifest.json, stats.json, README.md,
/// preview.png.
#pragma once
#include "synth/shard/dataset.h"
#include "synth/shard/measure.h"
#include "synth/shard/sample.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace radforge::shard {

/// A sample that was left out, and why.
struct Quarantined {
    uint64_t index = 0;
    std::string reason;
};

/// The three files of one shard under index/, as text.
struct ShardIndex {
    std::string idx;    ///< DALI web dataset index v1.2
    std::string sum;    ///< "<xxh3-64> <size> <offset> <member>" a line
    std::string stats;  ///< JSON: sha256 of the file and of the content, moments of every field
};

/// What the index says of one member.
struct IndexedMember {
    std::string name;               ///< "<key>.<field>.<extension>"
    uint64_t offset = 0, size = 0;  ///< of the content, in the tar
    uint64_t xxh3 = 0;              ///< of the content
};

/// Gathers the index of one shard, sample by sample.
class ShardIndexer {
public:
    /// @param stats  of every field of the plan, in order
    void add(const std::string& key, Span<const IndexedMember> members, const std::vector<FieldStats>& stats);
    ShardIndex finish(const DatasetPlan& plan, const std::string& content_sha256,
                      const std::string& file_sha256) const;

private:
    uint64_t samples_ = 0;
    std::string lines_, sum_;
    std::vector<FieldStats> moments_;
};
/// Decodes and measures every member. @throws Error when one is not what the plan says
ShardIndex derive_shard_index(const ShardReader& shard, const DatasetPlan& plan);
/// Writes the files of one shard, the one that names the shard's hash last.
void write_shard_index(const std::string& directory, const std::string& file, const DatasetPlan& plan);
void write_shard_index(const std::string& directory, const std::string& file, const ShardIndex& index);
/// "index/film-train-000000" for "film-train-000000.tar".
std::string index_stem(const std::string& shard_file);

/// Reasons of the quarantined samples of one shard: index/<shard>.quarantine.json, key -> reason.
void write_quarantine_log(const std::string& directory, const std::string& file,
                          const std::vector<std::pair<std::string, std::string>>& reasons);

/// Reasons by sample name; none where there is no such file. @returns nothing when it is damaged
std::optional<std::map<std::string, std::string>> read_quarantine_log(const std::string& path);

/// The quarantined samples of one shard, with the reasons that were logged; "not recorded" where they are
/// lost.
std::vector<Quarantined> read_quarantined(const DatasetPlan& plan, const std::string& file);

/// SHA-256 of the file of each source of the plan, as its samples have it; empty where none is stored or
/// refers to a file.
std::vector<std::string> source_file_hashes(const Dataset& dataset);

/// What is wrong with the file of a source; empty when its content has that hash.
std::string source_file_problem(const std::string& path, const std::string& sha256);

struct IndexOptions {
    /// Draws preview.png from samples all over the set with all their maps, u8 [H,W,3]; none: no preview.
    std::function<Image(const std::vector<Sample>&)> contact_sheet;
    size_t preview_samples = 8;
    bool from_shards = false;  ///< derive the files under index/ again even where they are up to date
    bool sources_checked =
        false;  ///< the caller has just compared the files of the sources with their hashes
};

/// What the set-wide files hold, derived but not written: name -> content.
std::vector<std::pair<std::string, std::string>> derive_set_files(const Dataset& dataset);

/// Makes everything that the shards determine. Idempotent: equal shards give equal bytes, and up-to-date
/// files stay untouched.
/// @throws Error when samples are missing, or a file that they refer to is missing or damaged
void rebuild_index(const std::string& directory, const IndexOptions& options = {});

}  // namespace radforge::shard
