// SPDX-License-Identifier: Apache-2.0
#include "models/train/trainer.h"

#include "models/train/hooks.h"
#include "synth/base/error.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "tests/models/data/sharded_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

namespace radforge::models {
namespace {

using testing::HasSubstr;

/// Two small groups of weights that learn a map from a photo; dropout and batch statistics make every kind of
/// state count.
class ToyTask final : public Task {
public:
    struct Net : torch::nn::Module {
        Net() {
            a = register_module("a", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 6, 3).padding(1)));
            norm = register_module("norm", torch::nn::BatchNorm2d(6));
            b = register_module("b", torch::nn::Conv2d(torch::nn::Conv2dOptions(6, 2, 1)));
            bias = register_parameter("bias", torch::zeros({1, 2, 1, 1}));
        }
        torch::Tensor forward(const torch::Tensor& x) {
            return b(torch::dropout(torch::relu(norm(a(x))), 0.2, is_training())) + bias;
        }
        torch::nn::Conv2d a{nullptr}, b{nullptr};
        torch::nn::BatchNorm2d norm{nullptr};
        torch::Tensor bias;
    };
    explicit ToyTask(uint64_t seed) {
        torch::manual_seed(seed);
        net = std::make_shared<Net>();
    }
    torch::nn::Module& module() override { return *net; }
    std::vector<ParamGroup> groups() override {
        ParamGroup weights{"weights", {}}, bias{"bias", {{"bias", net->bias}}};
        for (const auto& p : net->named_parameters())
            if (p.key() != "bias") weights.parameters.emplace_back(p.key(), p.value());
        return {weights, bias};
    }
    Losses losses(const std::string& group, const Batch& batch) override {
        const torch::Tensor error = net->forward(batch.at("photo")) - batch.at("map");
        torch::Tensor loss = error.pow(2).mean();
        if (poison_step-- == 0) loss = loss * std::numeric_limits<float>::quiet_NaN();
        if (group == "bias") return {{"mean", error.mean().abs()}};
        return {{"square", loss}, {"absolute", 0.1 * error.abs().mean()}};
    }
    std::vector<Metric> evaluate(const Batch& batch) override {
        const double error = (net->forward(batch.at("photo")) - batch.at("map")).abs().mean().item<double>();
        const double told = calls++ < not_finite ? -std::numeric_limits<double>::infinity() : error;
        return {{"error", "", worse_every_time ? calls : told, batch.size()},
                {"ones", "", unmeasured ? 0. : 1., unmeasured ? 0 : batch.size()}};
    }
    Image preview(const Batch& batch, int64_t row) override {
        Image image(6, 8, 3, PixelType::U8, ColorSpace::Srgb);
        const torch::Tensor photo = batch.at("photo")[row].contiguous();
        for (size_t i = 0; i < 48; ++i)
            for (size_t k = 0; k < 3; ++k)
                image.bytes[3 * i + k] = std::byte(quantize_u8(photo.data_ptr<float>()[48 * k + i]));
        return image;
    }
    std::shared_ptr<Net> net;
    int poison_step = -1;
    bool worse_every_time = false;
    double calls = 0;
    bool unmeasured = false;  ///< there are no ones
    int not_finite = 0;       ///< calls of evaluate() whose error is not
};

class TrainerTest : public testing::Test {
protected:
    TrainerTest() {
        at::set_num_threads(1);
        test::write_sharded_set(scratch_ / "set", {7, 7, 7, 2});
        config_.steps = 9;
        config_.ema_decay = 0.9;
        config_.log_every = 1;
        config_.validate_every = 4;
        config_.checkpoint_every = 3;
        config_.preview_every = 4;
        config_.optimizer.rate = 0.02;
        config_.optimizer.clip_norm = 1;
        config_.schedule.name = "cosine";
    }

