// SPDX-License-Identifier: Apache-2.0
#include "models/nets/blocks.h"
#include "models/nets/firenet.h"
#include "models/train/trainer.h"
#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::models {
namespace {

double relative(const torch::Tensor& a, const torch::Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
}

TEST(UpConv, EqualsTheNativeTransposedConvolutionInAllThreePasses) {
    torch::manual_seed(1);
    struct Case {
        int64_t in, out, kernel, stride, padding, height, width;
    };
    // By the data-gradient, by one product, and natively for outputs of few channels.
    for (const Case& c : {Case{6, 8, 2, 2, 0, 16, 12}, Case{4, 9, 3, 1, 1, 17, 8}, Case{5, 9, 4, 2, 1, 9, 8},
                          Case{3, 8, 4, 2, 1, 1, 1}, Case{5, 8, 3, 3, 0, 4, 5}, Case{3, 2, 4, 2, 1, 4, 4}}) {
        const torch::Tensor w = torch::randn({c.in, c.out, c.kernel, c.kernel}).requires_grad_();
        const torch::Tensor bias = torch::randn({c.out}).requires_grad_();
        const torch::Tensor x = torch::randn({2, c.in, c.height, c.width}).requires_grad_();
        const torch::Tensor native =
            at::conv_transpose2d(x, w, bias, {c.stride, c.stride}, {c.padding, c.padding});
        const torch::Tensor ours = transposed_convolution(x, w, bias, c.stride, c.padding);
        const torch::Tensor pull = torch::randn_like(native);
        const auto want = torch::autograd::grad({native}, {x, w, bias}, {pull});
        const auto have = torch::autograd::grad({ours}, {x, w, bias}, {pull});
        EXPECT_LT(relative(ours, native), 2e-5);
        for (size_t i = 0; i < 3; ++i) EXPECT_LT(relative(have[i], want[i]), 2e-5) << i;
    }
}

TEST(Convolution, EqualsTheNativeOneInAllThreePasses) {
    torch::manual_seed(1);
    struct Case {
        int64_t in, out, kernel, stride, padding, height, width;
    };
    for (const Case& c :
         {Case{3, 5, 4, 2, 1, 8, 12}, Case{3, 5, 4, 2, 1, 2, 2}, Case{4, 2, 3, 1, 1, 7, 5},
          Case{2, 3, 3, 2, 0, 8, 9}, Case{6, 4, 1, 1, 0, 4, 4}, Case{3, 4, 3, 1, 1, 20, 20}}) {
        const torch::Tensor w = torch::randn({c.out, c.in, c.kernel, c.kernel}).requires_grad_();
        const torch::Tensor bias = torch::randn({c.out}).requires_grad_();
        const torch::Tensor x = torch::randn({2, c.in, c.height, c.width}).requires_grad_();
        const torch::Tensor native = at::conv2d(x, w, bias, c.stride, c.padding);
        const torch::Tensor ours = convolution(x, w, bias, c.stride, c.padding);
        const torch::Tensor pull = torch::randn_like(native);
        const auto want = torch::autograd::grad({native}, {x, w, bias}, {pull});
        const auto have = torch::autograd::grad({ours}, {x, w, bias}, {pull});
        EXPECT_TRUE(ours.is_contiguous());
        EXPECT_LT(relative(ours, native), 2e-5);
        for (size_t i = 0; i < 3; ++i) EXPECT_LT(relative(have[i], want[i]), 2e-5) << i;
    }
}

TEST(Convolution, RunsBackwardUnderBrainFloat) {
    torch::manual_seed(1);
    Conv conv(8, 4, 4, 2, 1);
    const torch::Tensor x = torch::randn({1, 8, 8, 8}).requires_grad_();
    torch::Tensor y;
    {
        const Autocast autocast(true, torch::kCPU);
        y = conv(x);
    }
    EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
    y.sum().backward();
    EXPECT_LT(relative(y.to(torch::kFloat32), conv(x)), 0.03);
    EXPECT_TRUE(x.grad().defined());
}

TEST(UpConv, RunsBackwardUnderBrainFloat) {
    torch::manual_seed(1);
    UpConv up(8, 8, 2, 2);
    const torch::Tensor x = torch::randn({1, 8, 8, 8}).requires_grad_();
    torch::Tensor y;
    {
        const Autocast autocast(true, torch::kCPU);
        y = up(x);
    }
    EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
    y.sum().backward();
    EXPECT_LT(relative(y.to(torch::kFloat32), up(x)), 0.03);
    EXPECT_TRUE(x.grad().defined());
}

TEST(FireNet, HasTheParametersCountedInTheSpecification) {
    for (const auto& [width, encoder, decoder3, decoder1, second, decoder2, total] :
         {std::tuple<int, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>{16, 1179760, 762851, 762817,
                                                                                1180480, 762834, 6937244},
          {32, 4714208, 3048899, 3048833, 4715648, 3048866, 27723052}}) {
        EXPECT_EQ(parameter_count(*UNetEncoder(3, width)), encoder);
        EXPECT_EQ(parameter_count(*UNetDecoder(3, width)), decoder3);
        EXPECT_EQ(parameter_count(*UNetDecoder(1, width)), decoder1);
        EXPECT_EQ(parameter_count(*UNetEncoder(8, width)), second);
        EXPECT_EQ(parameter_count(*UNetDecoder(2, width)), decoder2);
        FireNetConfig config;
        config.width = width;
        EXPECT_EQ(parameter_count(*FireNet(config)), total);
    }
}

TEST(FireNet, EveryMapHasItsShapeAndRangeAndEveryWeightAGradient) {
    FireNetConfig config;
    config.width = 4;
    FireNet net(config);
    const FilmMaps maps = net(torch::rand({2, 3, 32, 48}) * 2 - 1);
    torch::Tensor sum;
    for (const auto& [map, channels] : {std::pair<torch::Tensor, int>{maps.wc, 3},
                                        {maps.normal, 3},
                                        {maps.depth, 1},
                                        {maps.bg, 1},
                                        {maps.uv, 2},
                                        {maps.df, 2}}) {
        EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, channels, 32, 48}));
        EXPECT_LE(map.abs().max().item<double>(), 1);  // tanh rounds to 1
        sum = sum.defined() ? sum + map.pow(2).sum() : map.pow(2).sum();
    }
    EXPECT_FALSE(maps.bm.defined());
    sum.backward();
    for (const auto& p : net->named_parameters()) EXPECT_TRUE(p.value().grad().defined()) << p.key();
}

