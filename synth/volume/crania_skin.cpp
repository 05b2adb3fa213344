// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {

void add_envelope(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    constexpr float kFillet = 0.12f;
    Solid& skin = m.envelope;
    const float soft = t.soft;
    skin.join(make_ellipsoid({0, p.brain_y, p.brain_z},
                             {t.brain_width + soft, t.brain_length + soft, t.brain_height + soft}),
              0.01f);
    std::vector<Bead> face;
    for (const Station& s : face_stations(t, p)) {
        const float half_z = 0.5f * (s.z_high - s.z_low);
        face.push_back({{0, s.y, 0.5f * (s.z_high + s.z_low)},
                        std::max(half_z, 0.35f * (s.half_low + s.half_high) + 0.3f * half_z) + 0.8f * soft});
    }
    skin.join(make_path(smooth_path(face, 4)), kFillet);
    // Cheek bone and chewing muscles, lower jaw and the floor of the mouth, neck.
    const float gum = -p.tooth_gap, deep = gum - t.jaw_depth, middle = mix(gum, deep, 0.5f);
    const float cheek_z = t.orbit_height - t.orbit, out = t.arch + 0.7f * soft;
    skin.join(make_path({{{0.8f * t.base_width, p.front_of_orbit, 0.6f * cheek_z}, out},
                         {{t.flare - 0.05f, p.orbit_y, cheek_z}, out},
                         {{t.flare - 0.01f, mix(p.orbit_y, t.joint_y, 0.6f),
                           mix(cheek_z, t.joint_z + 0.05f, 0.5f) + t.arch_bow},
                          out},
                         {{p.joint.x, t.joint_y + 0.03f, t.joint_z + 0.04f}, out + 0.01f}},
                        {1, 1, 1.6f}),
              0.08f);
    skin.join(make_ellipsoid(
                  {0.5f * (t.behind_orbits + t.flare), mix(p.orbit_y, t.joint_y, 0.55f), t.joint_z + 0.08f},
                  {0.5f * (t.flare - t.behind_orbits) + 0.02f, 0.5f * (t.joint_y - p.orbit_y) + 0.03f,
                   0.09f + soft}),
              0.1f);
    const float low = mix(p.joint.z, deep, 0.5f);
    skin.join(make_ellipsoid({0.85f * p.joint.x, p.joint.y - 0.07f, low},
                             {0.04f + soft, 0.13f + 0.5f * soft, 0.5f * (p.joint.z - deep) + soft}),
              kFillet);
    skin.join(make_path({{{0.5f * t.tip_width, -0.47f, middle}, 0.35f * t.jaw_depth + 0.7f * soft},
                         {{0.75f * p.joint.x, p.joint.y - 0.1f, middle}, 0.5f * t.jaw_depth + soft}}),
              kFillet);
    skin.join(make_path({{{0, -0.45f, middle}, 0.5f * t.tip_width},
                         {{0, 0.15f, middle}, 0.5f * t.jaw_depth + soft}}),
              kFillet);
    skin.join(make_path({{{0, p.brain_y, t.base + 0.02f}, 0.8f * t.brain_width},
                         {{0, 0.55f, t.base - 0.04f}, 0.8f * t.brain_width + soft}}),
              kFillet);
    const Vec3f lid = p.orbit_centre + p.orbit_axis * (0.15f * t.orbit);
    skin.join(make_ellipsoid(lid, Vec3f{1, 1, 1} * (0.85f * t.orbit)), 0.06f);
}

}  // namespace radforge::volume
