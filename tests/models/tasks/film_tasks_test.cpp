// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/dewarpnet.h"
#include "models/tasks/firenet.h"
#include "tests/models/tasks/film_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::models {
namespace {

using testing::ElementsAre;

FireNetRunConfig tiny_firenet() {
    FireNetRunConfig config;
    config.net.width = 4;
    return config;
}

DewarpNetRunConfig tiny_dewarpnet() {
    DewarpNetRunConfig config;
    config.net.shape_width = 4;
    config.net.mapping_width = 2;
    config.net.downs = 5;
    return config;
}

std::vector<std::string> names_of(const Losses& losses) {
    std::vector<std::string> names;
    for (const auto& [name, loss] : losses) {
        EXPECT_TRUE(torch::isfinite(loss).all().item<bool>()) << name;
        names.push_back(name);
    }
    return names;
}

std::vector<std::string> names_of(const std::vector<Metric>& metrics) {
    std::vector<std::string> names;
    for (const Metric& m : metrics) {
        EXPECT_TRUE(std::isfinite(m.value)) << m.name;
        names.push_back(m.name);
    }
    return names;
}

double total(const Losses& losses) {
    double sum = 0;
    for (const auto& [name, loss] : losses) sum += loss.item<double>();
    return sum;
}

/// Loss of each group before and after some steps on one batch.
std::map<std::string, std::pair<double, double>> learn(Task& task, const Batch& batch, int steps) {
    OptimizerConfig config;
    config.name = "adam";
    config.rate = 5e-3;
    std::map<std::string, std::pair<double, double>> loss;
    task.module().train();
    std::vector<Optimizer> optimizers;
    for (ParamGroup& group : task.groups()) optimizers.emplace_back(config, std::move(group));
    for (int i = 0; i < steps; ++i)
        for (Optimizer& optimizer : optimizers) {
            const std::string& name = optimizer.group().name;
            optimizer.zero();
            const Losses losses = task.losses(name, batch);
            torch::Tensor sum = torch::zeros({});
            for (const auto& [part, value] : losses) sum = sum + value;
            sum.backward();
            optimizer.step(config.rate);
            if (i == 0) loss[name].first = sum.item<double>();
            loss[name].second = sum.item<double>();
        }
    return loss;
}

TEST(FireNetTask, EachRowOfTheAblationHasItsLossesAndErrors) {
    torch::manual_seed(1);
    const Batch batch = test::film_batch(2, 64);
    struct Row {
        bool uv, many_maps, deform;
        std::vector<std::string> losses, metrics;
    };
    const std::vector<std::string> of_uv = {"uv_l1", "uv_error", "bm_error", "bg_iou", "wc_l1"},
                                   of_maps = {"uv_l1", "uv_error",  "bm_error", "bg_iou",
                                              "wc_l1", "normal_l1", "depth_l1"};
    for (const Row& row :
         {Row{false, false, false, {"wc", "bg", "bm_l1"}, {"bm_l1", "bm_error", "bg_iou", "wc_l1"}},
          Row{true, false, false, {"wc", "bg", "uv_shift", "uv_disturb", "uv_diff", "uv_l1"}, of_uv},
          Row{true,
              true,
              false,
              {"wc", "bg", "normal", "depth", "uv_shift", "uv_disturb", "uv_diff", "uv_l1"},
              of_maps},
          Row{true,
              true,
              true,
              {"wc", "bg", "normal", "depth", "uv_shift", "uv_disturb", "uv_diff", "uv_l1", "df_shift",
               "df_disturb", "df_diff"},
              of_maps}}) {
        FireNetRunConfig config = tiny_firenet();
        config.net.uv = row.uv;
        config.net.many_maps = row.many_maps;
        config.net.deform = row.deform;
        const auto task = make_firenet(config);
        EXPECT_EQ(names_of(task->losses("net", batch)), row.losses);
        task->module().eval();
        EXPECT_EQ(names_of(task->evaluate(batch)), row.metrics);
        const Image preview = task->preview(batch, 1);
        EXPECT_EQ(preview.height_px, 128);
        EXPECT_EQ(preview.channels, 3);
    }
}

TEST(FireNetTask, LossFallsOnOneBatch) {
    torch::manual_seed(1);
    const auto task = make_firenet(tiny_firenet());
    const auto loss = learn(*task, test::film_batch(2, 32), 25);
    EXPECT_LT(loss.at("net").second, 0.7 * loss.at("net").first);
}

/// Mean error on the film of the decoders of shape after some steps on one batch, in errors of the answer 0:
/// the middle of every range, and what lies off the film.
std::map<std::string, double> shape_errors(double shape_weight) {
    torch::manual_seed(1);
    FireNetRunConfig config = tiny_firenet();
    config.loss.shape_weight = shape_weight;
    const auto task = make_firenet(config);
    const Batch batch = test::film_batch(2, 32);
    learn(*task, batch, 60);
    const torch::Tensor film = (batch.at("bg") > 0).to(torch::kFloat32);
    std::map<std::string, double> errors;
    for (const Metric& m : task->evaluate(batch)) errors[m.name] = m.value;
    for (const std::string name : {"wc", "depth"}) {
        const torch::Tensor& truth = batch.at(name);
        errors[name + "_l1"] /=
            ((truth.abs() * film).sum() / film.sum()).item<double>() / double(truth.size(1));
    }
    return errors;
}

/// The second network's gradient runs through the decoders of shape: by weight alone they belong to it or to
/// their own losses.
TEST(FireNetTask, WeightMakesTheDecodersOfShapeLearnIt) {
    const std::map<std::string, double> unit = shape_errors(1), heavy = shape_errors(10);
    for (const char* name : {"wc_l1", "depth_l1"}) {
        EXPECT_LT(heavy.at(name), 0.8 * unit.at(name)) << name;
        EXPECT_LT(heavy.at(name), 0.8) << name;
    }
}

TEST(FireNetTask, MetricsOfTheAnswerZeroAreTheTruthsMeansOverTheFilm) {
    const torch::NoGradGuard no_grad;
    const auto task = make_firenet(tiny_firenet());
    for (auto& p : task->module().named_parameters())
        for (const char* head : {"uv.last.", "wc.last.", "depth.last.", "normal.last."})
            if (p.key().rfind(head, 0) == 0) p.value().zero_();
    task->module().eval();
    const Batch batch = test::film_batch(1, 32);
    const torch::Tensor film = batch.at("bg")[0][0] > 0;
    const auto mean_on_film = [&](const torch::Tensor& map) {
        return map.masked_select(film).mean().item<double>();
    };
    std::map<std::string, double> found;
    for (const Metric& m : task->evaluate(batch)) found[m.name] = m.value;
    for (const std::string name : {"uv", "wc", "depth", "normal"})
        EXPECT_NEAR(found.at(name + "_l1"), mean_on_film(batch.at(name)[0].abs().mean(0)), 1e-5) << name;
    // Of a film that is two units and 32 texels wide.
    EXPECT_NEAR(found.at("uv_error"), 16 * mean_on_film(batch.at("uv")[0].pow(2).sum(0).sqrt()), 1e-3);
}

TEST(FireNetTask, WithoutFilmNothingIsFlattenedAndTheErrorsStayFinite) {
    torch::manual_seed(1);
    const auto task = make_firenet(tiny_firenet());
    for (auto& p : task->module().named_parameters())
        if (p.key() == "bg.last.bias") p.value().data().fill_(-50);
    task->module().eval();
    const Batch batch = test::film_batch(1, 32);
    for (const Metric& m : task->evaluate(batch)) {
        EXPECT_TRUE(std::isfinite(m.value)) << m.name;
        if (m.name == "bg_iou") {
            EXPECT_EQ(m.value, 0);
        }
    }
    const Image preview = task->preview(batch, 0);
    for (int r = 0; r < 32; ++r)
        for (int c = 7 * 32; c < 8 * 32; ++c) EXPECT_EQ(preview.view<uint8_t>()(r, c, 1), 0);
}

TEST(DewarpNetTask, LearnsShapeAndMappingApart) {
    torch::manual_seed(1);
    DewarpNetRunConfig config = tiny_dewarpnet();
    config.loss.shape_rate = 0.25;
    const auto task = make_dewarpnet(config);
    const auto groups = task->groups();
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].rate_factor, 0.25);
    EXPECT_EQ(groups[1].rate_factor, 1);
    EXPECT_EQ(groups[0].parameters.size() + groups[1].parameters.size(), task->module().parameters().size());
    const Batch batch = test::film_batch(2, 64);
    const auto loss = learn(*task, batch, 12);
    EXPECT_LT(loss.at("shape").second, 0.8 * loss.at("shape").first);
    EXPECT_LT(loss.at("mapping").second, 0.95 * loss.at("mapping").first);
    task->module().eval();
    EXPECT_THAT(names_of(task->evaluate(batch)),
                ElementsAre("bm_l1", "bm_error", "bm_error_of_true_wc", "wc_l1"));
    EXPECT_EQ(task->preview(batch, 0).width_px, 4 * 64);
}

