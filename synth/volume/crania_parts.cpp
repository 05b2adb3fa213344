// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

constexpr float kRadPerDeg = 0.0174532925f;
constexpr float kPi = 3.14159265f;

}  // namespace

CraniumPlan::CraniumPlan(const CraniumTraits& t) {
    front_of_orbit = -0.5f + t.snout;
    brain_y = t.back - t.brain_length;
    brain_z = t.base + t.brain_height;
    top = t.base + 2 * t.brain_height;
    const float forward = t.orbit_forward * kRadPerDeg;
    orbit_axis = normalized(Vec3f{std::cos(forward), -std::sin(forward), t.beak ? 0.0f : 0.18f});
    orbit_y = front_of_orbit +
              t.orbit * (1.02f * std::cos(forward) + (t.orbit_bar > 1.5f ? 0.8f : 0.45f) * std::sin(forward));
    orbit_centre = {t.between_orbits + t.orbit * (0.42f + 0.62f * std::sin(forward) * std::sin(forward)),
                    orbit_y, t.orbit_height};
    if (t.orbit_bar > 1.5f)
        orbit_centre.x = std::max(orbit_centre.x, 1.25f * t.orbit);  // bone between the eyes
    joint = {std::min(0.86f * t.flare, std::max(0.93f * t.brain_width, 0.62f * t.flare)), t.joint_y,
             t.joint_z};
    row_front = -0.5f + 0.02f + 1.6f * t.incisor * (t.gnawing ? 0 : 1) + 0.42f * std::min(t.canine, 0.1f) +
                t.diastema;
    row_back = std::min(row_front + t.tooth_row, t.joint_y - 0.1f);
    tooth_gap = 0.9f * t.tooth_height;
}

float CraniumPlan::row_x(const CraniumTraits& t, float y) const {
    const float s = std::clamp((y + 0.5f) / (row_back + 0.5f), 0.0f, 1.0f);
    return mix(0.78f * t.tip_width, t.row_width, s * (1.6f - 0.6f * s));
}

std::vector<Station> face_stations(const CraniumTraits& t, const CraniumPlan& p) {
    const float length = t.snout, y0 = -0.5f;
    const auto width = [&](float s) { return mix(t.tip_width, t.base_width, s); };
    const auto top = [&](float s) {
        return mix(t.tip_height, t.base_height, s) + t.nasal_arch * std::sin(kPi * s);
    };
    const float muzzle = 0.22f, waist = 0.5f;
    std::vector<Station> s;
    s.push_back({y0, 0.004f, 0.6f * t.tip_height, 0.62f * t.tip_width, 0.4f * t.tip_width});
    s.push_back({y0 + muzzle * length, 0, top(muzzle * 0.4f), t.tip_width, 0.62f * t.tip_width});
    s.push_back({y0 + waist * length, 0, top(waist), width(waist) * (1 - t.pinch), 0.58f * width(waist)});
    s.push_back({y0 + 0.96f * length, 0.02f, top(0.96f), 0.97f * t.base_width, 0.66f * t.base_width});
    const float floor = mix(0.25f * t.orbit_height, t.base + 0.03f, 0.6f);
    s.push_back({p.orbit_y, floor, t.brow, 0.55f * t.between_orbits, 1.02f * t.between_orbits});
    const float behind = mix(p.orbit_y, p.brain_y, 0.62f);
    s.push_back(
        {behind, t.base + 0.01f, mix(t.brow, p.top, 0.45f), 0.8f * t.behind_orbits, 0.72f * t.behind_orbits});
    s.push_back({std::max(p.brain_y, behind + 0.04f), t.base + 0.03f, p.top - 0.03f, 0.8f * t.brain_width,
                 0.45f * t.brain_width});
    return s;
}

std::vector<SolidShape> socket(const CraniumTraits& t, const CraniumPlan& p) {
    const Vec3f c = p.orbit_centre, axis = p.orbit_axis;
    const float r = t.orbit;
    const Vec3f apex{std::max(0.3f * t.between_orbits, 0.014f), c.y + 1.5f * r,
                     mix(c.z, t.base + 0.06f, 0.5f)};
    return {make_path({{c - axis * (0.05f * r), 0.93f * r}, {c + axis * (2.2f * r), 1.25f * r}}),
            make_path({{c, 0.85f * r}, {mix(c, apex, 0.75f), 0.28f * r}})};
}

CraniumModel model_cranium(const CraniumTraits& t, bool mandible, bool soft_tissue) {
    CraniumModel m;
    const CraniumPlan plan(t);
    add_braincase(m, t, plan);
    add_cranial_face(m, t, plan);
    m.core = m.bone;
    add_cheek(m, t, plan);
    add_cavities(m, t, plan);
    if (mandible) add_mandible(m, t, plan);
    if (soft_tissue) add_envelope(m, t, plan);  // before the horns, which stay bare
    add_horns(m, t, plan);
    add_teeth(m, t, plan, mandible);
    return m;
}

}  // namespace radforge::volume
