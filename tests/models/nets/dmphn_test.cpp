// SPDX-License-Identifier: Apache-2.0
#include "models/nets/dmphn.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::models {
namespace {

DmphnConfig small(const char* patches = "1-2-4", int stacks = 2) {
    DmphnConfig config;
    config.patches = patches;
    config.stacks = stacks;
    config.width = 4;
    return config;
}

TEST(Dmphn, HasTheParametersCountedInTheSpecification) {
    EXPECT_EQ(parameter_count(*DmphnEncoder(3, 32)), 868288);
    EXPECT_EQ(parameter_count(*DmphnDecoder(3, 32)), 939843);
    DmphnConfig config;
    config.stacks = 1;
    EXPECT_EQ(parameter_count(*Dmphn(config, 3)), 5424393);
    // One channel less two: 2 * (32 * 9 + 1) of the last convolution go.
    EXPECT_EQ(parameter_count(*Dmphn(config, 1)), 5424393 - 578);
    config.patches = "1-2-4-8";
    EXPECT_EQ(parameter_count(*Dmphn(config, 3)), 7232524);
    config.patches = "1-2-4";
    config.stacks = 2;
    EXPECT_EQ(parameter_count(*Dmphn(config, 3)), 10848786);
    config.stacks = 4;
    EXPECT_EQ(parameter_count(*Dmphn(config, 3)), 21697572);
}

TEST(Dmphn, TakesPicturesOfAnySize) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(1);
    for (const char* patches : {"1-2-4", "1-2-4-8"}) {
        Dmphn net(small(patches), 1);
        for (const auto& [h, w] : {std::pair<int, int>{1, 1}, {3, 5}, {16, 16}, {17, 31}, {40, 23}}) {
            const std::vector<torch::Tensor> stages = net(torch::rand({2, 3, h, w}));
            ASSERT_EQ(stages.size(), 2u);
            for (const torch::Tensor& s : stages)
                EXPECT_EQ(s.sizes(), (std::vector<int64_t>{2, 1, h, w})) << patches;
        }
    }
}

TEST(Dmphn, MirrorsWhatAPictureLacksToAMultiple) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(1);
    Dmphn net(small(), 3);
    const torch::Tensor whole = torch::rand({1, 3, 16, 16});
    // Rows 13, 14, 15 of a picture of 13 rows are its rows 11, 10, 9.
    torch::Tensor mirrored = whole.clone();
    for (int64_t i = 0; i < 3; ++i) mirrored.select(2, 13 + i) = whole.select(2, 11 - i);
    const torch::Tensor cut = net(whole.slice(2, 0, 13)).back(), full = net(mirrored).back();
    EXPECT_TRUE(cut.equal(full.slice(2, 0, 13)));
}

/// The network's value at one pixel as far as it depends on another.
double influence(Dmphn& net, int64_t from_row, int64_t from_column, int64_t row, int64_t column) {
    torch::Tensor x = torch::rand({1, 3, 64, 64}).requires_grad_();
    net(x).back().select(2, row).select(2, column).sum().backward();
    return x.grad().select(2, from_row).select(2, from_column).abs().sum().item<double>();
}

TEST(Dmphn, EveryLevelOfTheStackReachesTheResult) {
    torch::manual_seed(1);
    for (const char* patches : {"1-2-4", "1-2-4-8"}) {
        Dmphn net(small(patches, 3), 3);
        std::vector<torch::Tensor> stages = net(torch::rand({1, 3, 32, 32}));
        torch::Tensor sum = torch::zeros({});
        for (const torch::Tensor& s : stages) sum = sum + s.pow(2).sum();
        sum.backward();
        for (const auto& p : net->named_parameters()) {
            ASSERT_TRUE(p.value().grad().defined()) << p.key();
            EXPECT_TRUE(torch::isfinite(p.value().grad()).all().item<bool>()) << p.key();
            EXPECT_GT(p.value().grad().abs().sum().item<double>(), 0) << p.key();
        }
        EXPECT_GT(influence(net, 31, 31, 32, 32), 0);  // across the border of patches
    }
}

