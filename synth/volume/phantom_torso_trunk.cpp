// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_torso_parts.h"

#include <array>
#include <cmath>

namespace radforge::volume {
namespace {

/// Inner wall at one height: half width, half depth, y of its middle.
struct Ring {
    float z, half_width, half_depth, middle_y;
};
constexpr std::array<Ring, 12> kWall = {{{-420, 128, 84, 4},
                                         {-340, 128, 84, 4},
                                         {-260, 126, 80, 0},
                                         {-180, 122, 78, -4},
                                         {-100, 126, 83, -4},
                                         {-40, 131, 87, -3},
                                         {30, 132, 88, -2},
                                         {90, 124, 83, 2},
                                         {140, 104, 68, 10},
                                         {172, 78, 50, 16},
                                         {192, 48, 30, 22},
                                         {206, 22, 14, 26}}};

Ring wall_at(float z) {
    if (z <= kWall.front().z) return kWall.front();
    for (size_t i = 1; i < kWall.size(); ++i)
        if (z <= kWall[i].z) {
            const Ring &a = kWall[i - 1], &b = kWall[i];
            const float t = (z - a.z) / (b.z - a.z);
            return {z, a.half_width + t * (b.half_width - a.half_width),
                    a.half_depth + t * (b.half_depth - a.half_depth),
                    a.middle_y + t * (b.middle_y - a.middle_y)};
        }
    return kWall.back();
}

/// Between an ellipse and a rounded box: the mean of the 2-norm and the 4-norm.
float ring_distance(float x, float y, const Ring& ring) {
    const float u = x / ring.half_width, v = (y - ring.middle_y) / ring.half_depth;
    const float u2 = u * u, v2 = v * v, two = std::sqrt(u2 + v2),
                four = std::sqrt(std::sqrt(u2 * u2 + v2 * v2));
    const float norm = 0.6f * two + 0.4f * four;
    const float radius = std::sqrt(x * x + (y - ring.middle_y) * (y - ring.middle_y));
    return norm < 1e-3f ? -ring.half_depth : radius * (1 - 1 / norm);
}

}  // namespace

float Trunk::spine_y(float z_mm) { return 58 + 9 * std::cos((z_mm - 60) / 90); }

float Trunk::cavity(Vec3f p) const {
    const float girth = 1 + (traits_.belly - 1) * smooth_step(20, -120, p.z);
    Ring ring = wall_at(p.z);
    ring.half_width *= girth;
    ring.half_depth *= girth;
    ring.middle_y -= (girth - 1) * 50;
    const float cage = ring_distance(p.x, p.y, ring) + std::max(0.0f, p.z - 200);
    // Vertebral column and its muscles push in from behind.
    const float y = spine_y(p.z);
    const float column = ellipsoid_distance({p.x, p.y, 0}, {0, y + 26, 0}, {34, 40, 1e3f});
    const float inner = smooth_max(cage, -column, 16);
    if (p.z > -285) return inner;
    // The true pelvis narrows between the hip bones and ends at its floor.
    const float inlet = ellipsoid_distance({p.x, p.y, 0}, {0, 6, 0}, {60, 74, 1e3f});
    const float narrow = smooth_step(-285, -325, p.z);
    return std::max(smooth_max(inner, inlet - 70 * (1 - narrow), 14), -368 - p.z);
}

Trunk::Wall Trunk::wall(Vec3f p) const {
    const float ax = std::abs(p.x), girth = 1 + (traits_.belly - 1) * smooth_step(20, -120, p.z);
    Ring ring = wall_at(std::min(p.z, 150.0f));
    ring.half_width *= girth;
    ring.half_depth *= girth;
    ring.middle_y -= (girth - 1) * 50;
    const float shoulder = smooth_step(40, 150, p.z), hip = smooth_step(-200, -280, p.z);
    const float back = smooth_step(20, 70, p.y), front = smooth_step(-10, -60, p.y),
                side = smooth_step(70, 120, ax);
    const float belly = smooth_step(30, -60, p.z);
    Wall w{};
    w.outside_mm = ring_distance(p.x, p.y, ring);
    w.muscle_mm = 11 + 15 * back * std::exp(-(ax - 22) * (ax - 22) / 1300) +
                  shoulder * (20 * side + 14 * back + 9 * front * smooth_step(10, 40, ax)) +
                  hip * (14 * side + 42 * back * smooth_step(6, 40, ax));
    w.fat_mm = traits_.fat_mm *
               (0.35f + 0.3f * back + 0.15f * side + belly * (0.65f * front + 0.45f * side + 0.25f * back));
    return w;
}

float Trunk::skin(Vec3f p) const {
    const float ax = std::abs(p.x), back = smooth_step(20, 70, p.y), front = smooth_step(-10, -60, p.y);
    const float belly = smooth_step(30, -60, p.z);
    const Wall w = wall(p);
    float trunk =
        w.outside_mm - w.muscle_mm - w.fat_mm + 1.6f * gradient_noise(p * (1 / 70.0f), traits_.seed + 1);
    trunk += 3 * back * std::exp(-ax * ax / 200) - 2 * belly * front * std::exp(-ax * ax / 300);
    trunk = smooth_max(trunk, p.z - 165, 50);
    const float top = ellipsoid_distance(p, {0, 20, 160}, {178, 64, 52});
    const float neck = std::max(ellipsoid_distance({p.x, p.y, 0}, {0, 18, 0}, {60, 58, 1e3f}), 150 - p.z);
    const float arm = tube_distance({ax, p.y, p.z}, {158, 20, 160}, {184, -14, 320}, 44, 46);  // raised
    trunk = smooth_min(smooth_min(trunk, smooth_min(top, arm, 30), 40), neck, 40);
    if (traits_.female) {
        const Vec3f breast{84, -88 - 0.2f * traits_.fat_mm, 52};
        trunk = smooth_min(
            trunk, ellipsoid_distance({ax, p.y, p.z}, breast, {58, 24 + 0.5f * traits_.fat_mm, 56}), 26);
    }
    return trunk;
}

float Trunk::diaphragm(Vec3f p) const {
    const auto dome = [&](float cx, float top) {
        const float dx = (p.x - cx) / 84, dy = (p.y + 8) / 104;
        const float inside = 1 - dx * dx - dy * dy;
        return top - 100 + 100 * (inside > 0 ? std::sqrt(inside) : 0.6f * inside);
    };
    const float right = dome(-68, 14), left = dome(72, -2),
                middle = -12 - 0.006f * p.x * p.x - 0.4f * (p.y + 20);
    return smooth_max(smooth_max(right, left, 12), middle, 14) + traits_.breath_mm -
           0.3f * std::max(0.0f, p.y);
}

float Trunk::mediastinum(Vec3f p) const {
    const float s = traits_.heart_scale;
    const float heart =
        ellipsoid_distance({p.x - 0.35f * (30 - p.z), p.y, p.z}, {20, -26, 26}, Vec3f{62, 50, 50} * s);
    const float width = 25 + 9 * smooth_step(120, 70, p.z) - 13 * smooth_step(-20, -62, p.y);
    const float column = std::max(std::abs(p.x - 2) - width, -25 - p.z);
    const float descending =
        tube_distance(p, {20, Trunk::spine_y(110) - 24, 112}, {12, Trunk::spine_y(-20) - 26, -30}, 19, 19);
    const float base = std::max(std::abs(p.x) - 20, p.z - 60);
    const float hilum = ellipsoid_distance({std::abs(p.x), p.y, p.z}, {34, 14, 84}, {22, 20, 26});
    const float wavy = 2 * gradient_noise(p * (1 / 25.0f), traits_.seed + 2);
    return smooth_min(smooth_min(heart, column, 16),
                      smooth_min(std::min(descending, hilum), std::max(base, -p.y - 20), 8), 10) +
           wavy;
}

Vec3f Trunk::rib(int number, float side, float t) const {
    const float n = float(number);
    const float head_z = 198 - (n - 1) * 26;
    const float drop = number == 1 ? 28.0f : number < 8 ? 52 + 8 * n : 108 - 12 * (n - 7);
    const float last = number <= 7 ? 150.0f : 150 - 23 * (n - 7);
    const float angle = (16 + (last - 16) * t) * 0.0174533f;
    const float z = head_z + 4 - drop * (0.15f * t + 0.85f * smooth_step(-0.1f, 1.0f, t));
    const Ring ring = wall_at(std::min(z, 196.0f));
    const float s = std::sin(angle), c = std::cos(angle);
    // Radius of the inner wall in this direction, by bisection of the same norm that defines the wall.
    float lo = 5, hi = 220;
    for (int i = 0; i < 24; ++i) {
        const float r = 0.5f * (lo + hi);
        (ring_distance(r * s, ring.middle_y + r * c, ring) < 0 ? lo : hi) = r;
    }
    const float r = lo + 5.5f;
    return {side * r * s, ring.middle_y + r * c, z};
}

void add_trunk(Anatomy& anatomy, const TorsoTraits& traits) {
    const Trunk trunk(traits);
    anatomy.add({{-260, -215, -460}, {260, 215, 330}}, [trunk, traits](Vec3f p, Tissue under) {
        const float ax = std::abs(p.x);
        if (ax > 235 || std::abs(p.y) > 200) return under;
        const float s = trunk.skin(p);
        if (s > 0) return under;
        if (s > -2.0f) return Tissue::Skin;
        const float cavity = trunk.cavity(p);
        if (cavity < -1.2f) {
            const float above = p.z - trunk.diaphragm(p);
            if (above > 0 && p.z < 202) return trunk.mediastinum(p) > 0 ? Tissue::Lung : Tissue::Fat;
            if (above > -3.0f && p.z < 60) return Tissue::Muscle;
            return Tissue::Fat;
        }
        // Subcutaneous fat: what lies between the skin and the muscles of the wall.
        const float shoulder = smooth_step(60, 150, p.z), back = smooth_step(20, 70, p.y);
        const float hip = smooth_step(-200, -280, p.z);
        const float front = smooth_step(-10, -60, p.y), belly = smooth_step(30, -60, p.z);
        const Trunk::Wall wall = trunk.wall(p);
        const float septum = gradient_noise({p.x / 16, p.y / 16, p.z / 30}, traits.seed + 3);
        const bool beyond_muscle = p.z < 130 && wall.outside_mm > wall.muscle_mm + 1.5f;
        if (beyond_muscle || -s < wall.fat_mm + 2 + 0.9f * septum) {
            const bool breast =
                traits.female && p.z < 105 && p.z > 5 && wall.outside_mm > 22 && p.y < -70 && -s > 7;
            return breast && septum > 0.2f ? Tissue::Gland : Tissue::Fat;
        }
        // Muscles in sheets around the cavity, with thin fat between; bellies split in the shoulder and the
        // back.
        const float wave = gradient_noise({p.x / 30, p.y / 30, p.z / 60}, traits.seed + 4);
        const float pitch = hip > 0.3f ? 24.0f : belly > 0.5f && back < 0.5f ? 4.6f : 10 + 3 * shoulder;
        const float layer = (cavity + (1.2f + 3 * (shoulder + back)) * wave) / pitch,
                    within = layer - std::floor(layer);
        const float sheet_mm = std::min(within, 1 - within) * pitch;
        const float split = std::abs(gradient_noise({p.x / 26, p.y / 26, p.z / 80}, traits.seed + 5)) * 9;
        const float thin = 0.35f + 0.35f * shoulder + 0.3f * hip + 0.25f * traits.visceral_fat + 0.3f * wave;
        if (sheet_mm < thin || (split < thin + 0.3f && (shoulder > 0.3f || back > 0.5f || hip > 0.3f)))
            return Tissue::Fat;
        // Linea alba: the recti meet in the midline.
        if (front > 0.9f && belly > 0.5f && ax < 1.2f) return Tissue::Fat;
        return Tissue::Muscle;
    });
}

}  // namespace radforge::volume
