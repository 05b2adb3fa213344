// SPDX-License-Identifier: Apache-2.0
/// Origin between radius and lunate; thumb towards +x. Lengths of the tubular bones: S. M. Garn et al.,
/// "Metacarpophalangeal length in the evaluation of skeletal malformation", Radiology 105, 1972 (adult
/// means).
#include "synth/volume/phantom_limb_parts.h"

#include <array>
#include <cmath>

namespace radforge::volume {
namespace {

constexpr float kDegree = 0.0174533f;

/// One ray of the hand: metacarpal and phalanges, lengths and half thicknesses in mm.
struct Ray {
    Vec3f base;
    float angle_deg;              ///< from the middle finger towards the thumb
    float splay_deg;              ///< more for the fingers than for the metacarpals
    std::array<float, 4> length;  ///< metacarpal, proximal, middle (0: none), distal
    float thickness;              ///< relative to the middle finger
};
const std::array<Ray, 5> kRays = {{{{24, 6, 21}, 38, -14, {45, 31, 0, 22}, 1.1f},
                                   {{14, 0, 27}, 6, 5, {68, 40, 23, 17}, 1.0f},
                                   {{3, 0, 29}, 0, 1, {65, 44, 27, 18}, 1.02f},
                                   {{-7, 0, 27}, -6, -3, {58, 41, 26, 18}, 0.95f},
                                   {{-16, 1, 24}, -13, -8, {54, 33, 19, 16}, 0.88f}}};

struct Carpal {
    Vec3f centre, radii;
};
const std::array<Carpal, 8> kCarpals = {{{{12.5f, 1, 6.5f}, {6.6f, 6.5f, 8}},     // scaphoid
                                         {{-0.5f, 0, 5}, {6.3f, 7, 5.6f}},        // lunate
                                         {{-12.5f, 1, 8}, {5.4f, 6, 5.6f}},       // triquetrum
                                         {{-14, 9, 8.5f}, {4.2f, 4, 4.8f}},       // pisiform
                                         {{21, 3, 15}, {5.6f, 6.5f, 5.2f}},       // trapezium
                                         {{12, 0, 19.5f}, {4.6f, 6.5f, 5.4f}},    // trapezoid
                                         {{2.5f, 0, 18}, {5.2f, 7.5f, 8}},        // capitate
                                         {{-8.5f, 1, 18}, {5.6f, 7.5f, 6.4f}}}};  // hamate

void add_carpals(Anatomy& a, const LimbTraits& t) {
    for (const Carpal& c : kCarpals) {
        Bone bone;
        bone.bounds = box_around(c.centre, c.radii + Vec3f{2, 2, 2});
        bone.distance = [c, seed = t.seed](Vec3f p) {
            // Between an ellipsoid and a brick, with facets.
            return smooth_max(ellipsoid_distance(p, c.centre, c.radii * 1.12f),
                              box_distance(p, c.centre, c.radii, 2.5f), 1.5f) +
                   0.5f * gradient_noise(p * (1 / 5.0f), seed + 31);
        };
        bone.cortex_mm = [k = t.cortex](Vec3f) { return 0.8f * k; };
        add_bone(a, t, std::move(bone));
    }
}

void add_forearm(Anatomy& a, const LimbTraits& t) {
    const auto widened = [&](Vec3f far, Vec3f near, Vec3f end, Vec3f end_radii, float shaft) {
        Bone bone;
        bone.bounds = box_between(far, end, 20);
        bone.distance = [=](Vec3f p) {
            const float d = smooth_min(tube_distance(p, far, near, shaft, shaft * 1.05f),
                                       ellipsoid_distance(p, end, end_radii), 14);
            return smooth_max(d, p.z - (end.z + end_radii.z * 0.55f), 4);  // the flat joint surface
        };
        bone.cortex_mm = [=, k = t.cortex](Vec3f p) {
            return k * (0.8f + 1.9f * smooth_step(-18, -48, p.z));
        };
        bone.marrow_mm = 0.62f * shaft;
        add_bone(a, t, std::move(bone));
    };
    widened({3, 0, -120}, {7, 0, -26}, {8.5f, 0, -10}, {14, 9, 14}, 6.3f);
    widened({-14, 1, -120}, {-16, 1, -22}, {-16.5f, 1, -10}, {7.5f, 7, 10}, 5.2f);
    Bone styloid;
    styloid.bounds = box_around({19, 0, -2}, {5, 6, 8});
    styloid.distance = [](Vec3f p) { return tube_distance(p, {18, 0, -8}, {19.5f, 0, 1}, 4, 2); };
    styloid.cortex_mm = [k = t.cortex](Vec3f) { return 0.9f * k; };
    add_bone(a, t, std::move(styloid));
}

}  // namespace

void add_hand(Anatomy& a, const LimbTraits& t) {
    std::vector<SoftPart> soft;
    std::vector<LongBone> bones;
    const auto wrap = [&](Vec3f from, Vec3f to, float r0, float r1, float muscle) {
        soft.push_back({box_between(from, to, std::max(r0, r1) + 1),
                        [=](Vec3f p) { return tube_distance(p, from, to, r0, r1); }, muscle});
    };
    for (size_t n = 0; n < kRays.size(); ++n) {
        const Ray& ray = kRays[n];
        const float w = ray.thickness;
        constexpr float kBase[4] = {6.2f, 6.8f, 5.9f, 4.9f}, kShaft[4] = {3.9f, 4.0f, 3.4f, 2.3f},
                        kHead[4] = {6.8f, 5.3f, 4.6f, 3.2f}, kShell[4] = {1.9f, 1.6f, 1.2f, 0.8f};
        constexpr float kFlesh[4] = {0, 10.6f, 9.2f, 8.2f};
        Vec3f at = ray.base;
        float bend = 0;
        for (size_t k = 0; k < 4; ++k) {
            if (ray.length[k] <= 0) continue;
            const float turn = kDegree * (ray.angle_deg + (k > 0 ? ray.splay_deg * t.splay : 0.0f) -
                                          (n == 0 && k > 1 ? 8.0f : 0));
            if (k > 0) bend += t.bend;
            const Vec3f axis{std::sin(turn) * std::cos(bend), std::sin(bend),
                             std::cos(turn) * std::cos(bend)};
            const Vec3f tip = at + axis * ray.length[k];
            bones.push_back({at, tip, w * kBase[k], w * kShaft[k], w * kHead[k], kShell[k]});
            if (k > 0) {
                const Vec3f end = k == 3 ? tip + axis * 4.5f : tip;
                wrap(k == 1 ? at - axis * 8 : at, end, w * kFlesh[k], w * (k == 3 ? 6.4f : kFlesh[k] * 0.95f),
                     w * 4.5f);
            } else {
                wrap(at, tip, n == 0 ? 15.5f : 13.5f, n == 0 ? 12.5f : 12.0f, 3.0f + 0.4f * t.fat_mm);
            }
            at = tip + axis * 1.9f;  // the joint
        }
    }
    // The ball of the thumb, the webs between the metacarpals, wrist and forearm.
    wrap({16, 6, 22}, {34, 6, 52}, 15, 10, 5);
    wrap({26, 3, 58}, {20, 2, 72}, 8, 9, 3.5f);
    for (const float x : {8.5f, -2.0f, -12.0f}) wrap({x, 2, 28}, {x * 1.5f + 1, 2, 84}, 13.5f, 10, 4.5f);
    for (const float x : {10.0f, 0.0f, -11.0f}) {
        wrap({x, 1, -14}, {x, 1, 30}, 16.5f, 16.5f, 4.0f + 0.4f * t.fat_mm);
        wrap({1.25f * x - 2, 1, -120}, {x, 1, -12}, 24, 16.5f, 3.5f + t.fat_mm);
    }
    add_soft_tissue(a, soft);
    add_forearm(a, t);
    add_carpals(a, t);
    for (const LongBone& bone : bones) add_long_bone(a, t, bone);
    // Sesamoids of the thumb.
    for (const float s : {-4.0f, 4.0f}) {
        const Vec3f at = kRays[0].base + Vec3f{std::sin(38 * kDegree) * 44 + s * 0.8f, 8,
                                               std::cos(38 * kDegree) * 44 - s * 0.6f};
        Bone bone;
        bone.bounds = box_around(at, {4, 4, 4});
        bone.distance = [at](Vec3f p) { return ellipsoid_distance(p, at, {2.6f, 2.2f, 3}); };
        bone.cortex_mm = [](Vec3f) { return 0.8f; };
        add_bone(a, t, std::move(bone));
    }
}

}  // namespace radforge::volume
