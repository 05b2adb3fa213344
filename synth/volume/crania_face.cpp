// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace radforge::volume {
namespace {

constexpr float kPi = 3.14159265f;

/// A point of the circle that the rim is seen as along the orbit's axis; 0 at the top, a quarter at the back.
Vec3f rim_point(const CraniumTraits& t, const CraniumPlan& p, float turn) {
    const Vec3f axis = p.orbit_axis, back = normalized(cross(axis, Vec3f{0, 0, 1})), up = cross(back, axis);
    const float a = 2 * kPi * turn;
    return p.orbit_centre + up * (t.orbit * std::cos(a)) + back * (1.06f * t.orbit * std::sin(a));
}

/// Where the way into the orbit meets bone, along its axis from its middle; nothing where only air lies.
std::optional<float> surface_along(const Solid& bone, Vec3f from, Vec3f axis, float reach, float depth) {
    constexpr int kSteps = 40;
    for (int i = 0; i <= kSteps; ++i) {
        const float at = mix(reach, -depth, float(i) / kSteps);
        Vec3f q = from + axis * at;
        q.x = std::abs(q.x);
        if (bone.distance(q) < 0.003f) return at;
    }
    return {};
}

/// Lays the rim of the orbit on the bone around it: from the process behind the eye over the front to the
/// cheek bone, or all around in ungulates and primates.
void add_rim(Solid& bone, const Solid& whole, const CraniumTraits& t, const CraniumPlan& p) {
    const bool closed = t.orbit_bar >= 0.9f;
    const float from = closed ? 0.18f : mix(-0.04f, 0.1f, std::clamp(t.orbit_bar, 0.0f, 1.0f)),
                to = closed ? from - 1 : -0.62f;
    constexpr int kBeads = 24;
    float height[kBeads + 1];
    int known[kBeads + 1], count = 0;
    for (int i = 0; i <= kBeads; ++i) {
        const float turn = mix(from, to, float(i) / kBeads);
        if (const auto at =
                surface_along(whole, rim_point(t, p, turn), p.orbit_axis, 1.1f * t.orbit, 0.75f * t.orbit)) {
            height[i] = std::min(*at, 0.7f * t.orbit);
            known[count++] = i;
        }
    }
    if (count < 4) return;
    for (int i = 0; i <= kBeads; ++i) {  // bridges gaps on a straight line
        const int* next = std::lower_bound(known, known + count, i);
        const int hi = next == known + count ? known[count - 1] : *next, lo = next == known ? known[0]
                                                                              : hi == i     ? i
                                                                                            : *(next - 1);
        height[i] = hi == lo ? height[hi] : mix(height[lo], height[hi], float(i - lo) / float(hi - lo));
    }
    for (int round = 0; round < 3; ++round)
        for (int i = 1; i < kBeads; ++i)
            height[i] = 0.25f * height[i - 1] + 0.5f * height[i] + 0.25f * height[i + 1];
    // An open rim ends where its bone does, on either side of the front.
    const auto is_known = [&](int i) { return std::binary_search(known, known + count, i); };
    int first = 0, last = kBeads;
    if (!closed) {
        first = last = int(float(kBeads) * (-0.27f - from) / (to - from));
        while (first > 0 && (is_known(first - 1) || (first > 1 && is_known(first - 2)))) --first;
        while (last < kBeads && (is_known(last + 1) || (last + 2 <= kBeads && is_known(last + 2)))) ++last;
    }
    if (last - first < 4) return;
    std::vector<Bead> rim;
    for (int i = first; i <= last; ++i) {
        const float ends = float(std::min(i - first, last - i)),
                    thin = closed ? 1.0f : mix(0.5f, 1.0f, std::min(ends / 4, 1.0f));
        rim.push_back(
            {rim_point(t, p, mix(from, to, float(i) / kBeads)) + p.orbit_axis * (height[i] - 0.35f * t.rim),
             t.rim * thin});
    }
    if (!closed && t.orbit_bar > 0.15f) {
        // Processes that would meet behind the eye: of the brow and of the cheek bone.
        const float bar = t.orbit_bar * t.orbit;
        const Vec3f brow{0.88f * t.between_orbits, p.orbit_y + 0.55f * t.orbit, t.brow - 0.035f},
            lower = rim.back().at;
        bone.join(make_path({{brow, 1.4f * t.rim + 0.006f},
                             {brow + Vec3f{0.85f, 0.45f, -0.45f} * bar, 0.45f * t.rim}},
                            {1, 1.4f, 1}),
                  0.03f);
        bone.join(make_path({{lower, t.rim}, {lower + Vec3f{-0.1f, 0.25f, 0.5f} * bar, 0.4f * t.rim}}),
                  0.02f);
    }
    if (t.orbit_bar > 1.5f) {  // brow ridge
        const Bead top = rim[kBeads / 5], side = rim[kBeads / 20];
        bone.join(
            make_path(smooth_path(std::vector<Bead>{{{0, top.at.y, top.at.z - 0.1f * t.orbit}, 0.9f * t.rim},
                                                    {top.at, 0.95f * t.rim},
                                                    {side.at, 0.9f * t.rim}},
                                  3)),
            0.025f);
    }
    bone.join(make_path(std::move(rim)), 0.018f);
}

}  // namespace

