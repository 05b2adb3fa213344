// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/feature_table.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::metrics {
namespace {

/// Slices of a disc with a pattern; `noise` is what restoration leaves, `growth` of the disc a slice.
std::vector<std::vector<Feature>> slices(int count, double noise, double shift = 0, double growth_px2 = 0) {
    std::vector<std::vector<Feature>> out;
    for (int s = 0; s < count; ++s) {
        Rng rng({Seed{5}, uint64_t(s)}, Stream::Noise);
        Image values(20, 20, 1, PixelType::F32, ColorSpace::Data),
            region(20, 20, 1, PixelType::U8, ColorSpace::Data);
        const double level = 100 + 40 * rng.normal();
        for (int r = 0; r < 20; ++r)
            for (int c = 0; c < 20; ++c) {
                values.view<float>()(r, c) =
                    float(level + 60 * std::sin(0.5 * r + 0.02 * s) * std::cos(0.3 * c) +
                          noise * rng.normal() + shift);
                region.view<uint8_t>()(r, c) =
                    (r - 9.5) * (r - 9.5) + (c - 9.5) * (c - 9.5) < 80 - growth_px2 * s ? 1 : 0;
            }
        out.push_back(radiomics(values, region));
    }
    return out;
}

const FeatureRow& row(const FeatureTable& table, const std::string& family, const std::string& name) {
    for (const FeatureRow& r : table.rows)
        if (r.family == family && r.name == name) return r;
    throw Error(ErrorKind::Failed, "no such row").got(name);
}

TEST(FeatureTable, EqualSlicesPassEveryTest) {
    const auto truth = slices(12, 0);
    const FeatureTable table = compare_features(truth, truth);
    EXPECT_EQ(table.rows.size(), size_t(kFeatureCount));
    EXPECT_EQ(table.slices, 12);
    EXPECT_EQ(table.counted, 92);  // without SumAverage and shape
    for (const int below : table.below) EXPECT_EQ(below, 92);
    for (const FeatureRow& r : table.rows) {
        EXPECT_EQ(r.one_sample.t, 0) << r.name;
        EXPECT_EQ(r.deciles.chi2, 0) << r.name;
    }
    // Features of the region alone do not vary: no margin, no equivalence to be shown.
    EXPECT_EQ(row(table, "shape2D", "PixelSurface").tost_p, 1);
    EXPECT_EQ(row(table, "firstorder", "Mean").tost_p, 0);
}

TEST(FeatureTable, ABrighterRestorationFailsInTheMeanAndNotInTheShape) {
    const FeatureTable table = compare_features(slices(12, 0, 400), slices(12, 0));
    const FeatureRow mean = row(table, "firstorder", "Mean");
    EXPECT_NEAR(mean.found_mean - mean.true_mean, 400, 1e-3);
    EXPECT_GT(mean.one_sample.t, kPaperThresholds[2]);
    EXPECT_GT(mean.tost_p, 0.99);
    EXPECT_EQ(row(table, "shape2D", "Elongation").one_sample.t, 0);
    EXPECT_LT(table.below[0], table.counted);
}

TEST(FeatureTable, MoreNoiseLeavesFewerFeaturesBelowTheThresholds) {
    const auto truth = slices(12, 0);
    const FeatureTable little = compare_features(slices(12, 1), truth),
                       much = compare_features(slices(12, 60), truth);
    EXPECT_GT(little.below[0], much.below[0]);
    EXPECT_LE(much.below[0], much.below[2]);
}

TEST(FeatureTable, NoiseIsEquivalentInNothingThoughItsRegionsAreTheTrueOnes) {
    const FeatureTable table = compare_features(slices(12, 3000, 0, 5), slices(12, 0, 0, 5));
    EXPECT_EQ(row(table, "shape2D", "PixelSurface").tost_p, 0);
    EXPECT_EQ(table.equivalent, 0);
}

TEST(FeatureTable, UnequalListsAreRefused) {
    auto truth = slices(3, 0);
    EXPECT_THROW(compare_features(slices(2, 0), truth), Error);
    EXPECT_THROW(compare_features(slices(1, 0), slices(1, 0)), Error);
    auto renamed = truth;
    renamed[1][4].name = "Other";
    EXPECT_THROW(compare_features(renamed, truth), Error);
    renamed[1].pop_back();
    EXPECT_THROW(compare_features(renamed, truth), Error);
}

}  // namespace
}  // namespace radforge::metrics