TEST(DewarpNetTask, TheSheetComesInAtItsStep) {
    torch::manual_seed(1);
    DewarpNetRunConfig config = tiny_dewarpnet();
    config.loss.reconstruction_from = 2;
    const auto task = make_dewarpnet(config);
    const Batch batch = test::film_batch(2, 32);
    task->begin_step(1);
    for (int batch_of_step = 0; batch_of_step < 3; ++batch_of_step)
        EXPECT_THAT(names_of(task->losses("mapping", batch)), ElementsAre("bm"));
    task->begin_step(2);
    EXPECT_THAT(names_of(task->losses("mapping", batch)), ElementsAre("bm", "sheet"));
}

TEST(DewarpNetTask, MappingMayLearnFromWhatTheShapeNetworkFinds) {
    torch::manual_seed(1);
    DewarpNetRunConfig config = tiny_dewarpnet();
    const Batch batch = test::film_batch(2, 32);
    const double of_truth = total(make_dewarpnet(config)->losses("mapping", batch));
    config.loss.mapping_sees = "found";
    const auto task = make_dewarpnet(config);
    const Losses losses = task->losses("mapping", batch);
    EXPECT_NE(total(losses), of_truth);
    losses[0].second.backward();
    for (const auto& p : task->module().named_parameters())
        EXPECT_EQ(p.value().grad().defined(), p.key().rfind("mapping.", 0) == 0) << p.key();
}

}  // namespace
}  // namespace radforge::models