    std::unique_ptr<loader::Loader> open(const loader::LoaderState& start, uint64_t epochs,
                                         const char* remainder) {
        loader::LoaderOptions options;
        options.config.batch = 4;
        options.config.window_shards = 2;
        options.config.remainder = remainder;
        options.start = start;
        options.epochs = epochs;
        loader::SourceOptions source;
        source.fields = {"photo", "map"};
        return std::make_unique<loader::Loader>(
            std::vector<std::shared_ptr<const loader::Source>>{
                std::make_shared<const loader::Source>(scratch_ / "set", source)},
            options, logger_);
    }
    TrainSetup setup(const std::string& run) {
        TrainSetup s;
        s.directory = scratch_ / run;
        s.task_name = "toy";
        s.config_toml = "a = 1\n";
        s.data_sha256 = "d";
        s.training = [this](const loader::LoaderState& start) { return open(start, 0, "drop"); };
        s.validation = [this] { return open({}, 1, "short"); };
        return s;
    }
    Outcome fit(ToyTask& task, const TrainSetup& s) {
        Trainer trainer(task, config_, s, logger_);
        for (auto& hook : standard_hooks()) trainer.add(std::move(hook));
        return trainer.fit();
    }
    std::string slurp(const std::string& name) const { return test::slurp(scratch_ / name); }

    test::Scratch scratch_;
    Logger logger_{LogFormat::Text, true};
    TrainConfig config_;
};

TEST_F(TrainerTest, StoppedAtAnyStepAndResumedARunEndsWithTheSameBits) {
    ToyTask whole(3);
    ASSERT_EQ(fit(whole, setup("whole")), Outcome::Finished);
    const std::string weights = slurp("whole/checkpoints/step-000000009.safetensors");
    ASSERT_GT(weights.size(), 1000u);
    for (int stop = 1; stop < 27; ++stop) {  // after 9 steps, the last excepted, and in three validations
        const std::string run = "stop" + std::to_string(stop);
        TrainSetup s = setup(run);
        int asked = 0;
        s.should_stop = [&] { return ++asked == stop; };
        ToyTask first(3);
        ASSERT_EQ(fit(first, s), Outcome::Interrupted);
        ToyTask second(99);  // other first weights, another state of the random numbers: all is restored
        s.should_stop = nullptr;
        ASSERT_EQ(fit(second, s), Outcome::Finished);
        ASSERT_EQ(slurp(run + "/checkpoints/step-000000009.safetensors"), weights) << stop;
        ASSERT_EQ(slurp(run + "/checkpoints/step-000000009.json"),
                  slurp("whole/checkpoints/step-000000009.json"))
            << stop;
        ASSERT_EQ(slurp(run + "/metrics.jsonl"), slurp("whole/metrics.jsonl")) << stop;
        ASSERT_EQ(slurp(run + "/checkpoints/best.safetensors"), slurp("whole/checkpoints/best.safetensors"))
            << stop;
    }
}

TEST_F(TrainerTest, CutCheckpointIsRefusedAndThePreviousOneUsed) {
    ToyTask whole(3);
    fit(whole, setup("whole"));
    const std::string weights = slurp("whole/checkpoints/step-000000009.safetensors");
    const std::string path = scratch_ / "whole/checkpoints/step-000000009.safetensors";
    test::spill(path, weights.substr(0, weights.size() - 1));
    EXPECT_THROW(load_checkpoint(scratch_ / "whole/checkpoints", "step-000000009"), Error);
    EXPECT_EQ(newest_checkpoint(scratch_ / "whole/checkpoints", logger_)->at.step, 6);
    ToyTask again(4);
    ASSERT_EQ(fit(again, setup("whole")), Outcome::Finished);
    EXPECT_EQ(test::slurp(path), weights);
}

TEST_F(TrainerTest, DamagedCheckpointThatWasPassedOverCostsNoLaterOne) {
    config_.keep_checkpoints = 1;
    ToyTask whole(3);
    fit(whole, setup("run"));
    const std::string cut = scratch_ / "run/checkpoints/step-000000009.safetensors";
    test::spill(cut, "cut");
    ToyTask again(3);
    TrainSetup s = setup("run");
    s.should_stop = [] { return true; };
    ASSERT_EQ(fit(again, s), Outcome::Interrupted);  // from the beginning: nothing else was kept
    EXPECT_EQ(newest_checkpoint(scratch_ / "run/checkpoints", logger_)->at.step, 1);
    ASSERT_EQ(fit(again, s), Outcome::Interrupted);
    EXPECT_EQ(newest_checkpoint(scratch_ / "run/checkpoints", logger_)->at.step, 2);
}

