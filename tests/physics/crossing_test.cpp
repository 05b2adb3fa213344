// SPDX-License-Identifier: Apache-2.0
#include "physics/crossing.h"

#include "physics/settle.h"

#include <gtest/gtest.h>

namespace radforge::physics {
namespace {

/// A flat sheet of n x n vertices over [0, 0.1] x [0, 0.1] m at a height, raised by `slope` along x.
Mesh sheet(int n, float height_m, float slope) {
    std::vector<Vec3f> positions;
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) {
            const float x = 0.1f * float(i) / float(n - 1);
            positions.push_back({x, height_m + slope * x, 0.1f * float(j) / float(n - 1)});
        }
    return grid_mesh(n, n, std::move(positions));
}

TEST(Crossings, SheetsAboveEachOtherHaveNoneAndSheetsThatCutEachOtherHave) {
    const Mesh flat = sheet(23, 0, 0);
    EXPECT_EQ(crossings(flat, sheet(17, 1e-4f, 0)), 0);
    EXPECT_EQ(crossings(flat, sheet(17, 1e-4f, 0.5f)), 0);
    EXPECT_GT(crossings(flat, sheet(17, -0.025f, 0.5f)), 20);  // along a line across the whole sheet
    EXPECT_GT(crossings(sheet(17, -0.025f, 0.5f), flat), 20);
}

TEST(Crossings, SpikeThroughTheMiddleOfATriangleIsSeen) {
    const Mesh coarse = sheet(2, 0, 0);
    Mesh spike;
    spike.positions_m = {{0.06f, 0.05f, 0.03f}, {0.061f, 0.05f, 0.03f}, {0.06f, -0.001f, 0.03f}};
    spike.faces = {{0, 1, 2}};
    EXPECT_EQ(crossings(coarse, spike), 2);
    for (Vec3f& p : spike.positions_m) p.y += 0.002f;
    EXPECT_EQ(crossings(coarse, spike), 0);
}

TEST(Crossings, FilmsOfAStackDoNotPassThroughEachOther) {
    SolverOptions draft;
    draft.long_side_nodes = 33;
    draft.refine_cell_m = 4e-3;
    for (uint64_t k = 0; k < 3; ++k) {
        Rng rng(SampleKey{Seed{77}, k}, Stream::Geometry);
        const SheetSpec spec = draw_sheet(PhysicsConfig{}, 0.3556, 0.4318, rng);
        const SettledSheet s = settle(draw("stack", spec, rng), draft);
        EXPECT_EQ(s.report.crossings, 0) << k;
        std::vector<Mesh> films{s.mesh};
        for (const Obstacle& o : s.obstacles)
            if (o.role == "film") films.push_back(o.mesh);
        ASSERT_GE(films.size(), 2u);
        for (size_t a = 0; a < films.size(); ++a)
            for (size_t b = 0; b < a; ++b) EXPECT_EQ(crossings(films[a], films[b]), 0) << k << a << b;
    }
}

}  // namespace
}  // namespace radforge::physics