void add_cranial_face(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    Solid& bone = m.bone;
    const std::vector<Station> face = face_stations(t, p);
    bone.join(make_loft(face, t.beak ? 0.7f : 0.62f), 0.055f);
    // The palate with the roots of the cheek teeth reaches back under the orbit.
    const float back = std::max(p.row_back + 0.02f, p.front_of_orbit), high = t.beak ? 0.045f : 0.06f;
    const std::vector<Station> palate = {
        {-0.5f, 0, 0.04f, 0.66f * t.tip_width, 0.6f * t.tip_width},
        {mix(-0.5f, back, 0.3f), 0, high, p.row_x(t, mix(-0.5f, back, 0.3f)) + 0.5f * t.tooth_width + 0.008f,
         0.8f * t.tip_width},
        {mix(-0.5f, back, 0.7f), 0, high, p.row_x(t, mix(-0.5f, back, 0.7f)) + 0.5f * t.tooth_width + 0.01f,
         0.8f * t.row_width},
        {back, 0.004f, high, t.row_width + 0.4f * t.tooth_width, 0.75f * t.row_width}};
    bone.join(make_loft(palate, 0.55f), 0.03f);
    // Wings of the palate on either side of the inner nostrils.
    bone.join(
        make_path({{{0.32f * t.row_width + 0.012f, back - 0.02f, 0.035f}, 0.013f},
                   {{0.26f * t.row_width + 0.012f, mix(back, t.joint_y, 0.75f), t.base - 0.012f}, 0.008f}},
                  {1, 1, 2.2f}),
        0.02f);
}

void add_cheek(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    Solid& bone = m.bone;
    const Vec3f c = p.orbit_centre, axis = p.orbit_axis;
    const float r = t.orbit;
    const bool closed = t.orbit_bar >= 0.9f, cup = t.orbit_bar > 1.5f;
    // Primates have a wall behind the eye.
    if (cup) {
        bone.join(make_ellipsoid(c - axis * (0.1f * r), Vec3f{1.24f, 1.2f, 1.16f} * r), 0.03f);
        bone.join(
            make_ellipsoid({0, c.y - 0.05f * r, c.z - 0.35f * r}, {c.x + 1.15f * r, 0.75f * r, 1.55f * r}),
            0.05f);
        const Vec3f cheek{0.75f * t.base_width, p.front_of_orbit + 0.02f, 0.07f};
        bone.join(make_path({{c + Vec3f{0.25f * r, 0.25f * r, -0.9f * r}, 0.5f * r}, {cheek, 0.45f * r}},
                            {1.3f, 1, 1}),
                  0.05f);
        const Vec3f temple{0.6f * t.brain_width, p.brain_y - 0.55f * t.brain_length, p.brain_z};
        bone.join(make_path({{c - axis * (0.25f * r), 1.0f * r}, {temple, 0.9f * r}}), 0.05f);
    }

    // Zygomatic arch from the maxilla below the eye to the jaw joint.
    const float front_z = t.orbit_height - r - 0.4f * t.rim, rear = t.joint_y - 0.01f;
    const float mid_x = std::max(t.flare - t.arch, c.x + 0.5f * r);
    const SolidShape arch = make_path(
        smooth_path(
            std::vector<Bead>{
                {{0.82f * t.base_width, p.front_of_orbit - 0.015f, std::max(0.6f * front_z, 0.03f)},
                 1.5f * t.arch},
                {{mix(0.95f * t.base_width, mid_x, 0.72f), mix(p.front_of_orbit, p.orbit_y, 0.85f), front_z},
                 1.15f * t.arch},
                {{mid_x, mix(p.orbit_y, rear, 0.5f), mix(front_z, t.joint_z + 0.05f, 0.45f) + t.arch_bow},
                 t.arch},
                {{mix(mid_x, p.joint.x + 0.02f, 0.3f), mix(p.orbit_y, rear, 0.85f),
                  t.joint_z + 0.045f + 0.5f * t.arch_bow},
                 t.arch},
                {{p.joint.x, t.joint_y + 0.01f, t.joint_z + 0.035f}, 1.2f * t.arch},
                {{0.8f * t.brain_width, t.joint_y + 0.05f, t.joint_z + 0.05f}, 1.3f * t.arch}},
            4),
        {1, 1, 2});
    Solid whole = bone;  // before the eye socket is cut out: what its rim lies on
    whole.join(arch, 0.02f);
    for (SolidShape& part : socket(t, p)) bone.cut(std::move(part), 0.012f);
    bone.join(arch, 0.02f);
    if (cup)  // bridge of the nose
        bone.join(make_path({{{0, c.y - 0.35f * r, c.z + 0.75f * r}, 0.22f * r},
                             {{0, c.y - 0.6f * r, c.z - 0.8f * r}, 0.26f * r}}),
                  0.03f);
    add_rim(bone, whole, t, p);
    if (closed && !cup) {  // strut between brow and cheek bone
        const Vec3f high = c - axis * (0.1f * r) + Vec3f{0, 0.95f * r, 0.75f * r},
                    low = {mid_x - 0.01f, c.y + 0.9f * r, front_z + 0.02f};
        bone.join(make_path({{high, 0.9f * t.rim},
                             {mix(high, low, 0.5f) + Vec3f{0.012f, 0.01f, 0}, 0.85f * t.rim},
                             {low, 1.1f * t.rim}},
                            {1, 1.4f, 1}),
                  0.02f);
    }
    // Shelf of the jaw joint with the process behind it.
    bone.join(make_path({{{0.55f * t.brain_width, t.joint_y + 0.02f, t.joint_z + 0.045f}, 0.024f},
                         {{p.joint.x, t.joint_y, t.joint_z + 0.03f}, 0.018f}},
                        {1, 1.4f, 1}),
              0.02f);
    bone.join(make_path({{{p.joint.x, t.joint_y + 0.03f, t.joint_z + 0.03f}, 0.012f},
                         {{0.96f * p.joint.x, t.joint_y + 0.034f, t.joint_z}, 0.008f}}),
              0.012f);
}

}  // namespace radforge::volume
