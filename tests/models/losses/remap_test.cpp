// SPDX-License-Identifier: Apache-2.0
#include "models/losses/remap.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace radforge::models {
namespace {

using torch::indexing::Slice;

/// A golden file's numbers from row `first` on, float64 [rows, columns of that row].
torch::Tensor golden(const std::string& name, size_t first, size_t rows) {
    std::ifstream in(RADFORGE_SOURCE_DIR "/tests/golden/" + name);
    std::vector<double> values;
    std::string line, cell;
    for (size_t i = 0; i < first + rows && std::getline(in, line); ++i) {
        std::istringstream cells(line);
        while (i >= first && std::getline(cells, cell, ',')) values.push_back(std::stod(cell));
    }
    return torch::tensor(values, torch::kFloat64).view({int64_t(rows), -1});
}

double largest(const torch::Tensor& t) { return t.abs().max().item<double>(); }

/// Map `k` of remap_image.csv in channel k.
torch::Tensor golden_maps() { return golden("remap_image.csv", 0, 12).view({1, 4, 3, 4}); }
torch::Tensor golden_raw() { return golden("remap_image.csv", 12, 12).view({1, 1, 12, 16}) / 65535; }
torch::Tensor golden_out() { return golden("remap_image.csv", 24, 12).view({1, 1, 12, 16}) / 65535; }

TEST(RemapTensor, IsTheFormulaOfTheGoldenFile) {
    const torch::Tensor rows = golden("remap.csv", 1, 1440);
    const torch::Tensor raw = rows.index({Slice(), 0}).view({-1, 1, 1, 1}) / 65535;
    const torch::Tensor maps = rows.index({Slice(), Slice(1, 5)}).reshape({-1, 4, 1, 1});
    const torch::Tensor truth = rows.index({Slice(), 5}).view({-1, 1, 1, 1}) / 65535;
    const torch::Tensor scale = truth.abs().clamp_min(1);
    EXPECT_LT(largest((remap(raw, maps) - truth) / scale), 1e-12);
    // z of up to 8 under a window 1/20 wide: rounding z moves the exponent 40 y by 2e-5 at most.
    const torch::Tensor single = remap(raw.to(torch::kFloat32), maps.to(torch::kFloat32));
    EXPECT_EQ(single.scalar_type(), torch::kFloat32);
    EXPECT_LT(largest((single - truth) / scale), 2e-5);
    const torch::Tensor wide = maps.index({Slice(), 3}).view({-1, 1, 1, 1}) > 0.1;
    EXPECT_LT(largest((single - truth) / scale * wide), 1e-6);
}

TEST(RemapTensor, UpsamplesTheMapsAsTheGoldenFileDoes) {
    const torch::Tensor small = golden("full_maps.csv", 0, 3), full = golden("full_maps.csv", 3, 12);
    torch::Tensor maps = torch::full({2, 4, 3, 4}, 0.5, torch::kFloat64);
    maps[1][1].copy_(small);
    const torch::Tensor up = full_maps(maps, 12, 16);
    EXPECT_EQ(up.sizes(), (torch::IntArrayRef{2, 4, 12, 16}));
    EXPECT_LT(largest(up[1][1] - full), 1e-12);
    EXPECT_LT(largest(up[1][0] - 0.5), 1e-15);
    EXPECT_LT(largest(full_maps(maps.to(torch::kFloat32), 12, 16)[1][1] - full), 1e-6);
    EXPECT_TRUE(torch::equal(full_maps(maps, 3, 4), maps)) << "maps at full size stay as they are";
}

TEST(RemapTensor, MakesTheGoldenPicture) {
    EXPECT_LT(largest(remap(golden_raw(), golden_maps()) - golden_out()), 1e-12);
    const torch::Tensor single = remap(golden_raw().to(torch::kFloat32), golden_maps().to(torch::kFloat32));
    EXPECT_LT(largest(single - golden_out()), 1e-6);
}

TEST(RemapTensor, PicturesOfABatchDoNotMix) {
    const torch::Tensor raw = torch::cat({golden_raw(), golden_raw().flip(3)});
    const torch::Tensor maps = torch::cat({golden_maps(), golden_maps().flip(2)});
    const torch::Tensor both = remap(raw, maps);
    EXPECT_TRUE(torch::equal(both.slice(0, 0, 1), remap(golden_raw(), golden_maps())));
    EXPECT_TRUE(torch::equal(both.slice(0, 1, 2), remap(raw.slice(0, 1, 2), maps.slice(0, 1, 2))));
}

TEST(RemapTensor, GradientIsThatOfDifferences) {
    const torch::Tensor raw = golden_raw();
    torch::Tensor maps = golden_maps().requires_grad_();
    const torch::Tensor weight = torch::cos(torch::arange(192).to(torch::kFloat64)).view({1, 1, 12, 16});
    (remap(raw, maps) * weight).sum().backward();
    const torch::NoGradGuard guard;
    const double step = 1e-6;
    for (int64_t i = 0; i < maps.numel(); ++i) {
        torch::Tensor more = maps.detach().clone(), less = more.clone();
        more.view(-1)[i] += step;
        less.view(-1)[i] -= step;
        const double slope =
            ((remap(raw, more) - remap(raw, less)) * weight).sum().item<double>() / (2 * step);
        EXPECT_NEAR(maps.grad().view(-1)[i].item<double>(), slope, 1e-5 * std::max(1.0, std::abs(slope)))
            << i;
    }
}

TEST(RemapTensor, ValuesAndGradientsAreFiniteInEveryCornerOfTheRanges) {
    const float corner[4][2] = {{0.25f, 4}, {-4, 4}, {-0.25f, 1.25f}, {0.05f, 2}};
    torch::Tensor maps = torch::empty({16, 4, 1, 1});
    for (int i = 0; i < 16; ++i)
        for (int k = 0; k < 4; ++k) maps[i][k].fill_(corner[k][i >> k & 1]);
    maps.requires_grad_();
    const torch::Tensor raw = torch::linspace(0, 1, 257).expand({16, 1, 1, 257});
    const torch::Tensor out = remap(raw, maps);
    EXPECT_TRUE(torch::isfinite(out).all().item<bool>());
    EXPECT_GE((out.slice(3, 1) - out.slice(3, 0, 256)).min().item<float>(), -1e-5)
        << "falls by rounding alone";
    out.sum().backward();
    EXPECT_TRUE(torch::isfinite(maps.grad()).all().item<bool>());
}

TEST(RemapTensor, TakesMapsOutsideTheirRangesAsTheNearestInside) {
    const torch::Tensor outside = golden_maps() * 9;
    EXPECT_TRUE(torch::equal(remap(golden_raw(), outside), remap(golden_raw(), full_maps(outside, 12, 16))));
    EXPECT_EQ(full_maps(outside, 12, 16).select(1, 3).max().item<double>(), 2);
}

TEST(RemapTensor, HalfPrecisionInputsAreComputedInSingle) {
    const torch::Tensor maps = golden_maps().to(torch::kBFloat16), raw = golden_raw().to(torch::kBFloat16);
    const torch::Tensor out = remap(raw, maps);
    EXPECT_EQ(out.scalar_type(), torch::kFloat32);
    EXPECT_TRUE(torch::equal(out, remap(raw.to(torch::kFloat32), maps.to(torch::kFloat32))));
}

TEST(RemapTensor, WrongShapesAreErrors) {
    const torch::Tensor raw = torch::zeros({2, 1, 8, 8}), maps = torch::ones({2, 4, 2, 2});
    EXPECT_THROW(remap(maps, maps), Error);
    EXPECT_THROW(remap(raw, raw), Error);
    EXPECT_THROW(remap(raw, maps.slice(0, 0, 1)), Error);
    EXPECT_THROW(full_maps(maps[0], 8, 8), Error);
}

}  // namespace
}  // namespace radforge::models
