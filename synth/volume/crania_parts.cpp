// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace radforge::volume {
namespace {

constexpr float kRadPerDeg = 0.0174532925f;
constexpr float kPi = 3.14159265f;

float mix(float a, float b, float t) { return a + (b - a) * t; }
Vec3f mix_point(Vec3f a, Vec3f b, float t) { return a + (b - a) * t; }

/// The dorsal profile and flanks from the front teeth to the braincase.
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

/// The opening of the orbit and the funnel behind it.
std::vector<SolidShape> socket(const CraniumTraits& t, const CraniumPlan& p) {
    const Vec3f c = p.orbit_centre, axis = p.orbit_axis;
    const float r = t.orbit;
    const Vec3f apex{std::max(0.3f * t.between_orbits, 0.014f), c.y + 1.5f * r,
                     mix(c.z, t.base + 0.06f, 0.5f)};
    return {make_path({{c - axis * (0.05f * r), 0.93f * r}, {c + axis * (2.2f * r), 1.25f * r}}),
            make_path({{c, 0.85f * r}, {mix_point(c, apex, 0.75f), 0.28f * r}})};
}

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
    add_rim(bone, whole, t, p);
    if (closed && !cup) {  // strut between brow and cheek bone
        const Vec3f high = c - axis * (0.1f * r) + Vec3f{0, 0.95f * r, 0.75f * r},
                    low = {mid_x - 0.01f, c.y + 0.9f * r, front_z + 0.02f};
        bone.join(make_path({{high, 0.9f * t.rim},
                             {mix_point(high, low, 0.5f) + Vec3f{0.012f, 0.01f, 0}, 0.85f * t.rim},
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
