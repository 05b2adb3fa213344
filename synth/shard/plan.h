// SPDX-License-Identifier: Apache-2.0
/// What a dataset is going to be, frozen in plan.json before the first sample is made.
#pragma once
#include "synth/shard/sample.h"

#include <map>
#include <string>
#include <vector>

namespace radforge {

/// An input file or collection, for the dataset card and the manifest. Never a path of this machine.
struct InputCredit {
    std::string name, licence, source, sha256;
};

/// What a run of adjacent samples is made from, where every source has as many samples.
struct PlannedSource {
    std::string id, group;  ///< a group (species, patient) lies in one split
    std::string split;
    std::string file;  ///< beside the shards, for all samples of the source ("volumes/x.npy"), or empty
};

/// Everything that decides the bytes of a dataset, and what its card says.
struct DatasetPlan {
    std::string directory;  ///< where; not part of the plan itself
    std::string name, kind;
    Seed seed;
    uint64_t count = 0;  ///< samples, indices 0..count-1; may grow later, never shrink
    int samples_per_shard = 256;
    int group_size = 1;  ///< adjacent indices that share work and therefore a shard
    std::string profile = "raw";
    std::map<std::string, double> split_parts;  ///< share of the sources in each split, for the card
    std::vector<FieldSpec> fields;
    std::string config_toml, overrides;  ///< the resolved configuration; what the command line changed
    std::string provenance_json = "{}";  ///< tool version, revision, package versions, maths class: an object
    std::string about;                   ///< one paragraph for the card: what this is and how it was made
    std::vector<InputCredit> inputs;
    uint64_t samples_per_source = 0;  ///< 0: samples draw their source, and none are listed
    std::vector<PlannedSource>
        sources;  ///< of samples [k * samples_per_source, (k + 1) * samples_per_source)

    /// @throws Error when a value is missing or impossible
    void validate() const;
};

namespace shard {

/// plan.json: sorted keys, two spaces, a final newline.
std::string plan_json(const DatasetPlan& plan);

/// SHA-256 of everything in the plan that decides bytes of a shard: all but count, provenance and the card's
/// text. Each shard's record carries it.
std::string plan_digest(const DatasetPlan& plan);

/// Reads plan.json and config.toml of a dataset.
/// @throws Error when either is missing, damaged, not of the other's hash, or of a newer format
DatasetPlan read_plan(const std::string& directory);

/// The keys in which two plans differ, with both values: "camera.spp (there 64, here 128)". Count and card
/// are left out.
std::vector<std::string> plan_differences(const DatasetPlan& there, const DatasetPlan& here);

/// The same of two configs as config::dump() writes them.
std::vector<std::string> config_differences(const std::string& there, const std::string& here);

/// The first eight of them and how many more there are, for a message.
std::string listed(const std::vector<std::string>& differences);

/// The manifest's form of a field: dtype, shape, scale, offset, unit, invalid value, range. JSON text of an
/// array.
std::string fields_json(const std::vector<FieldSpec>& fields);

}  // namespace shard
}  // namespace radforge
