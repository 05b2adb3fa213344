// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/recovery.h"

#include "models/metrics/picture.h"
#include "models/tasks/sheet.h"
#include "models/tasks/trained.h"
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/config/document.h"
#include "synth/config/reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

namespace radforge::models {
namespace {

using photo::Truth;

constexpr const char* task_name(Truth truth) {
    return truth == Truth::Flat ? "deillumination" : "restoration";
}

constexpr int channels_of(Truth truth) { return truth == Truth::Flat ? 3 : 1; }

/// Means of 10 log10(1 / MSE) over the pictures that count at all; the values of one run from 0 to 1.
class MeanPsnr {
public:
    void add(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& counts) {
        const double n = counts.sum().item<double>() * double(b.size(0));
        if (n == 0) return;
        const double mse = ((a - b).pow(2) * counts).sum().item<double>() / n;
        sum_ += mse > 0 ? std::min(100.0, -10 * std::log10(mse)) : 100;
        ++n_;
    }
    Metric metric(const std::string& name) const { return {name, "dB", n_ > 0 ? sum_ / double(n_) : 0, n_}; }

private:
    double sum_ = 0;
    int64_t n_ = 0;
};

/// Means of SSIM over the pictures that have a window of texels that all count.
class MeanSsim {
public:
    void add(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& counts) {
        const std::optional<double> ssim = metrics::ssim_where(image_of(a), image_of(b), image_of(counts), 1);
        sum_ += ssim.value_or(0);
        n_ += ssim ? 1 : 0;
    }
    Metric metric(const std::string& name) const { return {name, "", n_ > 0 ? sum_ / double(n_) : 0, n_}; }

private:
    double sum_ = 0;
    int64_t n_ = 0;
};

/// Mean over the pictures that count at all of the mean over the texels that do.
Metric mean_error_hu(const torch::Tensor& error_hu, const torch::Tensor& counts) {
    const torch::Tensor texels = counts.sum({1, 2, 3}, false, torch::kFloat64),
                        means = (error_hu * counts).sum({1, 2, 3}, false, torch::kFloat64) / texels;
    const torch::Tensor counted = means.masked_select(texels > 0);
    const int64_t n = counted.numel();
    return {"mae_hu", "HU", n > 0 ? counted.mean().item<double>() : 0, n};
}

/// The slice at (x, y) in texels of the flat film, by the sample's meta.json; nothing when it has no print
/// window.
std::optional<photo::PrintedPanel> printed_at(const std::string& meta, double x, double y) {
    for (const photo::PrintedPanel& p : photo::printed_panels(meta))
        if (x >= p.left_px && x < p.right_px && y >= p.top_px && y < p.bottom_px && p.high_hu > p.low_hu)
            return p;
    return std::nullopt;
}

void refuse_other_weights(const RecoverySettings& input, const std::string& file) {
    if (input.deillumination_sha256.empty()) return;
    const std::string sha256 = sha256_file(file);
    if (sha256 == input.deillumination_sha256) return;
    throw Error(ErrorKind::BadData, "not the weights that took the light off in training")
        .where(file)
        .got(sha256)
        .expected(input.deillumination_sha256);
}

class RecoveryTask final : public Task {
public:
    RecoveryTask(const RecoveryRunConfig& config, Truth truth) : config_(config), truth_(truth) {
        if (!config.input.deillumination.empty()) {
            if (truth == Truth::Flat)
                throw Error(ErrorKind::Usage, "input.deillumination is for restoration alone");
            Logger quiet(LogFormat::Text, true);
            before_ = light_network(config.input, torch::kCPU, quiet);
        }
        torch::manual_seed(uint64_t(config.train.seed));
        net_ = Dmphn(config.net, channels_of(truth));
    }
    torch::nn::Module& module() override { return *net_; }
    std::vector<ParamGroup> groups() override {
        ParamGroup net{"net", {}};
        for (const auto& p : net_->named_parameters()) net.parameters.emplace_back(p.key(), p.value());
        return {net};
    }

    Losses losses(const std::string&, const Batch& batch) override {
        return {{"recover", recover_loss(net_(input(batch)), batch.at("truth"), batch.at("counts"))}};
    }

