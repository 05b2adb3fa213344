// SPDX-License-Identifier: Apache-2.0
/// The one training loop: for each step, for each group of parameters: zero, losses, backward, step.
/// Everything else is a hook.
#pragma once
#include "models/train/checkpoint.h"
#include "models/train/hook.h"
#include "models/train/optimizer.h"
#include "models/train/ranks.h"
#include "models/train/reducer.h"
#include "models/train/run_claim.h"
#include "models/train/schedule.h"
#include "models/train/task.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace radforge::models {

struct TrainConfig {
    int64_t seed = 1;
    int64_t steps = 1000;
    int accumulate = 1;
    double ema_decay = 0;
    std::string precision = "fp32";
    bool channels_last = false;
    bool deterministic = false;
    OptimizerConfig optimizer;
    ScheduleConfig schedule;
    int64_t log_every = 10, validate_every = 500, checkpoint_every = 500, preview_every = 500;
    int keep_checkpoints = 2, preview_rows = 2, early_stop = 0;
    std::string monitor;
    bool monitor_largest = false;

    template <class V>
    void visit(V& v) {
        v("seed", seed, "", Range<int64_t>{0, int64_t(1) << 62}, "of weights, order and augmentation");
        v("steps", steps, "", Range<int64_t>{1, int64_t(1) << 40}, "updates of the weights");
        v("accumulate", accumulate, "", Range{1, 4096}, "batches whose gradients make one step");
        v("ema_decay", ema_decay, "", Range{0., 0.999999},
          "running mean of the weights, for validation; 0 = none");
        v("precision", precision, Options{"fp32", "bf16"},
          "bf16: convolutions in bfloat16 where that is supported");
        v("channels_last", channels_last,
          "channel innermost in memory; slower on the CPU with transposed convolutions");
        v("deterministic", deterministic,
          "the same bits on any number of ranks: each batch is alone, sums go by its number; accumulate then "
          "counts the batches of all ranks");
        v("optimizer", optimizer, "how the weights move");
        v("schedule", schedule, "the learning rate over the run");
        v("log_every", log_every, "", Range<int64_t>{1, int64_t(1) << 40},
          "steps between two lines of metrics.jsonl");
        v("validate_every", validate_every, "", Range<int64_t>{0, int64_t(1) << 40}, "steps; 0 = never");
        v("checkpoint_every", checkpoint_every, "", Range<int64_t>{0, int64_t(1) << 40},
          "steps; 0 = only at the end");
        v("preview_every", preview_every, "", Range<int64_t>{0, int64_t(1) << 40}, "steps; 0 = never");
        v("keep_checkpoints", keep_checkpoints, "", Range{1, 1000}, "newest ones that stay, beside the best");
        v("preview_rows", preview_rows, "", Range{1, 16}, "validation samples in a preview");
        v("early_stop", early_stop, "", Range{0, 100000},
          "validations without improvement that end the run; 0 = none do");
        v("monitor", monitor, "metric of validation that says what is best; empty = its first");
        v("monitor_largest", monitor_largest, "more of it is better");
    }
};

/// What surrounds a run: never part of its results.
struct TrainSetup {
    std::string directory;  ///< of the run
    std::string task_name, config_toml, revision;
    torch::Device device = torch::kCPU;
    std::function<std::unique_ptr<loader::Loader>(const loader::LoaderState& start)> training;
    std::function<std::unique_ptr<loader::Loader>()> validation;  ///< empty: no validation
    std::string data_sha256;                                      ///< of every set, spaces between
    std::function<bool()> should_stop;  ///< asked after every step and before every batch of a validation
    std::shared_ptr<Ranks> ranks;       ///< empty: this process alone. Hooks and files are the first rank's
    bool resume = true;                 ///< go on from the newest checkpoint where there is one
};

enum class Outcome { Finished, StoppedEarly, Interrupted };

class Trainer {
public:
    Trainer(Task& task, TrainConfig config, TrainSetup setup, Logger& logger);
    ~Trainer();
    void add(std::unique_ptr<Hook> hook);

    /// Runs, or goes on with, the whole training. On Interrupted a checkpoint of the last full step lies on
    /// the disk.
    /// @throws Error when a loss or a gradient is not finite, naming the samples; Error(TryAgain) while
    /// another process trains in the folder, before anything is written
    Outcome fit();

    Task& task() { return task_; }
    const TrainConfig& config() const { return config_; }
    const TrainSetup& setup() const { return setup_; }
    Logger& logger() { return logger_; }
    Progression& progression() { return at_; }
    void request_stop() { stop_early_ = true; }
    /// Writes everything under checkpoints/<name>.
    void save(const std::string& name) const;
    /// Runs `body` with the averaged weights in place, where there are any.
    void with_averaged_weights(const std::function<void()>& body);
    /// Means of the task's metrics over the validation split, by name, in the task's order; not a number
    /// where no sample could be measured. None when it was asked to stop: then the run does so, and begins
    /// with this validation when it goes on.
    std::vector<Metric> validate();
    /// The first validation batch.
    std::optional<Batch> validation_batch();
    std::string checkpoint_directory() const { return setup_.directory + "/checkpoints"; }

private:
    bool first_rank() const { return !setup_.ranks || setup_.ranks->rank() == 0; }
    /// Brings all ranks to one opinion. @returns whether one of them was asked to stop
    bool agree(bool stop);
    void prepare_ranks();
    void start();
    /// @throws Error naming what differs; train.steps alone may, where no rate depends on it
    void require_same_run(const Checkpoint& there) const;
    void restore(const Checkpoint& checkpoint);
    void share_state();
    NamedTensors all_tensors() const;
    StepReport step();
    void gradients(size_t g, const std::vector<Batch>& batches, StepReport& report);
    void report_losses(const std::map<std::string, double>& parts, StepReport& report) const;
    void seed_random(int64_t group, int64_t batch);
    void update_average();
    /// All ranks come here together. @param guilty  whether this rank's batches may be why
    [[noreturn]] void stop_at_nan(const std::string& what, Span<const Batch> batches, bool guilty,
                                  const StepReport& report) const;

    Task& task_;
    TrainConfig config_;
    TrainSetup setup_;
    Logger& logger_;
    std::vector<std::unique_ptr<Hook>> hooks_;
    std::vector<Optimizer> optimizers_;
    std::vector<std::unique_ptr<GradientReducer>> reducers_;  ///< by group; with several ranks
    std::vector<std::unique_ptr<OrderedGradients>> ordered_;  ///< by group; with train.deterministic
    int batches_per_step_ = 1;                                ///< of this rank
    std::optional<RunClaim> claim_;                           ///< of the first rank
    NamedTensors average_;
    std::unique_ptr<loader::Loader> loader_;
    Progression at_;
    bool stop_early_ = false, unvalidated_ = false;
};

/// Computes in bfloat16 where LibTorch does so on its own, while alive.
class Autocast {
public:
    Autocast(bool on, torch::Device device);
    ~Autocast();
    Autocast(const Autocast&) = delete;
    Autocast& operator=(const Autocast&) = delete;

private:
    bool on_;
    torch::Device device_;
};

}  // namespace radforge::models