TEST_F(TrainerTest, MetricThatNobodyMeasuresIsRefusedBeforeTheFirstStep) {
    config_.monitor = "uv_l1";
    ToyTask task(3);
    try {
        fit(task, setup("run"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("got 'uv_l1', expected one of error, ones"));
    }
    EXPECT_FALSE(newest_checkpoint(scratch_ / "run/checkpoints", logger_));
}

class ResumedRun : public TrainerTest {
protected:
    ResumedRun() { config_.steps = 5; }
    /// Of two runs in one folder, after a first one of five steps.
    std::string refusal_of(const TrainSetup& s) {
        ToyTask task(3);
        try {
            fit(task, s);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Usage);
            return error.what();
        }
        return "nothing was refused";
    }
    TrainSetup setup_of(const std::string& run, const std::string& name, const std::string& value) {
        std::map<std::string, std::string> keys = {{"steps", std::to_string(config_.steps)}, {"seed", "1"}};
        if (!name.empty()) keys[name] = value;
        TrainSetup s = setup(run);
        s.config_toml = "[train]\nseed = " + keys["seed"] + "\nsteps = " + keys["steps"] + "\n";
        return s;
    }
    void first_run() {
        ToyTask task(3);
        ASSERT_EQ(fit(task, setup_of("run", "", "")), Outcome::Finished);
    }
};

TEST_F(ResumedRun, OfAnotherConfigurationIsRefusedByTheKeysThatDiffer) {
    first_run();
    EXPECT_THAT(refusal_of(setup_of("run", "seed", "2")),
                HasSubstr("got a difference in train.seed (there 1, here 2)"));
    TrainSetup other = setup_of("run", "", "");
    other.data_sha256 = "e";
    EXPECT_THAT(refusal_of(other),
                testing::AllOf(HasSubstr("other data"), HasSubstr("(there d, here e)"), HasSubstr("grown")));
    other = setup_of("run", "", "");
    other.task_name = "toy2";
    EXPECT_THAT(refusal_of(other), HasSubstr("the model (there toy, here toy2)"));
}

TEST_F(ResumedRun, GoesOnToMoreStepsWhereNoRateDependsOnThem) {
    config_.schedule.name = "constant";
    first_run();
    config_.steps = 9;
    ToyTask more(4);
    ASSERT_EQ(fit(more, setup_of("run", "", "")), Outcome::Finished);
    ToyTask whole(3);
    ASSERT_EQ(fit(whole, setup_of("whole", "", "")), Outcome::Finished);
    EXPECT_TRUE(slurp("run/checkpoints/step-000000009.safetensors") ==
                slurp("whole/checkpoints/step-000000009.safetensors"));
    EXPECT_EQ(slurp("run/config.toml"), slurp("whole/config.toml"));
    config_.steps = 7;
    EXPECT_THAT(refusal_of(setup_of("run", "", "")), HasSubstr("train.steps (there 9, here 7)"));
}

TEST_F(ResumedRun, IsNotMadeLongerUnderAScheduleThatSpansIt) {
    config_.schedule.name = "cosine";
    first_run();
    config_.steps = 9;
    EXPECT_THAT(refusal_of(setup_of("run", "", "")),
                testing::AllOf(HasSubstr("train.steps (there 5, here 9)"),
                               HasSubstr("train.schedule.name = \"cosine\" is laid over all steps")));
}