    /// Over the texels that count: psnr and ssim of the result, psnr_input and ssim_input of what the network
    /// was given, by grey for CT values; restoration: mae_hu, and psnr_window with both held in the slice's
    /// print window.
    std::vector<Metric> evaluate(const Batch& batch) override {
        const torch::NoGradGuard no_grad;
        const torch::Tensor in = input(batch), out = net_(in).back().clamp(0, 1);
        const torch::Tensor &truth = batch.at("truth"), &counts = batch.at("counts");
        const torch::Tensor before = truth_ == Truth::Flat ? in : in.mean(1, true);
        MeanPsnr result, given, windowed;
        MeanSsim alike, alike_given;
        for (int64_t i = 0; i < batch.size(); ++i) {
            result.add(out[i], truth[i], counts[i]);
            given.add(before[i], truth[i], counts[i]);
            alike.add(out[i], truth[i], counts[i]);
            alike_given.add(before[i], truth[i], counts[i]);
        }
        std::vector<Metric> metrics = {result.metric("psnr"), given.metric("psnr_input"),
                                       alike.metric("ssim"), alike_given.metric("ssim_input")};
        if (truth_ == Truth::Flat) return metrics;
        const double low = config_.part.low_hu, range = config_.part.high_hu - low;
        metrics.push_back(mean_error_hu((out - truth).abs() * range, counts));
        for (int64_t i = 0; i < int64_t(batch.metas.size()); ++i) {
            const torch::Tensor at = batch.at("place")[i].flatten().to(torch::kCPU);
            const std::optional<photo::PrintedPanel> window =
                printed_at(batch.metas[size_t(i)], at[0].item<double>(), at[1].item<double>());
            if (!window) continue;
            const auto shown = [&](const torch::Tensor& x) {
                return ((x * range + low - window->low_hu) / (window->high_hu - window->low_hu)).clamp(0, 1);
            };
            windowed.add(shown(out[i]), shown(truth[i]), counts[i]);
        }
        if (!batch.metas.empty()) metrics.push_back(windowed.metric("psnr_window"));
        return metrics;
    }

    /// The part of the film as it was given, the result, the truth, and where that is known.
    Image preview(const Batch& batch, int64_t row) override {
        const torch::NoGradGuard no_grad;
        const torch::Tensor film = batch.at("film").slice(0, row, row + 1);
        Sheet sheet(1, 4, int(film.size(3)));
        sheet.put(0, 0, image_of(film[0]), 0, 1);
        sheet.put(0, 1, image_of(net_(light_off(film)).back()[0].clamp(0, 1)), 0, 1);
        sheet.put(0, 2, image_of(batch.at("truth")[row]), 0, 1);
        sheet.put(0, 3, image_of(batch.at("counts")[row]), 0, 1);
        return sheet.take();
    }

private:
    torch::Tensor light_off(const torch::Tensor& film) { return before_ ? (*before_)(film) : film; }
    torch::Tensor input(const Batch& batch) { return light_off(batch.at("film")); }

    RecoveryRunConfig config_;
    Truth truth_;
    std::unique_ptr<Recoverer> before_;
    Dmphn net_{nullptr};
};

}  // namespace

std::unique_ptr<Task> make_deillumination(const RecoveryRunConfig& config) {
    return std::make_unique<RecoveryTask>(config, Truth::Flat);
}

std::unique_ptr<Task> make_restoration(const RecoveryRunConfig& config) {
    return std::make_unique<RecoveryTask>(config, Truth::Hu);
}

Recoverer::Recoverer(const std::string& path, const std::string& task, torch::Device device, Logger& logger)
    : device_(device) {
    const Trained trained = open_trained(path, {task});
    file_ = trained.file;
    step_ = trained.checkpoint.at.step;
    config_ =
        config::load<RecoveryRunConfig>(config::Document::from_text(trained.checkpoint.config_toml, file_));
    net_ = Dmphn(config_.net, channels_of(task == task_name(Truth::Flat) ? Truth::Flat : Truth::Hu));
    put_weights(trained, *net_, device_);
    logger.info(file_ + ": " + task + ", step " + std::to_string(step_));
}

std::string Recoverer::sha256() const { return sha256_file(file_); }

torch::Tensor Recoverer::operator()(const torch::Tensor& film) {
    const torch::NoGradGuard no_grad;
    return net_(film.to(device_)).back().clamp(0, 1).to(film.device());
}

void note_light_network(RecoverySettings& input) {
    if (input.deillumination.empty()) return;
    input.deillumination = std::filesystem::absolute(input.deillumination).lexically_normal().string();
    const std::string file = open_trained(input.deillumination, {task_name(Truth::Flat)}).file;
    refuse_other_weights(input, file);
    input.deillumination_sha256 = sha256_file(file);
}

std::unique_ptr<Recoverer> light_network(const RecoverySettings& input, torch::Device device,
                                         Logger& logger) {
    if (input.deillumination.empty()) return nullptr;
    auto network = std::make_unique<Recoverer>(input.deillumination, task_name(Truth::Flat), device, logger);
    refuse_other_weights(input, network->file());
    return network;
}

}  // namespace radforge::models
