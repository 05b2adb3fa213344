// SPDX-License-Identifier: Apache-2.0
/// Everything that a run needs to go on as if it had never stopped: <name>.safetensors (weights, moments,
/// averages, random state) and <name>.json (where it was, and the SHA-256 of the first). The JSON is written
/// last and makes it count.
#pragma once
#include "models/data/loader.h"
#include "models/train/tensors.h"

#include <optional>
#include <string>

namespace radforge::models {

constexpr int kCheckpointVersion = 1;

/// Where a run is; plain numbers.
struct Progression {
    int64_t step = 0;  ///< steps done
    loader::LoaderState data;
    double best = 0;  ///< monitored metric at its best
    int64_t best_step = -1;
    int stale_validations = 0;  ///< since the best one
    double plateau_factor = 1;
    int plateau_stale = 0;
    int64_t validated = 0;  ///< step of the last validation
};

struct Checkpoint {
    NamedTensors tensors;  ///< "model.", "ema.", "optimizer.<group>.", "rng.cpu"
    Progression at;
    std::string task, config_toml, data_sha256, revision;
    int threads = 0;  ///< other counts give other last bits
};

/// @throws Error(TryAgain) when the disk fails
void save_checkpoint(const std::string& directory, const std::string& name, const Checkpoint& checkpoint);

/// @throws Error when a file is missing, cut, changed or of a newer version
Checkpoint load_checkpoint(const std::string& directory, const std::string& name);

/// "step-000000120" for 120.
std::string checkpoint_name(int64_t step);

/// The newest whole checkpoint of a folder; damaged ones are reported and passed over.
std::optional<Checkpoint> newest_checkpoint(const std::string& directory, Logger& logger);

/// Removes all but the newest `keep` numbered checkpoints up to `step`. Those beyond are damaged ones that
/// the run passed over; it will write them anew.
void prune_checkpoints(const std::string& directory, int64_t step, int keep);

}  // namespace radforge::models
