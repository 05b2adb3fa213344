// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace radforge::volume {

void add_cavities(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    // Brain, bulbs of smell in front of it, and the hole for the spinal cord.
    m.brain.join(make_ellipsoid({0, p.brain_y, p.brain_z},
                                {t.brain_width - t.wall, t.brain_length - t.wall, t.brain_height - t.wall}),
                 0.01f);
    const float bulb_y = mix(p.orbit_y, p.brain_y - t.brain_length, 0.25f);
    const float bulb = std::clamp(0.55f * t.behind_orbits - 0.4f * t.wall, 0.012f, 0.04f);
    m.brain.join(make_path({{{0, p.brain_y - 0.7f * t.brain_length, p.brain_z + 0.02f}, 1.2f * bulb},
                            {{0, std::max(bulb_y, p.orbit_y + 0.03f),
                              std::min(mix(t.brow, p.brain_z, 0.5f), t.brow - bulb - 1.2f * t.wall)},
                             0.8f * bulb}}),
                 0.02f);
    const float magnum_z = t.base + 0.42f * t.brain_height, hole = 0.028f + 0.08f * t.brain_width;

    for (SolidShape& part : socket(t, p)) m.brain.cut(grown(std::move(part), t.wall), 0.01f);
    m.brain_wall = t.wall;
    m.canal.join(
        make_path({{{0, t.back - 0.1f, magnum_z + 0.01f}, hole}, {{0, 0.6f, magnum_z - 0.03f}, hole}}),
        0.01f);

    if (t.bulla > 0.02f)
        m.passages.join(
            make_ellipsoid(
                {0.26f * t.brain_width + 0.62f * t.bulla, t.joint_y + 0.06f + t.bulla, t.base - 0.005f},
                {0.72f * t.bulla - 0.014f, 1.05f * t.bulla - 0.014f, 0.8f * t.bulla - 0.014f}),
            0.005f);
    // Airway: nostrils, nasal cavity, inner nostrils.
    if (t.beak) {
        const float y = p.front_of_orbit + 0.05f;
        m.passages.join(make_path({{{0.022f, y - 0.02f, t.brow + 0.06f}, 0.02f},
                                   {{0.02f, y + 0.02f, t.base + 0.03f}, 0.016f},
                                   {{0.02f, y + 0.05f, -0.03f}, 0.016f}}),
                        0.01f);
    } else {
        const float wall = std::max(0.02f, 0.2f * t.tip_width);
        std::vector<Station> nose = face_stations(t, p);
        nose.resize(4);
        nose[0].y = -0.47f;
        for (Station& s : nose) {
            s.z_high -= 1.2f * wall;
            s.z_low = 0.045f;
            s.z_high = std::max(s.z_high, s.z_low + 0.012f);
            s.half_low = std::max(s.half_low - 1.3f * wall, 0.01f) * 0.8f;
            s.half_high = std::max(s.half_high - wall, 0.01f);
        }
        nose[3].half_low *= 0.75f;
        nose[3].y -= 0.08f * t.snout;
        nose[3].z_high -= 0.02f;
        m.nose.join(make_loft(nose, 0.6f), 0.01f);
        m.nose_wall = 0.8f * wall;
        const float tip = t.tip_height, notch = t.nasal_notch;
        m.passages.join(make_path({{{0, -0.53f, 0.42f * tip + 0.02f}, 0.3f * tip},
                                   {{0, -0.5f + 0.6f * notch, 0.62f * tip + 0.012f}, 0.26f * tip}},
                                  {std::clamp(0.5f * t.tip_width / (0.3f * tip), 1.0f, 2.2f), 1, 1}),
                        0.012f);
        // The nasal bones hang over the notch on either side.
        if (notch > 0.1f)
            m.passages.join(
                make_path({{{1.1f * t.tip_width, -0.5f, 0.75f * tip}, 0.2f * tip},
                           {{0.9f * t.tip_width, -0.5f + 0.85f * notch, 0.72f * tip}, 0.16f * tip}}),
                0.012f);
        const float back = std::max(p.row_back + 0.02f, p.front_of_orbit);
        m.passages.join(make_path({{{0, p.front_of_orbit - 0.06f, 0.07f}, 0.02f},
                                   {{0, back - 0.02f, 0.05f}, 0.022f},
                                   {{0, back + 0.08f, 0.0f}, 0.026f}}),
                        0.015f);
    }

    if (!t.beak) {  // septum
        const float end = p.front_of_orbit - 0.02f, begin = -0.5f + 0.5f * t.nasal_notch + 0.03f;
        if (end > begin + 0.05f)
            m.septum.join(make_plate(std::vector<Corner>{{begin, 0.03f},
                                                         {end, 0.03f},
                                                         {end, t.base_height - 0.04f},
                                                         {begin, 0.75f * t.tip_height}},
                                     {0, 0, 0, 0.005f, 0.005f, 0, 1, 0.002f}),
                          0.006f);
    }
    m.eye.join(
        make_ellipsoid(p.orbit_centre + p.orbit_axis * (0.12f * t.orbit), Vec3f{1, 1, 1} * (0.8f * t.orbit)),
        0.005f);
}

}  // namespace radforge::volume
