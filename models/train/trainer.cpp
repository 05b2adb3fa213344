// SPDX-License-Identifier: Apache-2.0
#include "models/train/trainer.h"

#include "models/train/batch_norm.h"
#include "models/train/torch_compat.h"
#include "synth/base/error.h"
#include "synth/base/rng.h"
#include "synth/shard/file.h"
#include "synth/shard/plan.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <limits>

namespace radforge::models {
namespace {

torch::Tensor random_state() { return at::detail::getDefaultCPUGenerator().get_state(); }

std::string key_text(const SampleKey& key) {
    return std::to_string(key.root.value) + "/" + std::to_string(key.index);
}

/// A run without checkpoints yet is known by its lock: other files by the names of ours are somebody's.
void require_run_folder(const TrainSetup& setup) {
    for (const char* const own : {kRunLock, "checkpoints"})
        if (std::filesystem::exists(setup.directory + "/" + own)) return;
    const std::string config = setup.directory + "/config.toml";
    if (shard::file_exists(config) && shard::read_text_file(config) == setup.config_toml) return;
    for (const char* const name : {"config.toml", "metrics.jsonl"})
        if (shard::file_exists(setup.directory + "/" + name))
            throw Error(ErrorKind::Usage, "not the folder of a run, but it has a " + std::string(name))
                .where(setup.directory)
                .hint("choose another --out, or move that file");
}

}  // namespace

Autocast::Autocast(bool on, torch::Device device) : on_(on), device_(device) {
    if (on_) compat::set_autocast(device_, true);
}
Autocast::~Autocast() {
    if (!on_) return;
    at::autocast::clear_cache();
    compat::set_autocast(device_, false);
}

Trainer::Trainer(Task& task, TrainConfig config, TrainSetup setup, Logger& logger)
    : task_(task), config_(std::move(config)), setup_(std::move(setup)), logger_(logger) {
    RADFORGE_ASSERT(setup_.training);
    task_.module().to(setup_.device);
    for (ParamGroup& group : task_.groups()) optimizers_.emplace_back(config_.optimizer, std::move(group));
    prepare_ranks();
    if (config_.ema_decay > 0)
        for (const auto& [name, tensor] : tensors_of(task_.module()))
            average_[name] = tensor.detach().clone();
}

Trainer::~Trainer() { share_statistics(task_.module(), nullptr); }

void Trainer::prepare_ranks() {
    const int ranks = setup_.ranks ? setup_.ranks->size() : 1;
    batches_per_step_ = config_.accumulate;
    if (config_.deterministic) {
        if (config_.accumulate % ranks != 0)
            throw Error(ErrorKind::Usage,
                        "train.accumulate is of all ranks together with train.deterministic")
                .got(std::to_string(config_.accumulate) + " batches for " + std::to_string(ranks) + " ranks")
                .expected("a multiple of the ranks");
        batches_per_step_ /= ranks;
        defer_statistics(task_.module());
        // On the CPU nothing depends on the moment but for the number of threads, which checkpoints know.
        if (setup_.device.is_cuda()) at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
    } else {
        share_statistics(task_.module(), setup_.ranks);
    }
    for (const Optimizer& optimizer : optimizers_) {
        std::vector<torch::Tensor> parameters;
        for (const auto& entry : optimizer.group().parameters) parameters.push_back(entry.second);
        if (config_.deterministic)
            ordered_.push_back(std::make_unique<OrderedGradients>(parameters, setup_.ranks));
        else if (ranks > 1)
            reducers_.push_back(std::make_unique<GradientReducer>(parameters, setup_.ranks));
    }
}

void Trainer::add(std::unique_ptr<Hook> hook) { hooks_.push_back(std::move(hook)); }

NamedTensors Trainer::all_tensors() const {
    NamedTensors all;
    for (const auto& [name, tensor] : tensors_of(task_.module())) all["model." + name] = tensor;
    for (const auto& [name, tensor] : average_) all["ema." + name] = tensor;
    for (const Optimizer& optimizer : optimizers_)
        for (const auto& [name, tensor] : optimizer.state())
            all["optimizer." + optimizer.group().name + "." + name] = tensor;
    return all;
}

void Trainer::save(const std::string& name) const {
    Checkpoint checkpoint{
        all_tensors(),        at_, setup_.task_name, setup_.config_toml, setup_.data_sha256, setup_.revision,
        at::get_num_threads()};
    checkpoint.tensors["rng.cpu"] = random_state();
    save_checkpoint(checkpoint_directory(), name, checkpoint);
}

void Trainer::require_same_run(const Checkpoint& there) const {
    const auto refuse = [&](const char* what, const std::string& difference, const std::string& remedy) {
        throw Error(ErrorKind::Usage, std::string("the run in this folder was started with ") + what)
            .where(setup_.directory)
            .got("a difference in " + difference)
            .hint("choose another --out" + remedy);
    };
    const auto both = [](const char* key, const std::string& old_value, const std::string& new_value) {
        return std::string(key) + " (there " + old_value + ", here " + new_value + ")";
    };
    if (there.task != setup_.task_name)
        refuse("another task", both("the model", there.task, setup_.task_name), "");
    // Before the configuration: ranges and sizes that nobody gave are measured on the data.
    if (there.data_sha256 != setup_.data_sha256)
        refuse("other data", both("--data, by SHA-256", there.data_sha256, setup_.data_sha256),
               "; a dataset that has grown since is another one");
    const std::vector<std::string> differences =
        shard::config_differences(there.config_toml, setup_.config_toml);
    if (differences.empty()) return;
    const bool other_end = differences.size() == 1 && differences[0].rfind("train.steps ", 0) == 0 &&
                           config_.steps > there.at.step;
    if (!other_end)
        refuse("another configuration", shard::listed(differences),
               ", or give the config.toml that lies in it");
    if (spans_run(config_.schedule))
        refuse("another configuration", differences[0],
               ": train.schedule.name = \"" + config_.schedule.name + "\" is laid over all steps of a run");
    logger_.info("the run in this folder had another end: " + differences[0]);
}

void Trainer::restore(const Checkpoint& checkpoint) {
    require_same_run(checkpoint);
    if (checkpoint.threads != at::get_num_threads())
        logger_.warn("the run had " + std::to_string(checkpoint.threads) +
                     " threads before: the last bits of its results will be others");
    NamedTensors tensors = checkpoint.tensors;
    const torch::Tensor random = tensors.at("rng.cpu");
    tensors.erase("rng.cpu");
    assign_tensors(tensors, "", all_tensors());
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(random);
    at_ = checkpoint.at;
}

/// The first rank alone looks for a checkpoint: others might see an older one on a network disk.
void Trainer::start() {
    std::filesystem::create_directories(setup_.directory);
    if (first_rank()) {
        require_run_folder(setup_);
        claim_.emplace(setup_.directory, logger_);
    }
    std::optional<Checkpoint> checkpoint;
    if (setup_.resume && first_rank()) checkpoint = newest_checkpoint(checkpoint_directory(), logger_);
    if (checkpoint) {
        restore(*checkpoint);
        logger_.info("going on at step " + std::to_string(at_.step) + " of " + std::to_string(config_.steps));
    }
    share_state();
    loader_ = setup_.training(at_.data);
}

void Trainer::share_state() {
    if (!setup_.ranks || setup_.ranks->size() == 1) return;
    const torch::Tensor counts = torch::tensor({at_.step, int64_t(at_.data.epoch), int64_t(at_.data.position),
                                                at_.best_step, int64_t(at_.stale_validations),
                                                int64_t(at_.plateau_stale), at_.validated}),
                        values = torch::tensor({at_.best, at_.plateau_factor}, torch::kFloat64),
                        random = random_state();
    for (const torch::Tensor& tensor : {counts, values, random}) setup_.ranks->share(tensor);
    for (const auto& entry : all_tensors()) setup_.ranks->share(entry.second);
    const auto* const n = counts.data_ptr<int64_t>();
    const auto* const v = values.data_ptr<double>();
    at_ = {n[0], {uint64_t(n[1]), uint64_t(n[2])}, v[0], n[3], int(n[4]), v[1], int(n[5]), n[6]};
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(random);
}

void Trainer::stop_at_nan(const std::string& what, Span<const Batch> batches, bool guilty,
                          const StepReport& report) const {
    std::vector<int64_t> mine;
    for (const Batch& batch : batches)
        for (const SampleKey& key : batch.keys)
            mine.insert(mine.end(), {int64_t(key.root.value), int64_t(key.index), guilty});
    const torch::Tensor flat = torch::tensor(mine);
    const std::vector<torch::Tensor> all =
        setup_.ranks ? setup_.ranks->gather(flat) : std::vector<torch::Tensor>{flat};
    nlohmann::json note = {{"step", report.step}, {"what", what}, {"numbers", nlohmann::json::object()}};
    std::string keys;
    for (const auto& [name, value] : report.numbers)
        note["numbers"][name] =
            std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(std::to_string(value));
    for (const torch::Tensor& each : all) {
        const auto* const numbers = each.data_ptr<int64_t>();
        for (int64_t i = 0; i < each.numel(); i += 3) {
            if (numbers[i + 2] == 0) continue;
            const std::string key = key_text({{uint64_t(numbers[i])}, uint64_t(numbers[i + 1])});
            note["keys"].push_back(key);
            keys += (keys.empty() ? "" : " ") + key;
        }
    }
    if (first_rank()) shard::write_text_file(setup_.directory, "not-finite.json", note.dump(2) + "\n");
    throw Error(ErrorKind::Failed, what + " is not finite at step " + std::to_string(report.step))
        .got("samples (seed/index) " + keys)
        .hint("see not-finite.json; the newest checkpoint is from before");
}

/// Adds the means over all ranks to the report: a loss that is not finite on one rank is so on all, and they
/// stop together.
void Trainer::report_losses(const std::map<std::string, double>& parts, StepReport& report) const {
    torch::Tensor flat = torch::empty({int64_t(parts.size())}, torch::kFloat64);
    int64_t i = 0;
    for (const auto& entry : parts) flat[i++] = entry.second;
    const std::vector<torch::Tensor> all =
        setup_.ranks ? setup_.ranks->gather(flat) : std::vector<torch::Tensor>{flat};
    const double count = double(batches_per_step_) * double(all.size());
    for (const torch::Tensor& each : all) {
        i = 0;
        for (const auto& entry : parts) report.numbers[entry.first] += each[i++].item<double>() / count;
    }
}

/// Dropout of a batch by its number alone, not by the rank that has it.
void Trainer::seed_random(int64_t group, int64_t batch) {
    if (!config_.deterministic) return;
    const auto words = philox(uint64_t(config_.seed), {uint32_t(at_.step), uint32_t(at_.step >> 32),
                                                       uint32_t(group), uint32_t(batch)});
    torch::manual_seed(uint64_t(words[0]) << 32 | words[1]);
}

bool Trainer::agree(bool stop) {
    if (!setup_.ranks) return stop || unvalidated_;
    // What the first rank's hooks decided, and who was asked to stop.
    const double mine = first_rank() ? 1 : 0;
    torch::Tensor all = torch::tensor({stop ? 1.0 : 0.0, mine * (stop_early_ ? 1 : 0),
                                       mine * at_.plateau_factor, mine * (unvalidated_ ? 1 : 0)},
                                      torch::kFloat64);
    setup_.ranks->sum(all);
    stop_early_ = all[1].item<double>() > 0;
    at_.plateau_factor = all[2].item<double>();
    unvalidated_ = all[3].item<double>() > 0;
    return all[0].item<double>() > 0 || unvalidated_;
}

StepReport Trainer::step() {
    std::vector<Batch> batches;
    loader::LoaderState after;
    for (int i = 0; i < batches_per_step_; ++i) {
        const std::shared_ptr<const loader::HostBatch> host = loader_->next();
        RADFORGE_ASSERT(host != nullptr);
        after = host->after;
        batches.push_back(to_batch(host, setup_.device));
        if (config_.channels_last)
            for (auto& [name, tensor] : batches.back().fields)
                tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    }
    StepReport report;
    report.step = at_.step + 1;
    task_.module().train();
    task_.begin_step(at_.step);
    for (size_t g = 0; g < optimizers_.size(); ++g) {
        gradients(g, batches, report);
        Optimizer& optimizer = optimizers_[g];
        const std::string& group = optimizer.group().name;
        const double length = optimizer.clip();
        report.numbers[group + ".gradient"] = length;
        if (!std::isfinite(length)) stop_at_nan("the gradient of " + group, batches, true, report);
        const double rate = config_.optimizer.rate * at_.plateau_factor *
                            rate_factor(config_.schedule, at_.step, config_.steps);
        report.numbers[group + ".rate"] = rate;
        optimizer.step(rate);
    }
    update_average();
    seed_random(int64_t(optimizers_.size()), 0);
    at_.step = report.step;
    at_.data = after;
    return report;
}

/// Losses and gradients of one group of parameters, over all batches of all ranks.
void Trainer::gradients(size_t g, const std::vector<Batch>& batches, StepReport& report) {
    Optimizer& optimizer = optimizers_[g];
    const std::string& group = optimizer.group().name;
    const int rank = setup_.ranks ? setup_.ranks->rank() : 0, ranks = setup_.ranks ? setup_.ranks->size() : 1;
    optimizer.zero();
    for (size_t b = 0; b < batches.size(); ++b) {
        seed_random(int64_t(g), int64_t(b) * ranks + rank);
        torch::Tensor total;
        std::map<std::string, double> parts;
        {
            const Autocast autocast(config_.precision == "bf16", setup_.device);
            for (const auto& [name, loss] : task_.losses(group, batches[b])) {
                const torch::Tensor part = loss.to(torch::kFloat32);
                parts[group + "." + name] = part.item<double>();
                total = total.defined() ? total + part : part;
            }
        }
        parts[group + ".total"] = total.item<double>();
        report_losses(parts, report);
        if (!std::isfinite(report.numbers[group + ".total"]))
            stop_at_nan("the loss of " + group, {&batches[b], 1}, !std::isfinite(parts.at(group + ".total")),
                        report);
        if (!reducers_.empty() && b + 1 == batches.size()) reducers_[g]->arm();
        (total / double(config_.accumulate)).backward();
        if (ordered_.empty()) continue;
        ordered_[g]->add();
        settle_statistics(task_.module(), setup_.ranks.get());
    }
    if (!reducers_.empty()) reducers_[g]->finish();
    if (!ordered_.empty()) ordered_[g]->finish();
}

void Trainer::update_average() {
    if (average_.empty()) return;
    const torch::NoGradGuard no_grad;
    for (const auto& [name, tensor] : tensors_of(task_.module())) {
        torch::Tensor mean = average_.at(name);
        if (mean.is_floating_point())
            mean.lerp_(tensor, 1 - config_.ema_decay);
        else
            mean.copy_(tensor);
    }
}

void Trainer::with_averaged_weights(const std::function<void()>& body) {
    const torch::NoGradGuard no_grad;
    const bool training = task_.module().is_training();
    NamedTensors live, own = tensors_of(task_.module());
    if (!average_.empty()) {
        for (const auto& [name, tensor] : own) live[name] = tensor.detach().clone();
        assign_tensors(average_, "", own);
    }
    task_.module().eval();
    const auto put_back = [&] {
        if (!live.empty()) assign_tensors(live, "", own);
        task_.module().train(training);
    };
    try {
        body();
    } catch (...) {
        put_back();
        throw;
    }
    put_back();
}

std::vector<Metric> Trainer::validate() {
    std::vector<Metric> means;
    if (!setup_.validation) return means;
    with_averaged_weights([&] {
        const std::unique_ptr<loader::Loader> loader = setup_.validation();
        while (const auto host = loader->next()) {
            unvalidated_ = setup_.should_stop && setup_.should_stop();
            if (unvalidated_) return means.clear();
            const std::vector<Metric> metrics = task_.evaluate(to_batch(host, setup_.device));
            if (means.empty())
                for (const Metric& m : metrics) means.push_back({m.name, m.unit, 0, 0});
            RADFORGE_ASSERT(means.size() == metrics.size());
            for (size_t i = 0; i < metrics.size(); ++i) {
                if (metrics[i].n == 0) continue;
                means[i].value += metrics[i].value * double(metrics[i].n);
                means[i].n += metrics[i].n;
            }
        }
    });
    for (Metric& m : means)
        m.value = m.n > 0 ? m.value / double(m.n) : std::numeric_limits<double>::quiet_NaN();
    return means;
}

std::optional<Batch> Trainer::validation_batch() {
    if (!setup_.validation) return std::nullopt;
    const auto host = setup_.validation()->next();
    if (!host) return std::nullopt;
    return to_batch(host, setup_.device);
}

Outcome Trainer::fit() {
    start();
    if (!first_rank()) hooks_.clear();
    for (const auto& hook : hooks_) hook->before_run(*this);
    Outcome outcome = Outcome::Finished;
    const bool unvalidated = agree(false);
    // A run that had stopped early is over, not to be trained on to its next validation.
    const bool over = stop_early_ || (config_.early_stop > 0 && at_.stale_validations >= config_.early_stop);
    if (over) outcome = Outcome::StoppedEarly;
    if (unvalidated) outcome = Outcome::Interrupted;
    while (!over && !unvalidated && at_.step < config_.steps) {
        const StepReport report = step();
        for (const auto& hook : hooks_) hook->after_step(*this, report);
        const bool asked = agree(setup_.should_stop && setup_.should_stop());
        if (stop_early_) {
            outcome = Outcome::StoppedEarly;
            break;
        }
        if (asked && (at_.step < config_.steps || unvalidated_)) {
            outcome = Outcome::Interrupted;
            break;
        }
    }
    if (first_rank()) save(checkpoint_name(at_.step));
    for (const auto& hook : hooks_) hook->after_run(*this);
    return outcome;
}

}  // namespace radforge::models
