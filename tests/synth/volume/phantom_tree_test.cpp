// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <tuple>

namespace radforge::volume {
namespace {

using Place = std::tuple<float, float, float>;
Place place(Vec3f p) { return {p.x, p.y, p.z}; }

std::vector<VesselSegment> sample_tree(uint64_t seed) {
    Rng rng({Seed{seed}, 0}, Stream::Source);
    const auto draw = [](Rng& r) {
        return Vec3f{float(r.uniform(20, 100)), float(r.uniform(-40, 40)), float(r.uniform(-40, 40))};
    };
    return grow_tree({0, 0, 0}, {10, 0, 0}, 60, 0.5f, draw, rng);
}

TEST(Tree, EverySegmentStartsWhereAnotherEndsOrAtTheRoot) {
    std::map<Place, int> ends;
    const auto tree = sample_tree(1);
    ASSERT_GT(tree.size(), 60u);
    for (const VesselSegment& s : tree) ++ends[place(s.to)];
    for (const VesselSegment& s : tree)
        EXPECT_TRUE(ends.count(place(s.from)) || place(s.from) == place(Vec3f{}));
}

TEST(Tree, RadiiFollowMurraysLawAtEveryBranching) {
    const auto tree = sample_tree(2);
    std::map<Place, double> outflow;
    for (const VesselSegment& s : tree) outflow[place(s.from)] += std::pow(s.radius_to_mm, 3);
    int branchings = 0;
    for (const VesselSegment& s : tree) {
        const auto children = outflow.find(place(s.to));
        if (children == outflow.end()) continue;
        // A node that is itself a leaf keeps the share of its own capillaries.
        const double rest = std::pow(s.radius_to_mm, 3) - children->second;
        EXPECT_GE(rest, -1e-3);
        EXPECT_NEAR(std::remainder(rest, 0.125), 0, 1e-3);
        branchings += rest < 1e-3;
    }
    EXPECT_GT(branchings, 30);
}

TEST(Tree, IsAFunctionOfTheRandomStream) {
    const auto a = sample_tree(3), b = sample_tree(3), c = sample_tree(4);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].to, b[i].to);
    EXPECT_FALSE(a.back().to == c.back().to);
}

}  // namespace
}  // namespace radforge::volume