TEST_F(TrainerTest, LearnsAndLeavesWhatARunShouldLeave) {
    config_.steps = 60;
    ToyTask task(3);
    const TrainSetup s = setup("run");
    const double before = Trainer(task, config_, s, logger_).validate().at(0).value;
    fit(task, s);
    Trainer trainer(task, config_, s, logger_);
    const std::vector<Metric> metrics = trainer.validate();
    EXPECT_LT(metrics.at(0).value, 0.7 * before);
    EXPECT_EQ(metrics.at(0).n, 23);
    EXPECT_EQ(metrics.at(1).value, 1);
    for (const char* const file :
         {"config.toml", "metrics.jsonl", "checkpoints/best.safetensors", "checkpoints/best.json"})
        EXPECT_TRUE(shard::file_exists(s.directory + "/" + file)) << file;
    int numbered = 0;
    for (const std::string& file : shard::list_directory(s.directory + "/checkpoints"))
        numbered += file.rfind("step-", 0) == 0;
    EXPECT_EQ(numbered, 4);  // two files each of the newest two
    const std::string png = slurp("run/previews/step-000000060.png");
    const Image preview =
        shard::decode_png(Span<const std::byte>(reinterpret_cast<const std::byte*>(png.data()), png.size()));
    EXPECT_EQ(preview.height_px, 12);
    EXPECT_THAT(slurp("run/metrics.jsonl"), HasSubstr("weights.square"));
}

TEST_F(TrainerTest, AccumulatedHalfBatchesGiveTheGradientOfTheWhole) {
    // Without dropout and batch statistics: eval() would hide the updates, so compare the first gradient's
    // length.
    struct Linear final : Task {
        torch::nn::Conv2d conv{torch::nn::Conv2dOptions(3, 2, 1)};
        torch::nn::Module& module() override { return *conv; }
        std::vector<ParamGroup> groups() override {
            return {{"net", {{"w", conv->weight}, {"b", conv->bias}}}};
        }
        Losses losses(const std::string&, const Batch& b) override {
            return {{"square", (conv(b.at("photo")) - b.at("map")).pow(2).mean()}};
        }
        std::vector<Metric> evaluate(const Batch&) override { return {}; }
        Image preview(const Batch&, int64_t) override { return {}; }
    };
    config_ = {};
    config_.steps = 1;
    const auto weights_after = [&](int batch, int accumulate) {
        torch::manual_seed(1);
        Linear task;
        config_.accumulate = accumulate;
        TrainSetup s = setup("accumulate" + std::to_string(batch));
        s.validation = nullptr;
        s.training = [&](const loader::LoaderState&) {
            loader::LoaderOptions options;
            options.config.batch = batch;
            loader::SourceOptions source;
            source.fields = {"photo", "map"};
            return std::make_unique<loader::Loader>(
                std::vector<std::shared_ptr<const loader::Source>>{
                    std::make_shared<const loader::Source>(scratch_ / "set", source)},
                options, logger_);
        };
        Trainer(task, config_, s, logger_).fit();
        return task.conv->weight.detach().clone();
    };
    EXPECT_LT((weights_after(8, 1) - weights_after(2, 4)).abs().max().item<double>(), 1e-6);
}

RankOptions rank_options(int rank, int size, const std::string& file) {
    RankOptions options;
    options.rank = rank;
    options.size = size;
    options.store_file = file;
    options.timeout = std::chrono::seconds(20);
    return options;
}

