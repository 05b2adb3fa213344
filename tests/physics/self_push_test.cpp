// SPDX-License-Identifier: Apache-2.0
#include "physics/self_push.h"

#include "physics/crossing.h"
#include "physics/settle.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::physics {
namespace {

/// The columns [from, to] of a settled sheet.
Mesh columns_of(const SettledSheet& s, int from, int to) {
    std::vector<Vec3f> positions;
    for (int j = 0; j < s.rows; ++j)
        for (int i = from; i <= to; ++i)
            positions.push_back(s.mesh.positions_m[size_t(j) * size_t(s.columns) + size_t(i)]);
    return grid_mesh(to - from + 1, s.rows, std::move(positions));
}

/// A strip with a rest radius of 40 mm: 356 mm of it go round 1.4 times. It starts as an open spiral about
/// the vertical, its inner end held.
SettledSheet rolled_up(bool self_contact) {
    SheetSpec sheet;
    sheet.height_m = 0.12;
    sheet.curl_per_m = 25;
    SheetSetup setup;
    // Radius r = r0 + pitch * angle / 2 pi, at equal steps of the arc; the image side is hollow: inside.
    constexpr double kRadius_m = 0.036, kPitch_m = 0.012, kPi = 3.14159265358979323846;
    const auto spiral = [=](double s) {
        const double growth = kPitch_m / (2 * kPi),
                     angle = (std::sqrt(kRadius_m * kRadius_m + 2 * growth * s) - kRadius_m) / growth;
        const double r = kRadius_m + growth * angle;
        return Vec3d{r * std::sin(angle), 0, -r * std::cos(angle)};
    };
    setup.start = [=](Vec2d p) { return spiral(p.x) + Vec3d{0, 0.5 - p.y, 0}; };
    Grip grip;
    grip.held = {0, 0.012, 0, sheet.height_m};
    const Vec3d along = normalized(spiral(0.012) - spiral(0.0));
    grip.path = [=](double) { return film_pose_at({0, 0}, spiral(0) + Vec3d{0, 0.5, 0}, along, {0, -1, 0}); };
    setup.grips.push_back(grip);
    setup.self_contact = self_contact;
    SolverOptions options;
    options.long_side_nodes = 65;
    options.refine_cell_m = 2e-3;
    return settle(sheet, setup, options);
}

TEST(SelfPush, FilmRolledOverItselfKeepsItsLayersApart) {
    const SettledSheet through = rolled_up(false), kept = rolled_up(true);
    EXPECT_TRUE(through.report.touches_itself);
    EXPECT_FALSE(kept.report.touches_itself);
    EXPECT_LT(kept.report.imbalance, 0.01);
    // The first 80 mm lie inside the last 80 mm: one turn is some 250 mm.
    const int part = kept.columns * 80 / 356;
    const Mesh inner = columns_of(kept, 0, part),
               outer = columns_of(kept, kept.columns - 1 - part, kept.columns - 1);
    EXPECT_EQ(crossings(inner, outer), 0);
    double nearest = 1;
    for (const Vec3f& p : inner.positions_m)
        for (const Vec3f& q : outer.positions_m)
            nearest = std::min(nearest, length(to_double(p) - to_double(q)));
    EXPECT_GT(nearest, 175e-6);
    EXPECT_LT(nearest, 6e-3);  // it does lie on itself
}

TEST(SelfPush, ForceIsTheSlopeOfTheEnergy) {
    // Two leaves of one film, 1.5 mm apart where 2 mm are kept, joined far away.
    const FilmGrid grid{12, 3, 0.11, 0.02};
    std::vector<Vec3d> x;
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 12; ++i) {
            const bool upper = i >= 6;
            const int along = upper ? 11 - i : i;
            x.push_back({0.01 * along + (upper ? 0.0021 : 0.0), upper ? 0.0015 + 1e-4 * j : 0.0, 0.01 * j});
        }
    SelfPush push(grid, 0.002, 0.3);
    push.look(x);
    ASSERT_TRUE(push.any());
    push.advance(x);
    for (Vec3d& p : x) p.x += 3e-6 * std::sin(900 * p.x + 70 * p.y);
    for (const int node : {1, 13, 26, 34, 22, 9}) {
        // Held nodes drop out of the system: the norm of the gradient is that of the one free node.
        std::vector<char> held(grid.size(), 1);
        held[size_t(node)] = 0;
        Stiffness system(grid, held);
        system.clear();
        push.add_to(system, x);
        Vec3d slope;
        for (int k = 0; k < 3; ++k) {
            constexpr double kStep_m = 1e-8;
            std::vector<Vec3d> lower = x, higher = x;
            lower[size_t(node)][k] -= kStep_m;
            higher[size_t(node)][k] += kStep_m;
            slope[k] = (push.energy_j(higher) - push.energy_j(lower)) / (2 * kStep_m);
        }
        EXPECT_NEAR(system.gradient_norm_n(), length(slope), 1e-4 * length(slope) + 1e-9) << node;
    }
    EXPECT_GT(push.energy_j(x), 0);
}

}  // namespace
}  // namespace radforge::physics
