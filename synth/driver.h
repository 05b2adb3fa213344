// SPDX-License-Identifier: Apache-2.0
/// Makes datasets: keys to samples to shards, in parallel, resumable, with bytes that do not depend on how it
/// is run.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/log.h"
#include "synth/generator.h"
#include "synth/shard/index.h"
#include "synth/shard/plan.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace radforge {

/// How to run; nothing here changes a byte of the result.
struct RunOptions {
    std::optional<Range<uint64_t>> shards;  ///< ids, closed, those beyond the plan's last left out; none: all
    int threads = 0;                        ///< 0: all cores
    int shards_at_once = 0;                 ///< 0: one, but more where writing a shard takes most of a thread
    double allowed_failures =
        1;  ///< share of quarantined samples above which the run is an Error; all failing always is
    double bytes_per_sample = 0;  ///< for the disk check; 0: estimated_bytes_per_sample()
    double claim_lease_s = 1800;  ///< after which another machine may take over an unfinished shard
    /// Draws preview.png from samples all over the set, u8 [H,W,3]; none: no preview.
    std::function<Image(const std::vector<Sample>&)> contact_sheet;
};

/// What a run did. Counts are of the selected shards.
struct RunReport {
    uint64_t shards_planned = 0, shards_made = 0, shards_present = 0;
    uint64_t samples_planned = 0, samples_made = 0;
    uint64_t bytes_written = 0;
    std::vector<shard::Quarantined> quarantined;  ///< in the shards of this run, made now or before
    int temporaries_removed = 0;                  ///< left behind by runs that died
    bool complete = false;  ///< all shards of the plan exist; manifest and index are written
};

/// Makes the missing shards of a dataset, and when none is missing any more, manifest, index, statistics,
/// card and preview. plan.kind, plan.fields, plan.group_size and plan.sources come from the generator,
/// whatever the caller put there.
///
/// Safe to kill at any moment, to run again, and to run several times at once on one folder. The folder may
/// hold the same plan with a smaller count: the last shard of each split is then made anew, longer, and new
/// ones are added.
///
/// A key for which the generator throws is left out, listed and counted; TryAgain errors and lack of memory
/// stop the run.
/// @throws Error  Usage (64): none of the shards is in the plan, or the folder holds files of something else
/// under the names of a dataset's; then nothing is written. TryAgain (75): full disk, I/O error, SIGINT,
/// SIGTERM. BadData (65): the folder holds another dataset
///                (naming the keys that differ) or cannot be written. Failed (1): too many failures,
///                non-determinism.
RunReport run(const Generator& generator, const DatasetPlan& plan, const RunOptions& options, Logger& logger);

/// The plan with what run() takes from the generator.
/// @throws Error when the generator has not so many sources
DatasetPlan completed_plan(const Generator& generator, const DatasetPlan& plan);

/// Upper estimate from the specs: uncompressed bytes, sides that vary taken as 1024.
double estimated_bytes_per_sample(const std::vector<FieldSpec>& fields);

}  // namespace radforge