/// One step's worth of a model without batch statistics, as one of `size` ranks with batches of `batch`.
/// @param poisoned  sample whose loss is not finite
torch::Tensor weights_of_rank(const std::string& set, const std::string& run, int rank, int size, int batch,
                              int steps, uint64_t poisoned = ~uint64_t(0)) {
    struct Linear final : Task {
        torch::nn::Conv2d conv{torch::nn::Conv2dOptions(3, 2, 1)};
        uint64_t poisoned;
        explicit Linear(uint64_t sample) : poisoned(sample) {
            const torch::NoGradGuard no_grad;
            conv->weight.fill_(0.1);
            conv->bias.zero_();
        }
        torch::nn::Module& module() override { return *conv; }
        std::vector<ParamGroup> groups() override {
            return {{"net", {{"w", conv->weight}, {"b", conv->bias}}}};
        }
        Losses losses(const std::string&, const Batch& b) override {
            torch::Tensor loss = (conv(b.at("photo")) - b.at("map")).pow(2).mean();
            for (const SampleKey& key : b.keys)
                if (key.index == poisoned) loss = loss * std::numeric_limits<float>::quiet_NaN();
            return {{"square", loss}};
        }
        std::vector<Metric> evaluate(const Batch&) override { return {}; }
        Image preview(const Batch&, int64_t) override { return {}; }
    };
    Logger logger(LogFormat::Text, true);
    Linear task(poisoned);
    TrainConfig config;
    config.steps = steps;
    TrainSetup s;
    s.directory = run;
    s.task_name = "linear";
    s.ranks = std::make_shared<Ranks>(rank_options(rank, size, run + ".meet"));
    s.training = [&](const loader::LoaderState& start) {
        loader::LoaderOptions options;
        options.config.batch = batch;
        options.rank = rank;
        options.ranks = size;
        options.start = start;
        loader::SourceOptions source;
        source.fields = {"photo", "map"};
        return std::make_unique<loader::Loader>(
            std::vector<std::shared_ptr<const loader::Source>>{
                std::make_shared<const loader::Source>(set, source)},
            options, logger);
    };
    Trainer(task, config, s, logger).fit();
    return task.conv->weight.detach().clone();
}

TEST_F(TrainerTest, TwoRanksDoWhatOneDoesWithTheWholeBatch) {
    const torch::Tensor alone = weights_of_rank(scratch_ / "set", scratch_ / "alone", 0, 1, 4, 8);
    torch::Tensor pair[2];
    std::thread other([&] { pair[1] = weights_of_rank(scratch_ / "set", scratch_ / "pair", 1, 2, 2, 8); });
    pair[0] = weights_of_rank(scratch_ / "set", scratch_ / "pair", 0, 2, 2, 8);
    other.join();
    EXPECT_TRUE(pair[0].equal(pair[1]));
    EXPECT_LT(((pair[0] - alone).abs().max() / alone.abs().max()).item<double>(), 1e-5);
    EXPECT_EQ(newest_checkpoint(scratch_ / "pair/checkpoints", logger_)->at.data.position,
              newest_checkpoint(scratch_ / "alone/checkpoints", logger_)->at.data.position);
}

TEST_F(TrainerTest, RankWhoseLossIsNotFiniteIsTheOneWhoseSamplesAreNamed) {
    constexpr uint64_t kPoisoned = 10;
    const auto train = [&](int rank) {
        EXPECT_THROW(weights_of_rank(scratch_ / "set", scratch_ / "pair", rank, 2, 2, 8, kPoisoned), Error);
    };
    std::thread other([&] { train(1); });
    train(0);
    other.join();
    const auto keys = nlohmann::json::parse(slurp("pair/not-finite.json")).at("keys");
    EXPECT_EQ(keys.size(), 2u);  // one rank's batch
    EXPECT_NE(std::find(keys.begin(), keys.end(), "7/10"), keys.end()) << keys;
}

TEST_F(TrainerTest, RankWhosePartnerIsGoneStopsInTime) {
    const std::string file = scratch_ / "meet";
    auto make = [&](int rank) { return std::make_unique<Ranks>(rank_options(rank, 2, file)); };
    std::unique_ptr<Ranks> first;
    std::thread other([&] { make(1); });  // meets, and goes
    first = make(0);
    other.join();
    EXPECT_THROW(first->sum(torch::ones({10})), Error);
}

