// SPDX-License-Identifier: Apache-2.0
/// Training of the two networks behind the dewarping (models.md 1.5): flattened photo -> film without light
/// (`deillumination`), flattened film -> CT values (`restoration`). One task, two truths.
#pragma once
#include "models/nets/dmphn.h"
#include "models/photo/film_part.h"
#include "models/train/trainer.h"

#include <memory>
#include <string>

namespace radforge::models {

struct RecoverySettings {
    std::string deillumination, deillumination_sha256;

    template <class V>
    void visit(V& v) {
        v("deillumination", deillumination,
          "restoration: run whose network takes the light off first; empty = none does");
        v("deillumination_sha256", deillumination_sha256,
          "of its weights, as `train` notes them: others are refused");
    }
};

/// Everything that a run of either is told.
struct RecoveryRunConfig {
    TrainConfig train;
    DmphnConfig net;
    RecoverySettings input;
    photo::PartConfig part;
    loader::LoaderConfig loader;

    template <class V>
    void visit(V& v) {
        v("train", train, "the run");
        v("net", net, "the network");
        v("input", input, "what it is shown");
        v("part", part, "what is cut from a film");
        v("loader", loader, "how samples come from the shards");
    }
};

/// @param config  seeds the weights with train.seed
std::unique_ptr<Task> make_deillumination(const RecoveryRunConfig& config);
/// Wants metas of the batches for its numbers over the print window.
std::unique_ptr<Task> make_restoration(const RecoveryRunConfig& config);

/// A trained network of either kind.
class Recoverer {
public:
    /// @param task  deillumination or restoration
    /// @param path  as of open_trained()
    /// @throws Error when there is none, it is damaged, or of another task
    Recoverer(const std::string& path, const std::string& task, torch::Device device, Logger& logger);
    /// @param film  [B,3,H,W] in [0,1], any size
    /// @returns     [B,3 or 1,H,W] in [0,1]
    torch::Tensor operator()(const torch::Tensor& film);
    const RecoveryRunConfig& config() const { return config_; }
    const std::string& file() const { return file_; }  ///< of the weights
    std::string sha256() const;                        ///< of that file
    int64_t step() const { return step_; }

private:
    RecoveryRunConfig config_;
    std::string file_;
    int64_t step_ = 0;
    torch::Device device_;
    Dmphn net_{nullptr};
};

/// Notes where the weights that `input.deillumination` names are, seen from any folder, and which they are.
/// @throws Error when there are none, or others than those already noted
void note_light_network(RecoverySettings& input);

/// The network that takes the light off before a restoration; nothing where none does.
/// @throws Error when it is gone, or has other weights than in training
std::unique_ptr<Recoverer> light_network(const RecoverySettings& input, torch::Device device, Logger& logger);

}  // namespace radforge::models
