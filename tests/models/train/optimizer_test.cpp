// SPDX-License-Identifier: Apache-2.0
#include "models/train/optimizer.h"

#include <gtest/gtest.h>

namespace radforge::models {
namespace {

/// Ten steps down an uneven valley, by ours and by LibTorch's own optimiser.
template <class Theirs, class Options>
double difference(OptimizerConfig config, const Options& options) {
    torch::Tensor a = torch::linspace(-3, 2, 1003).requires_grad_(), b = a.detach().clone().requires_grad_();
    const torch::Tensor slope = torch::linspace(10, 0.1, 1003);
    Optimizer ours(config, {"net", {{"a", a}}});
    Theirs theirs({b}, options);
    for (int i = 0; i < 10; ++i) {
        ours.zero();
        (a.pow(2) * slope).sum().backward();
        ours.step(config.rate);
        theirs.zero_grad();
        (b.pow(2) * slope).sum().backward();
        theirs.step();
    }
    return (a - b).abs().max().template item<double>();
}

TEST(Optimizer, StepsAsLibTorchDoes) {
    OptimizerConfig c;
    c.rate = 0.05;
    c.weight_decay = 0.01;
    EXPECT_LT(difference<torch::optim::AdamW>(c, torch::optim::AdamWOptions(0.05).weight_decay(0.01)), 1e-6);
    c.amsgrad = true;
    EXPECT_LT(
        difference<torch::optim::AdamW>(c, torch::optim::AdamWOptions(0.05).weight_decay(0.01).amsgrad(true)),
        1e-6);
    c.name = "adam";
    EXPECT_LT(
        difference<torch::optim::Adam>(c, torch::optim::AdamOptions(0.05).weight_decay(0.01).amsgrad(true)),
        1e-6);
    c.amsgrad = false;
    EXPECT_LT(difference<torch::optim::Adam>(c, torch::optim::AdamOptions(0.05).weight_decay(0.01)), 1e-6);
    c.name = "sgd";
    c.rate = 0.01;
    EXPECT_LT(
        difference<torch::optim::SGD>(c, torch::optim::SGDOptions(0.01).weight_decay(0.01).momentum(0.9)),
        1e-6);
}

/// Ten steps from the same start. @returns the values, then the moments
std::vector<torch::Tensor> after_ten_steps(int threads, bool contiguous) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    torch::manual_seed(3);
    torch::Tensor a = torch::randn({300, 401});
    const torch::Tensor pull = torch::randn({300, 401});
    if (!contiguous) a = a.t().contiguous().t();
    a.requires_grad_();
    OptimizerConfig config;
    config.weight_decay = 0.01;
    Optimizer optimizer(config, {"net", {{"a", a}}});
    for (int i = 0; i < 10; ++i) {
        a.mutable_grad() = (a.detach() * pull).contiguous();
        optimizer.step(0.01);
    }
    at::set_num_threads(before);
    return {a.detach(), optimizer.state().at("first.a"), optimizer.state().at("second.a")};
}

TEST(Optimizer, StepsToTheSameBitsWithAnyNumberOfThreads) {
    const auto one = after_ten_steps(1, true), three = after_ten_steps(3, true);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(one[i].equal(three[i])) << i;
}

TEST(Optimizer, StepsValuesThatDoNotLieAsTheirGradientDoes) {
    const auto plain = after_ten_steps(1, true), other = after_ten_steps(1, false);
    for (size_t i = 0; i < plain.size(); ++i)
        EXPECT_LT((plain[i] - other[i]).abs().max().item<double>(), 1e-6) << i;
}

TEST(Optimizer, AGroupMayMoveAtARateOfItsOwn) {
    OptimizerConfig config;
    config.name = "sgd";
    config.momentum = 0;
    torch::Tensor a = torch::tensor({3.0f}).requires_grad_();
    Optimizer optimizer(config, {"net", {{"a", a}}, 0.5});
    (a * 2).sum().backward();
    optimizer.step(0.1);
    EXPECT_NEAR(a.item<float>(), 3 - 0.1 * 0.5 * 2, 1e-6);
}

TEST(Optimizer, ClipsTheGradientOfTheWholeGroup) {
    torch::Tensor a = torch::tensor({3.0f}).requires_grad_(), b = torch::tensor({4.0f}).requires_grad_();
    OptimizerConfig config;
    config.clip_norm = 1;
    Optimizer optimizer(config, {"net", {{"a", a}, {"b", b}}});
    (a.pow(2) / 2 + b.pow(2) / 2).sum().backward();
    EXPECT_NEAR(optimizer.clip(), 5, 1e-6);
    EXPECT_NEAR(a.grad().item<float>(), 0.6, 1e-6);
    EXPECT_NEAR(b.grad().item<float>(), 0.8, 1e-6);
}

}  // namespace
}  // namespace radforge::models