TEST_F(TrainerTest, LossThatIsNotFiniteStopsTheRunWithItsSamples) {
    ToyTask task(3);
    task.poison_step = 8;  // the first group of the fifth step
    try {
        fit(task, setup("run"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("step 5"));
        EXPECT_THAT(error.what(), HasSubstr("7/"));
    }
    EXPECT_THAT(slurp("run/not-finite.json"), HasSubstr("weights.square"));
    EXPECT_EQ(newest_checkpoint(scratch_ / "run/checkpoints", logger_)->at.step, 3);
}

TEST_F(TrainerTest, RunThatGetsNoBetterEndsEarly) {
    config_.steps = 1000;
    config_.validate_every = 2;
    config_.early_stop = 3;
    config_.schedule.name = "plateau";
    config_.schedule.plateau_patience = 1;
    ToyTask task(3);
    task.worse_every_time = true;
    EXPECT_EQ(fit(task, setup("run")), Outcome::StoppedEarly);
    const Progression at = newest_checkpoint(scratch_ / "run/checkpoints", logger_)->at;
    EXPECT_EQ(at.step, 8);
    EXPECT_EQ(at.best_step, 2);
    EXPECT_EQ(at.plateau_factor, 0.5);
    const std::string log = slurp("run/metrics.jsonl");
    EXPECT_EQ(fit(task, setup("run")), Outcome::StoppedEarly);  // it is over, and stays so
    EXPECT_EQ(newest_checkpoint(scratch_ / "run/checkpoints", logger_)->at.step, 8);
    EXPECT_EQ(slurp("run/metrics.jsonl"), log);
}

TEST_F(TrainerTest, ValidationThatIsNotFiniteIsNeverTheBest) {
    ToyTask task(3);
    task.not_finite = 2;  // the look before the run, and its first validation
    fit(task, setup("run"));
    const Checkpoint best = load_checkpoint(scratch_ / "run/checkpoints", "best");
    EXPECT_GT(best.at.best_step, 4);
    EXPECT_TRUE(std::isfinite(best.at.best));

    ToyTask never(3);
    never.not_finite = 1000;
    fit(never, setup("never"));
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "never/checkpoints/best.json"));
    EXPECT_EQ(load_checkpoint(scratch_ / "never/checkpoints", checkpoint_name(9)).at.stale_validations, 3);
}

TEST_F(TrainerTest, MetricOfNoSampleIsNotMeasuredAndNeverTheBest) {
    ToyTask task(3);
    task.unmeasured = true;
    config_.monitor = "ones";
    fit(task, setup("run"));
    const std::string log = slurp("run/metrics.jsonl");
    EXPECT_THAT(log, HasSubstr("\"ones\":null"));
    EXPECT_THAT(log, testing::Not(HasSubstr("\"ones\":0")));
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "run/checkpoints/best.json"));
}

TEST_F(TrainerTest, FolderOfAnotherRunIsLeftAlone) {
    ToyTask task(3);
    fit(task, setup("run"));
    for (const auto change : {0, 1, 2}) {
        TrainSetup s = setup("run");
        (change == 0 ? s.task_name : change == 1 ? s.config_toml : s.data_sha256) = "other";
        EXPECT_THROW(fit(task, s), Error);
    }
}

TEST_F(TrainerTest, AveragedWeightsAreTheRunningMeanFromTheFirstOnes) {
    config_.steps = config_.keep_checkpoints = 4;
    config_.checkpoint_every = 1;
    ToyTask task(3);
    NamedTensors mean;
    for (const auto& [name, tensor] : tensors_of(*task.net)) mean[name] = tensor.detach().clone();
    fit(task, setup("run"));
    for (int64_t step = 1; step <= 4; ++step) {
        const NamedTensors there =
            load_checkpoint(scratch_ / "run/checkpoints", checkpoint_name(step)).tensors;
        for (auto& [name, tensor] : mean) {
            const torch::Tensor& now = there.at("model." + name);
            tensor = tensor.is_floating_point() ? 0.9 * tensor + 0.1 * now : now;
            EXPECT_TRUE(torch::allclose(there.at("ema." + name), tensor, 1e-5, 1e-6)) << name << ' ' << step;
        }
    }
}

TEST_F(TrainerTest, BrainFloatTrainsToo) {
    config_.precision = "bf16";
    config_.steps = 60;
    ToyTask task(3);
    const double before = Trainer(task, config_, setup("run"), logger_).validate().at(0).value;
    fit(task, setup("run"));
    EXPECT_LT(Trainer(task, config_, setup("run"), logger_).validate().at(0).value, 0.7 * before);
}

}  // namespace
}  // namespace radforge::models