/// models.md 1.5, patch by patch.
TEST(Dmphn, IsTheCascadeOfTheSpecification) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(1);
    Dmphn net(small("1-2-4", 3), 3);
    const auto children = net->named_children();
    const auto name = [](int stage, int level) {
        return "stage" + std::to_string(stage) + "_level" + std::to_string(level);
    };
    const auto encode = [&](int stage, int level, const torch::Tensor& x) {
        return children[name(stage, level) + "_encoder"]->as<DmphnEncoderImpl>()->forward(x);
    };
    const auto decode = [&](int stage, int level, const torch::Tensor& f) {
        return children[name(stage, level) + "_decoder"]->as<DmphnDecoderImpl>()->forward(f);
    };
    const torch::Tensor photo = torch::rand({2, 3, 16, 24});
    const std::vector<torch::Tensor> found = net(photo);
    torch::Tensor x = photo - 0.5, first, f1;
    std::vector<torch::Tensor> f2(2), f3(4);  // of top and bottom; of the quadrants, line by line
    for (int stage = 1; stage <= 3; ++stage) {
        const auto half = [&](int64_t h) { return x.slice(2, 8 * h, 8 * h + 8); };
        const auto add = [&](torch::Tensor& to, const torch::Tensor& f) {
            to = stage > 1 ? to + f : f;  // with the features of the stage before at the same place
        };
        for (int64_t q = 0; q < 4; ++q)
            add(f3[size_t(q)], encode(stage, 3, half(q / 2).slice(3, 12 * (q % 2), 12 * (q % 2) + 12)));
        for (int64_t h = 0; h < 2; ++h) {
            const torch::Tensor joined = torch::cat({f3[size_t(2 * h)], f3[size_t(2 * h + 1)]}, 3);
            add(f2[size_t(h)], encode(stage, 2, half(h) + decode(stage, 3, joined)) + joined);
        }
        const torch::Tensor joined = torch::cat({f2[0], f2[1]}, 2);
        torch::Tensor r2 = decode(stage, 2, joined);
        if (stage > 1) r2 = r2 + first;
        add(f1, encode(stage, 1, x + r2) + joined);
        x = decode(stage, 1, f1);
        if (stage == 1) first = x;
        EXPECT_TRUE(torch::allclose(found[size_t(stage) - 1], x + 0.5, 1e-4, 1e-5)) << stage;
    }
}

TEST(Dmphn, FirstWeightsHaveTheDeviationOfTheirOutputs) {
    torch::manual_seed(1);
    DmphnEncoder encoder(3, 32);
    init_dmphn(*encoder);
    DmphnDecoder decoder(3, 32);
    init_dmphn(*decoder);
    int64_t checked = 0;
    for (const torch::nn::Module* const module : {static_cast<const torch::nn::Module*>(encoder.get()),
                                                  static_cast<const torch::nn::Module*>(decoder.get())})
        for (const auto& p : module->named_parameters()) {
            if (p.value().dim() == 1) {
                EXPECT_EQ(p.value().abs().sum().item<double>(), 0) << p.key();
                continue;
            }
            // Transposed ones (kernel 4) keep their outputs second.
            const int64_t k = p.value().size(2), out = p.value().size(k == 4 ? 1 : 0);
            const double want = std::sqrt(0.5 / double(k * k * out)), have = p.value().std().item<double>();
            // The deviation of n normal values is known to 1 in sqrt(2 n).
            EXPECT_NEAR(have / want, 1, 5 / std::sqrt(2.0 * double(p.value().numel()))) << p.key();
            ++checked;
        }
    EXPECT_EQ(checked, 15 + 15);
}

TEST(RecoverLoss, IsHalfTheSumOfTheMeanSquaresOverWhatCounts) {
    const torch::Tensor truth = torch::zeros({1, 1, 2, 2});
    torch::Tensor counts = torch::ones({1, 1, 2, 2});
    EXPECT_NEAR(recover_loss({truth + 1, truth + 2}, truth, counts).item<double>(), 0.5 * (1 + 4), 1e-6);
    torch::Tensor wrong = truth.clone();
    wrong[0][0][0][0] = 8;
    counts[0][0][0][0] = 0;
    EXPECT_EQ(recover_loss({wrong}, truth, counts).item<double>(), 0);
    counts.zero_();
    EXPECT_EQ(recover_loss({wrong}, truth, counts).item<double>(), 0);
}

}  // namespace
}  // namespace radforge::models
