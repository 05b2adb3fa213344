// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

constexpr float kRadPerDeg = 0.0174532925f;

Vec3f turned(Vec3f v, Vec3f axis, float angle_rad) {
    return to_float(rotation_about(to_double(normalized(axis)), double(angle_rad)) * to_double(v));
}

/// Walks from `start` along a heading that turns about an axis, drawing to a point.
std::vector<Bead> grow(Vec3f start, Vec3f heading, Vec3f axis, float length, float curl_rad, float radius,
                       float end_radius, float rings) {
    constexpr int kSteps = 28;
    std::vector<Bead> beads;
    Vec3f at = start;
    for (int i = 0; i <= kSteps; ++i) {
        const float s = float(i) / kSteps;
        const float ring = 1 + rings * std::sin(6.2831853f * 9 * s) * (1 - s);
        beads.push_back({at, (radius + (end_radius - radius) * std::pow(s, 1.25f)) * ring});
        at += heading * (length / kSteps);
        heading = turned(heading, axis, curl_rad / kSteps);
    }
    return beads;
}

void add_antler(Solid& bone, const CraniumTraits& t, Vec3f base, Vec3f heading, Vec3f axis) {
    const float r = t.horn_radius;
    const std::vector<Bead> beam =
        grow(base, heading, axis, t.horn, t.horn_curl * kRadPerDeg, r, 0.32f * r, 0);
    bone.join(make_path({{base - heading * 0.02f, 1.5f * r}, {base + heading * 0.005f, 1.4f * r}}),
              0.02f);  // burr
    const int tines = std::clamp(int(2 + t.horn / 0.3f), 2, 5);
    for (int i = 0; i < tines; ++i) {
        const size_t at = size_t((0.06f + 0.86f * float(i) / float(tines)) * float(beam.size()));
        const Bead& b = beam[std::min(at, beam.size() - 2)];
        const Vec3f forward = normalized(Vec3f{0.25f, -0.8f, 0.55f});
        const float length = t.horn * (i == 0 ? 0.42f : 0.36f - 0.03f * float(i));
        bone.join(make_path(grow(b.at, forward, {1, 0, 0}, length, -0.9f, 0.75f * b.radius, 0.004f, 0)),
                  0.012f);
    }
    bone.join(make_path(beam), 0.012f);
}

}  // namespace

void add_horns(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    using Horn = CraniumTraits::Horn;
    if (t.horns == Horn::None || t.horn < 0.02f) return;
    Solid& bone = m.bone;
    if (t.horns == Horn::Nose) {
        const float y = -0.5f + 0.28f * t.snout, z = t.tip_height + 0.01f;
        const float lean = t.horn_lean * kRadPerDeg;
        const Vec3f heading{0, std::sin(lean), std::cos(lean)};
        bone.join(make_path(grow({0, y, z - 0.03f}, heading, {1, 0, 0}, t.horn, -t.horn_curl * kRadPerDeg,
                                 t.horn_radius, 0.008f, 0)),
                  0.03f);
        bone.join(
            make_path(grow({0, y + 0.62f * t.snout, t.base_height - 0.02f}, heading, {1, 0, 0}, 0.4f * t.horn,
                           -0.5f * t.horn_curl * kRadPerDeg, 0.7f * t.horn_radius, 0.008f, 0)),
            0.03f);
        return;
    }
    // Horns rise behind the orbits; lean is from upright to the back, spread from the middle to the side.
    const float spread = t.horn_spread * kRadPerDeg, lean = t.horn_lean * kRadPerDeg;
    const Vec3f heading = normalized(
        Vec3f{std::sin(spread), std::sin(lean) * std::cos(spread), std::cos(lean) * std::cos(spread)});
    const bool cow = t.horns == Horn::Cow;
    const float y =
        cow ? p.brain_y + 0.25f * t.brain_length : p.orbit_y + 0.55f * (p.brain_y - p.orbit_y) + 0.03f;
    const float x = cow ? 0.85f * t.behind_orbits : 0.62f * t.behind_orbits;
    const float z = (cow ? p.top : 0.5f * (t.brow + p.top)) - 0.035f;
    const Vec3f base{x, y, z};
    const float curl = t.horn_curl * kRadPerDeg, twist = t.horn_twist * kRadPerDeg;
    if (t.horns == Horn::Antler)
        return add_antler(bone, t, base, heading, normalized(Vec3f{-0.25f, -0.6f, 0.2f}));
    if (cow) {
        // Outwards, then forwards and up.
        const Vec3f axis =
            normalized(Vec3f{0, -1, 0} * std::cos(twist) + Vec3f{0, 0, -1} * std::sin(twist + 0.6f));
        bone.join(make_path(grow(base, heading, axis, t.horn, curl, t.horn_radius, 0.01f, 0)), 0.04f);
    } else if (t.horns == Horn::Ram) {
        // Back, down and forwards beside the cheek, drifting outwards.
        std::vector<Bead> horn = grow(base, heading, {-1, 0, 0}, t.horn, curl, t.horn_radius, 0.012f, 0.05f);
        for (size_t i = 0; i < horn.size(); ++i)
            horn[i].at.x = base.x + (horn[i].at.x - base.x) * 0.25f +
                           0.24f * std::sin(twist) * t.horn * float(i) / float(horn.size()) * 3;
        bone.join(make_path(std::move(horn)), 0.03f);
    } else {
        bone.join(
            make_path(grow(base, heading, normalized(Vec3f{-1, 0, 0} + Vec3f{0, 0.6f, 0} * std::sin(twist)),
                           t.horn, curl, t.horn_radius, 0.008f, 0.09f)),
            0.02f);
    }
}

}  // namespace radforge::volume
