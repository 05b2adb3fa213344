// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_parts.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

/// A crown from the gum at `root` to `tip`, `along` the row by half its length.
SolidShape crown(Vec3f root, Vec3f tip, float half_length, float half_width, float cusps) {
    const float narrow = mix(0.92f, 0.3f, cusps);
    const float r = half_width;
    const Vec3f stretch{1, std::max(half_length / r, 1.0f), 1};
    return make_path(
        {{root, r}, {root + (tip - root) * 0.55f, r * mix(0.98f, 0.75f, cusps)}, {tip, r * narrow * 0.6f}},
        stretch);
}

/// Arc of a rodent's incisor in the plane near the middle, from the root in the jaw to the edge.
SolidShape gnawing_tooth(float x, Corner root, Corner top, Corner edge, float radius) {
    const std::vector<Bead> beads = {{{x, root.y, root.z}, 0.8f * radius},
                                     {{x, top.y, top.z}, radius},
                                     {{x, edge.y, edge.z}, 0.75f * radius}};
    return make_path(smooth_path(beads, 5));
}

void add_front_teeth(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p, bool lower) {
    const float gap = p.tooth_gap, size = t.incisor;
    if (t.gnawing) {
        const float x = 0.5f * size + 0.003f, deep = t.jaw_depth;
        m.tooth.join(
            gnawing_tooth(x, {-0.5f + 0.6f * t.diastema, 0.4f * t.tip_height}, {-0.518f, 0.3f * t.tip_height},
                          {-0.492f, -gap - 0.3f * deep}, 0.6f * size),
            0.002f);
        if (lower)
            m.tooth.join(
                gnawing_tooth(x, {-0.42f + t.diastema, -gap - 0.8f * deep}, {-0.43f, -gap - 0.62f * deep},
                              {-0.472f, -gap + 0.05f * deep}, 0.5f * size),
                0.002f);
        return;
    }
    if (size < 0.004f) return;
    const float arc = 0.6f * t.tip_width;
    const int count = std::clamp(int(arc / (0.75f * size) + 0.5f), 1, 3);
    for (int i = 0; i < count; ++i) {
        const float x = (float(i) + 0.5f) * std::min(0.75f * size, arc / float(count)),
                    back = 0.35f * x * x / arc;
        const float high = 1.1f * size + 0.4f * gap;
        if (t.upper_incisors)
            m.tooth.join(crown({x, -0.49f + back, 0.008f}, {x, -0.505f + back, -high}, 0.3f * size,
                               0.36f * size, 0.3f),
                         0.002f);
        if (lower)
            m.tooth.join(crown({x, -0.462f + back, -gap - 0.45f * size},
                               {x, -0.492f + back, t.upper_incisors ? -0.5f * gap : 0.008f}, 0.3f * size,
                               0.34f * size, 0.3f),
                         0.002f);
    }
}

void add_canines(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p, bool lower) {
    if (t.canine < 0.012f) return;
    const float y = -0.5f + 0.02f + 1.6f * t.incisor, x = 0.92f * t.tip_width,
                r = std::clamp(0.16f * t.canine + 0.004f, 0.008f, 0.024f);
    if (t.tusks) {  // of boars: both curl outwards and up
        m.tooth.join(
            make_path(smooth_path(std::vector<Bead>{{{0.85f * x, y + 0.04f, 0.02f}, r},
                                                    {{1.25f * x, y + 0.02f, -0.01f}, r},
                                                    {{1.5f * x, y + 0.03f, 0.35f * t.canine}, 0.3f * r}},
                                  4)),
            0.002f);
        if (lower)
            m.tooth.join(
                make_path(smooth_path(std::vector<Bead>{{{0.8f * x, y, -p.tooth_gap - 0.02f}, r},
                                                        {{1.25f * x, y - 0.03f, 0.0f}, r},
                                                        {{1.55f * x, y + 0.0f, 0.75f * t.canine}, 0.3f * r}},
                                      4)),
                0.002f);
        return;
    }
    if (t.upper_canines)
        m.tooth.join(make_path(smooth_path(std::vector<Bead>{{{0.9f * x, y + 0.05f, 0.06f}, r},
                                                             {{x, y + 0.01f, 0}, r},
                                                             {{x, y + 0.012f, -0.72f * t.canine}, 0.2f * r}},
                                           4)),
                     0.002f);
    if (lower)
        m.tooth.join(
            make_path(smooth_path(
                std::vector<Bead>{{{0.72f * x, y + 0.02f, -p.tooth_gap - 0.03f}, r},
                                  {{0.86f * x, y - 1.9f * r, -p.tooth_gap}, 0.95f * r},
                                  {{0.9f * x, y - 2.0f * r, -p.tooth_gap + 0.68f * t.canine}, 0.2f * r}},
                4)),
            0.002f);
}

}  // namespace

