// SPDX-License-Identifier: Apache-2.0
#include "models/nets/dewarpnet.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::models {
namespace {

DewarpNetConfig small(const char* dense) {
    DewarpNetConfig config;
    config.shape_width = 4;
    config.mapping_width = 2;
    config.dense = dense;
    return config;
}

TEST(DewarpNet, HasTheParametersCountedInTheSpecification) {
    DewarpNetConfig config;
    EXPECT_EQ(parameter_count(*ShapeNet(config)), 41828995);
    EXPECT_EQ(parameter_count(*MappingNet(config)), 45119786);
    // The layers of the public blocks that ever run.
    config.dense = "released";
    EXPECT_EQ(parameter_count(*MappingNet(config)), 5174442);
}

TEST(DewarpNet, ShapeAndMapHaveTheirSizesAndRangesAndEveryWeightAGradient) {
    for (const char* dense : {"fixed", "released"}) {
        torch::manual_seed(1);
        ShapeNet shape(small(dense));
        MappingNet mapping(small(dense));
        const torch::Tensor wc = shape(torch::rand({2, 3, 128, 256}));
        EXPECT_EQ(wc.sizes(), (std::vector<int64_t>{2, 3, 128, 256}));
        EXPECT_GE(wc.min().item<double>(), 0);
        const torch::Tensor map = mapping(to_mapping_side(wc));
        EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, 2, 128, 128}));
        EXPECT_LE(map.abs().max().item<double>(), 1);
        map.sum().backward();
        for (const auto& p : shape->named_parameters()) EXPECT_TRUE(p.value().grad().defined()) << p.key();
        for (const auto& p : mapping->named_parameters())
            EXPECT_TRUE(p.value().grad().defined()) << dense << ' ' << p.key();
    }
}

TEST(DenseBlock, SumsWhatCameBefore) {
    torch::manual_seed(2);
    DenseBlock block(3, 4, false);
    block->eval();
    const torch::Tensor x = torch::randn({1, 3, 5, 5});
    const auto layer = [&](const char* name, const torch::Tensor& in) {
        return block->named_children()[name]->as<torch::nn::Sequential>()->forward(in);
    };
    const torch::Tensor a = layer("layer0", x), b = layer("layer1", a), c = layer("layer2", a + b),
                        d = layer("layer3", a + b + c);
    EXPECT_TRUE(torch::allclose(block(x), d, 1e-5, 1e-6));
    DenseBlock released(3, 4, true);
    EXPECT_EQ(released->named_children().size(), 1u);
}

TEST(DewarpNet, MappingStartsInsideTheRangeThatHasAGradient) {
    torch::manual_seed(3);
    DewarpNetConfig config = small("fixed");
    config.mapping_width = 8;
    MappingNet mapping(config);
    const torch::Tensor map = mapping(torch::rand({4, 3, 128, 128}));
    EXPECT_GT((map.abs() < 1).to(torch::kFloat32).mean().item<double>(), 0.99);
}

TEST(DewarpNet, RefusesSizesAndBatchesItCannotTake) {
    MappingNet mapping(small("fixed"));
    EXPECT_THROW(mapping(torch::rand({2, 3, 64, 64})), Error);
    EXPECT_THROW(mapping(torch::rand({1, 3, 128, 128})), Error);
    mapping->eval();
    EXPECT_NO_THROW(mapping(torch::rand({1, 3, 128, 128})));
    EXPECT_THROW(ShapeNet(small("fixed"))(torch::rand({2, 3, 96, 128})), Error);
}

}  // namespace
}  // namespace radforge::models
