// SPDX-License-Identifier: Apache-2.0
#include "physics/scenarios/folded.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kClearance_m = 0.001;

}  // namespace

void lay_folded(SheetSetup& setup, const SheetSpec& sheet, const Crease& crease, double tilt_rad) {
    const double w = sheet.width_m, h = sheet.height_m;
    // Film (u, v, height) to the world: u right, v towards the viewer, height up; tilted about the fold.
    const Vec2d line = crease.to_m - crease.from_m;
    const Mat3d tilt = rotation_about(normalized(Vec3d{line.x, 0, line.y}), tilt_rad);
    const auto tilted = [=](const std::function<Vec3d(Vec2d)>& folded, Vec2d p) {
        const Vec3d q = folded(p);
        return tilt * Vec3d{q.x - crease.from_m.x, q.z, q.y - crease.from_m.y} +
               Vec3d{crease.from_m.x - w / 2, 0, crease.from_m.y - h / 2};
    };
    setup.start_on = [=](const FilmGrid& grid) -> FilmShape {
        const auto folded = folded_shape(crease, crease.angle_rad, crease.band_m(grid));
        double lowest = 1e9;
        constexpr int kSamples = 48;
        for (int j = 0; j <= kSamples; ++j)
            for (int i = 0; i <= kSamples; ++i)
                lowest = std::min(lowest, tilted(folded, {w * i / kSamples, h * j / kSamples}).y);
        return [=](Vec2d p) { return tilted(folded, p) + Vec3d{0, kClearance_m - lowest, 0}; };
    };
    setup.creases.push_back(crease);
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
}

}  // namespace radforge::physics::scenarios