TEST(FireNet, MasksTheBackgroundSoftlyInTrainingAndHardLater) {
    FireNetConfig config;
    config.width = 4;
    FireNet net(config);
    torch::manual_seed(2);
    const torch::Tensor photo = torch::rand({1, 3, 32, 32});
    for (auto& p : net->named_parameters())
        if (p.key() == "bg.last.bias") p.value().data().fill_(-50);  // all background
    net->eval();
    const torch::Tensor uv = net(photo).uv;
    // With nothing let through, the answer cannot depend on the photo.
    EXPECT_TRUE(uv.equal(net(torch::rand({1, 3, 32, 32})).uv));
}

TEST(FireNet, AblationsLeaveOutTheirHeads) {
    FireNetConfig config;
    config.width = 4;
    config.many_maps = config.deform = false;
    const FilmMaps uv_only = FireNet(config)(torch::rand({2, 3, 32, 32}));
    EXPECT_FALSE(uv_only.normal.defined() || uv_only.depth.defined() || uv_only.df.defined());
    EXPECT_TRUE(uv_only.uv.defined());
    config.uv = false;
    EXPECT_EQ(FireNet(config)(torch::rand({2, 3, 32, 32})).bm.size(1), 2);
    config.deform = true;
    EXPECT_THROW(FireNet{config}, Error);
}

TEST(FireNet, RefusesWhatItCannotHalve) {
    FireNetConfig config;
    config.width = 4;
    FireNet net(config);
    EXPECT_THROW(net(torch::rand({2, 3, 40, 32})), Error);
    EXPECT_THROW(net(torch::rand({1, 3, 16, 16})), Error);  // one value a channel at the bottom
}

}  // namespace
}  // namespace radforge::models
