// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

constexpr float kRadPerDeg = 0.0174532925f;

}  // namespace

void add_braincase(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    Solid& bone = m.bone;
    bone.join(make_ellipsoid({0, p.brain_y, p.brain_z}, {t.brain_width, t.brain_length, t.brain_height}),
              0.01f);
    if (t.dome > 0.002f)
        bone.join(make_ellipsoid({0, mix(p.orbit_y, p.brain_y, 0.3f), mix(t.brow, p.top, 0.3f) - 0.06f},
                                 {1.1f * t.behind_orbits, 0.13f, 0.06f + t.dome}),
                  0.06f);
    // Occiput and skull base.
    const float magnum_z = t.base + 0.42f * t.brain_height;
    bone.join(make_ellipsoid({0, t.back - 0.06f, magnum_z + 0.03f},
                             {0.72f * t.brain_width, 0.07f, 0.75f * t.brain_height}),
              0.04f);
    bone.join(make_path({{{0, p.orbit_y + 0.02f, t.base + 0.02f}, 0.022f}, {{0, 0.45f, t.base}, 0.036f}},
                        {1.5f, 1, 1}),
              0.04f);
    bone.join(
        make_ellipsoid({0.05f + 0.12f * t.brain_width, std::min(t.back + 0.015f, 0.485f), magnum_z - 0.02f},
                       {0.026f, 0.03f, 0.034f}, 0.5f),
        0.02f);
    if (t.bulla > 0.012f)
        bone.join(make_ellipsoid(
                      {0.26f * t.brain_width + 0.62f * t.bulla, t.joint_y + 0.06f + t.bulla, t.base - 0.005f},
                      {0.72f * t.bulla, 1.05f * t.bulla, 0.8f * t.bulla}),
                  0.012f);
    if (t.paroccipital > 0.025f)
        bone.join(make_path({{{0.62f * t.brain_width, 0.42f, t.base + 0.05f}, 0.024f},
                             {{0.6f * t.brain_width, 0.425f, t.base - t.paroccipital}, 0.009f}}),
                  0.02f);
    // Crests: along the middle of the roof, and across the back.
    if (t.sagittal_crest > 0.003f) {
        const float y0 = mix(p.orbit_y, p.brain_y, 0.55f), z0 = mix(t.brow, p.top, 0.5f);
        const std::vector<Bead> ridge = {
            {{0, y0, z0 - 0.01f}, 0.006f},
            {{0, p.brain_y, p.top - 0.003f}, 0.35f * t.sagittal_crest + 0.004f},
            {{0, t.back - 0.45f * t.brain_length, p.top - 0.004f}, 0.5f * t.sagittal_crest + 0.004f},
            {{0, t.back - 0.12f * t.brain_length, p.top - 0.16f * t.brain_height},
             0.5f * t.sagittal_crest + 0.004f}};
        bone.join(make_path(smooth_path(ridge, 4), {1, 1, 2.2f}), 0.012f);
    }
    if (t.nuchal_crest > 0.004f) {
        // On the braincase where it turns down to the back, rising into a wedge in the middle.
        const float r = 0.4f * t.nuchal_crest + 0.003f, y = t.back - 0.38f * t.brain_length;
        const auto on_case = [&](float turn_deg, float y_at, float rise) {
            const float u = (y_at - p.brain_y) / t.brain_length, c = std::sqrt(std::max(1 - u * u, 0.0f)),
                        a = turn_deg * kRadPerDeg;
            return Vec3f{std::sin(a) * (c * t.brain_width + rise), y_at,
                         p.brain_z + std::cos(a) * (c * t.brain_height + rise)};
        };
        const float rise = 0.35f * t.nuchal_crest - 0.002f;
        const std::vector<Bead> ridge = {
            {on_case(0, t.back - 0.22f * t.brain_length, 1.1f * t.nuchal_crest + 0.002f), r},
            {on_case(38, mix(y, t.back, 0.35f), rise), r},
            {on_case(75, y, rise), r},
            {on_case(105, mix(y, p.brain_y, 0.3f), rise), 0.9f * r}};
        bone.join(make_path(smooth_path(ridge, 5), {1, 1.5f, 1}), 0.025f);
    }
}

}  // namespace radforge::volume