void add_teeth(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p, bool lower) {
    add_front_teeth(m, t, p, lower);
    add_canines(m, t, p, lower);
    const float pitch = (p.row_back - p.row_front) / float(t.cheek_teeth);
    for (int i = 0; i < t.cheek_teeth; ++i) {
        const float share = t.cheek_teeth > 1 ? float(i) / float(t.cheek_teeth - 1) : 1;
        const float y = p.row_front + (float(i) + 0.5f) * pitch, x = p.row_x(t, y);
        // Carnivores have their largest tooth near the end of the row, others grow evenly; whales do not
        // vary.
        const float grow = t.cheek_teeth > 10 ? 1.0f
                           : t.cusps > 0.6f   ? 0.62f + 0.5f * std::sin(2.6f * share)
                                              : 0.75f + 0.3f * share;
        const float half = 0.47f * std::min(pitch, t.tooth_size * 1.2f) * std::min(grow, 1.05f),
                    width = 0.5f * t.tooth_width * grow;
        const float high = t.tooth_height * grow;
        m.tooth.join(crown({x, y, 0.012f}, {x, y, -0.85f * high}, half, width, t.cusps), 0.002f);
        if (lower) {
            const float inner = x - 0.55f * t.tooth_width, shift = t.cusps > 0.6f ? -0.45f * pitch : 0;
            m.tooth.join(crown({inner, y + shift, -p.tooth_gap - 0.012f},
                               {inner, y + shift, -p.tooth_gap + 0.85f * high}, half, 0.85f * width, t.cusps),
                         0.002f);
        }
    }
}

void add_mandible(CraniumModel& m, const CraniumTraits& t, const CraniumPlan& p) {
    const float gum = -p.tooth_gap, y0 = -0.475f + (t.gnawing ? 0.055f : 0),
                ramus = std::max(p.row_back + 0.015f, p.joint.y - t.ramus_length);
    const float joint_z = p.joint.z - 0.006f, deep = gum - t.jaw_depth, front = gum - t.chin * t.jaw_depth;
    const float corner_z = std::min(gum - 0.3f * t.jaw_depth, joint_z - 0.08f);
    const float crest_y = mix(ramus, p.joint.y, p.joint.z < 0.08f ? 0.5f : 0.66f),
                crest = std::max(std::max(t.coronoid, joint_z + 0.03f), gum + 0.07f);
    const bool low_joint = p.joint.z < 0.08f;  // carnivores: a hook at the angle
    const float lip = t.gnawing ? gum - 0.35f * t.jaw_depth : gum;
    std::vector<Corner> outline = {
        {y0, lip}, {mix(y0, ramus, 0.5f), gum - 0.004f}, {ramus - 0.02f, gum - 0.002f}};
    if (low_joint) {
        outline.push_back({mix(ramus, crest_y, 0.45f), mix(gum, crest, 0.5f)});
        outline.push_back({crest_y, crest});
        outline.push_back({crest_y + 0.035f, crest - 0.012f});
        outline.push_back({p.joint.y - 0.03f, joint_z + 0.02f});
        outline.push_back({p.joint.y + 0.012f, joint_z + 0.004f});
        outline.push_back({p.joint.y + 0.004f, joint_z - 0.03f});
        outline.push_back({p.joint.y + 0.6f * t.angle_size, corner_z + 0.004f});
        outline.push_back({p.joint.y - 0.06f, mix(corner_z, deep, 0.5f)});
    } else {
        outline.push_back({mix(ramus, crest_y, 0.5f), mix(gum, crest, 0.5f)});
        outline.push_back({crest_y - 0.01f, crest});
        outline.push_back({crest_y + 0.012f, crest - 0.006f});
        outline.push_back({p.joint.y - 0.025f, joint_z - 0.005f});
        outline.push_back({p.joint.y + 0.008f, joint_z + 0.006f});
        outline.push_back({p.joint.y + 0.022f, mix(joint_z, deep, 0.3f)});
        outline.push_back({p.joint.y + 0.02f + 0.5f * t.angle_size, mix(joint_z, deep, 0.72f)});
        outline.push_back({p.joint.y - 0.03f + 0.35f * t.angle_size, deep - 0.3f * t.angle_size});
        outline.push_back({mix(ramus, p.joint.y, 0.25f), deep - 0.25f * t.angle_size});
    }
    outline.push_back({ramus - 0.03f, deep + 0.006f});
    outline.push_back({mix(y0, ramus, 0.45f), mix(deep, front, 0.45f)});
    outline.push_back({y0 + 0.1f * t.snout, front});
    outline.push_back({y0 - 0.004f, mix(lip, front, 0.55f)});
    const float x_front = 0.55f * t.tip_width, x_back = p.joint.x;
    const float slope = (x_back - x_front) / (p.joint.y - y0);
    PlateForm form;
    form.slope_y = slope, form.x0 = x_front - slope * y0;
    form.thickness = t.jaw_width, form.thickness_high = std::max(0.42f * t.jaw_width, 0.009f);
    form.z_low = gum - 0.02f, form.z_high = gum + 0.09f, form.rounding = 0.014f;
    m.jaw.join(make_plate(outline, form), 0.01f);
    m.jaw.join(make_path({{{p.joint.x - 0.03f, p.joint.y, joint_z}, 0.014f},
                          {{p.joint.x + 0.02f, p.joint.y, joint_z}, 0.013f}}),
               0.012f);
    // The two halves meet in front.
    const float meet = mix(gum, front, 0.5f), reach = std::min(0.3f * t.snout, t.beak ? 0.2f : 0.12f);
    m.jaw.join(make_path({{{0, y0 + 0.012f, mix(lip, meet, 0.6f)}, 0.02f},
                          {{0, y0 + reach, mix(meet, front, 0.7f)}, 0.016f}},
                         {std::max(1.0f, 0.8f * x_front / 0.02f), 1,
                          std::max(1.0f, 0.28f * t.chin * t.jaw_depth / 0.02f)}),
               0.02f);
    m.jaw.join(
        make_path({{{0, y0 + 0.01f, lip - 0.016f}, 0.016f}, {{x_front, y0 + 0.02f, lip - 0.016f}, 0.016f}}),
        0.015f);
}

}  // namespace radforge::volume
