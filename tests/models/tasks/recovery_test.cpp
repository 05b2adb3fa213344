// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/recovery.h"

#include "models/metrics/picture.h"
#include "models/tasks/sheet.h"
#include "models/train/checkpoint.h"
#include "synth/base/error.h"
#include "synth/config/writer.h"
#include "synth/shard/file.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

namespace radforge::models {
namespace {

using testing::HasSubstr;

RecoveryRunConfig small() {
    RecoveryRunConfig config;
    config.net.width = 4;
    config.net.stacks = 1;
    config.part.crop_px = 16;
    config.part.low_hu = -1000;
    config.part.high_hu = 1000;
    return config;
}

/// Films whose truth is their own grey, darkened to the right.
Batch toy(int64_t size, int64_t channels) {
    torch::manual_seed(5);
    Batch batch;
    const torch::Tensor truth = torch::rand({size, 1, 4, 4}).repeat_interleave(4, 2).repeat_interleave(4, 3);
    const torch::Tensor shade = torch::linspace(1, 0.5, 16).view({1, 1, 1, 16});
    batch.fields["film"] = (truth * shade).expand({-1, 3, -1, -1}).contiguous();
    batch.fields["truth"] = truth.expand({-1, channels, -1, -1}).contiguous();
    batch.fields["counts"] = torch::ones({size, 1, 16, 16});
    batch.fields["place"] = torch::full({size, 2, 1, 1}, 5.0f).view({size, 1, 1, 2});
    batch.keys.resize(size_t(size));
    return batch;
}

double loss_after(Task& task, const Batch& batch, int steps) {
    OptimizerConfig config;
    config.name = "adam";
    Optimizer optimizer(config, task.groups().front());
    double last = 0;
    for (int i = 0; i <= steps; ++i) {
        optimizer.zero();
        torch::Tensor total;
        for (const auto& [name, loss] : task.losses("net", batch))
            total = total.defined() ? total + loss : loss;
        last = total.item<double>();
        total.backward();
        optimizer.step(2e-3);
    }
    return last;
}

TEST(Recovery, BothTasksLearnAToySet) {
    at::set_num_threads(1);
    for (const bool to_hu : {false, true}) {
        const Batch batch = toy(4, to_hu ? 1 : 3);
        const auto make = to_hu ? make_restoration : make_deillumination;
        const std::unique_ptr<Task> task = make(small());
        const double before = loss_after(*task, batch, 0), after = loss_after(*task, batch, 30);
        EXPECT_LT(after, 0.5 * before) << to_hu;
        for (const auto& p : task->module().named_parameters())
            EXPECT_TRUE(torch::isfinite(p.value()).all().item<bool>()) << p.key();
        task->module().eval();
        EXPECT_EQ(task->preview(batch, 1).width_px, 4 * 16);
    }
}

TEST(Recovery, PsnrOfTheInputIsThatOfTheFilm) {
    const Batch batch = toy(2, 3);
    const std::unique_ptr<Task> task = make_deillumination(small());
    task->module().eval();
    double want = 0;
    for (int64_t i = 0; i < 2; ++i)
        want +=
            -10 * std::log10((batch.at("film")[i] - batch.at("truth")[i]).pow(2).mean().item<double>()) / 2;
    const std::vector<Metric> metrics = task->evaluate(batch);
    ASSERT_EQ(metrics.size(), 4u);
    EXPECT_EQ(metrics[1].name, "psnr_input");
    EXPECT_NEAR(metrics[1].value, want, 1e-4);
}

TEST(Recovery, InputOfRestorationIsScoredByTheMeanOfItsColours) {
    Batch batch = toy(1, 1);
    batch.fields["film"] = batch.at("film") * torch::tensor({1.0f, 0.5f, 0.3f}).view({1, 3, 1, 1});
    const std::unique_ptr<Task> task = make_restoration(small());
    task->module().eval();
    const double mse = (batch.at("film").mean(1, true) - batch.at("truth")).pow(2).mean().item<double>();
    EXPECT_NEAR(task->evaluate(batch)[1].value, -10 * std::log10(mse), 1e-4);
}

TEST(Recovery, SsimIsThatOfThePicturesWhereTheyCount) {
    Batch batch = toy(2, 3);
    const std::unique_ptr<Task> task = make_deillumination(small());
    task->module().eval();
    const auto film = [&](int64_t i) { return image_of(batch.at("film")[i]); };
    const auto truth = [&](int64_t i) { return image_of(batch.at("truth")[i]); };
    const double want = (metrics::ssim(film(0), truth(0), 1) + metrics::ssim(film(1), truth(1), 1)) / 2;
    std::vector<Metric> metrics = task->evaluate(batch);
    EXPECT_EQ(metrics[2].name, "ssim");
    EXPECT_EQ(metrics[3].name, "ssim_input");
    EXPECT_NEAR(metrics[3].value, want, 1e-6);
    EXPECT_EQ(metrics[3].n, 2);
    // Of a picture that counts nowhere for 11 texels on end there is no SSIM.
    batch.fields["counts"][0].slice(2, 8, 9).zero_();
    metrics = task->evaluate(batch);
    EXPECT_EQ(metrics[3].n, 1);
    EXPECT_NEAR(metrics[3].value, metrics::ssim(film(1), truth(1), 1), 1e-6);
}

TEST(Recovery, WhatDoesNotCountChangesNoNumber) {
    const std::unique_ptr<Task> task = make_restoration(small());
    task->module().eval();
    Batch batch = toy(2, 1);
    batch.fields["counts"].slice(2, 0, 3).zero_();
    const std::vector<Metric> before = task->evaluate(batch);
    batch.fields["truth"].slice(2, 0, 3).fill_(7);
    const std::vector<Metric> after = task->evaluate(batch);
    for (size_t m = 0; m < before.size(); ++m) EXPECT_EQ(after[m].value, before[m].value) << before[m].name;
}

TEST(Recovery, ErrorInHuIsTheMeanOverPicturesHoweverTheyAreBatched) {
    const std::unique_ptr<Task> task = make_restoration(small());
    task->module().eval();
    Batch both = toy(3, 1);
    both.fields["counts"][0].slice(1, 0, 12).zero_();
    both.fields["counts"][1].zero_();  // counts nowhere
    double sum = 0;
    for (int64_t i = 0; i < 3; ++i) {
        Batch one;
        for (const auto& [name, field] : both.fields) one.fields[name] = field.slice(0, i, i + 1);
        one.keys.resize(1);
        const Metric mae = task->evaluate(one).back();
        ASSERT_EQ(mae.name, "mae_hu");
        EXPECT_EQ(mae.n, i == 1 ? 0 : 1);
        sum += mae.value * double(mae.n);
    }
    const Metric mae = task->evaluate(both).back();
    EXPECT_EQ(mae.n, 2);
    EXPECT_NEAR(mae.value, sum / 2, 1e-3);
}

TEST(Recovery, PrintWindowComesFromTheSliceAtThePlace) {
    Batch batch = toy(1, 1);
    const std::unique_ptr<Task> task = make_restoration(small());
    task->module().eval();
    const std::string panel = R"("width_px":10,"height_px":10,"window_center_hu":0,"window_width_hu":)";
    // The place (5, 5) lies in the second panel, as wide as the range that the network works in.
    batch.metas = {R"({"film":{"panels":[{"left_px":20,"top_px":0,)" + panel +
                   R"(5},{"left_px":0,"top_px":0,)" + panel + "2000}]}}"};
    const std::vector<Metric> metrics = task->evaluate(batch);
    ASSERT_EQ(metrics.back().name, "psnr_window");
    EXPECT_NEAR(metrics.back().value, metrics.front().value, 1e-4);
    EXPECT_EQ(metrics.back().n, 1);
    batch.metas = {R"({"film":{}})"};
    EXPECT_THROW(task->evaluate(batch), Error);
}

class RecovererTest : public testing::Test {
protected:
    void save(const std::string& run, const std::string& name, const std::string& task,
              RecoveryRunConfig written, RecoveryRunConfig net, int64_t out) {
        torch::manual_seed(3);
        net_ = Dmphn(net.net, out);
        Checkpoint checkpoint;
        checkpoint.task = task;
        checkpoint.config_toml = config::dump(written);
        for (const auto& [key, tensor] : tensors_of(*net_)) checkpoint.tensors["model." + key] = tensor;
        save_checkpoint(scratch_ / run + "/checkpoints", name, checkpoint);
    }
    std::string refusal(const std::string& path, const std::string& task) {
        try {
            Recoverer(path, task, torch::kCPU, logger_);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    test::Scratch scratch_;
    Logger logger_{LogFormat::Text, true};
    Dmphn net_{nullptr};
};

TEST_F(RecovererTest, AnswersAsTheTrainedNetwork) {
    save("run", "step-000000004", "restoration", small(), small(), 1);
    save("run", "step-000000010", "restoration", small(), small(), 1);
    Recoverer recoverer(scratch_ / "run", "restoration", torch::kCPU, logger_);
    EXPECT_THAT(recoverer.file(), HasSubstr("step-000000010"));
    const torch::Tensor film = torch::rand({1, 3, 13, 21});
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(recoverer(film).equal(net_(film).back().clamp(0, 1)));
}

TEST_F(RecovererTest, LightIsTakenOffByTheWeightsOfTrainingOrByNone) {
    EXPECT_EQ(light_network({}, torch::kCPU, logger_), nullptr);
    save("light", "best", "deillumination", small(), small(), 3);
    const std::filesystem::path here = std::filesystem::current_path();
    std::filesystem::current_path(std::string(scratch_ / "."));
    RecoverySettings input;
    input.deillumination = "light";
    note_light_network(input);
    std::filesystem::current_path(here);
    EXPECT_EQ(input.deillumination_sha256.size(), 64u);
    EXPECT_NE(light_network(input, torch::kCPU, logger_), nullptr);  // from another folder
    torch::manual_seed(4);
    RecoveryRunConfig other = small();
    other.train.seed = 4;
    save("light", "best", "deillumination", other, small(), 3);
    for (auto& tensor : net_->parameters()) {
        const torch::NoGradGuard no_grad;
        tensor.add_(1);
    }
    Checkpoint changed = load_checkpoint(scratch_ / "light/checkpoints", "best");
    for (const auto& [key, tensor] : tensors_of(*net_)) changed.tensors["model." + key] = tensor;
    save_checkpoint(scratch_ / "light/checkpoints", "best", changed);
    EXPECT_THROW(light_network(input, torch::kCPU, logger_), Error);
    EXPECT_THROW(note_light_network(input), Error);
}

TEST_F(RecovererTest, RefusesWhatItIsNot) {
    save("run", "best", "restoration", small(), small(), 1);
    EXPECT_THAT(refusal(scratch_ / "run", "deillumination"), HasSubstr("another model"));
    EXPECT_THAT(refusal(scratch_ / "none", "restoration"), HasSubstr("no checkpoint"));
    RecoveryRunConfig wide = small();
    wide.net.width = 6;
    save("wide", "best", "restoration", small(), wide, 1);
    EXPECT_THAT(refusal(scratch_ / "wide", "restoration"), HasSubstr("another width"));
    const std::string weights = scratch_ / "run/checkpoints/best.safetensors";
    std::filesystem::resize_file(weights, std::filesystem::file_size(weights) - 1);
    EXPECT_THAT(refusal(scratch_ / "run", "restoration"), HasSubstr("cut or changed"));
}

}  // namespace
}  // namespace radforge::models
