// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_torso_parts.h"
#include "synth/volume/phantom_tree.h"

#include <cmath>

namespace radforge::volume {
namespace {

bool soft(Tissue t) { return t == Tissue::Fat || t == Tissue::Muscle || t == Tissue::Lung; }

void add_vessel(Anatomy& a, Vec3f from, Vec3f to, float r0, float r1) {
    a.add(box_between(from, to, std::max(r0, r1) + 0.5f), [=](Vec3f p, Tissue under) {
        if (!soft(under) && under != Tissue::Myocardium) return under;
        return tube_distance(p, from, to, r0, r1) < 0 ? Tissue::Blood : under;
    });
}

void add_airway(Anatomy& a, Vec3f from, Vec3f to, float r0, float r1) {
    a.add(box_between(from, to, std::max(r0, r1) + 2.5f), [=](Vec3f p, Tissue under) {
        const float d = tube_distance(p, from, to, r0, r1);
        if (d < 0) return Tissue::Gas;
        return d < 1.3f && soft(under) ? Tissue::Cartilage : under;
    });
}

Vec3f point_in_lung(const Trunk& trunk, float side, Rng& rng) {
    for (int tries = 0; tries < 4000; ++tries) {
        const Vec3f p{side * float(rng.uniform(12, 135)), float(rng.uniform(-92, 96)),
                      float(rng.uniform(-85, 196))};
        if (trunk.cavity(p) < -7 && p.z > trunk.diaphragm(p) + 6 && trunk.mediastinum(p) > 5) return p;
    }
    return {side * 80, 0, 90};
}

}  // namespace

void add_lungs(Anatomy& a, const TorsoTraits& t, Rng& rng) {
    const Trunk trunk(t);
    for (const float side : {-1.0f, 1.0f}) {
        // Fissures: the oblique one on both sides, the horizontal one on the right.
        a.add(side > 0 ? Box{{10, -100, -90}, {140, 100, 195}} : Box{{-140, -100, -90}, {-10, 100, 195}},
              [side, seed = t.seed](Vec3f p, Tissue under) {
                  if (under != Tissue::Lung) return under;
                  const float sway = 3 * gradient_noise(p * (1 / 45.0f), seed + 31);
                  const float oblique = 0.78f * (p.z - 62) - 0.62f * (p.y - 12) + sway;
                  const float horizontal = side < 0 && oblique > 0 ? p.z - 74 + 0.1f * p.y + sway : 9.0f;
                  // A pleural sheet is far thinner than a pixel: it takes its share of the points of a wider
                  // band.
                  const uint32_t dice =
                      mix_bits(uint32_t(int(p.x * 16)) * 73856093u ^ uint32_t(int(p.y * 16)) * 19349663u ^
                               uint32_t(int(p.z * 16)) * 83492791u);
                  return std::min(std::abs(oblique), std::abs(horizontal)) < 1.1f && dice % 16 < 2
                             ? Tissue::Mucosa
                             : under;
              });
        const auto draw = [&](Rng& r) { return point_in_lung(trunk, side, r); };
        const Vec3f root{side * 30, 12, side > 0 ? 90.0f : 84.0f};
        add_tree(a, grow_tree(root, {side * 18, 4, -4}, 900, 0.66f, draw, rng), Tissue::Blood, Tissue::Lung);
        for (const VesselSegment& s :
             grow_tree({side * 52, 22, 80}, {side * 6, 2, -4}, 12, 1.25f, draw, rng)) {
            if (s.radius_to_mm < 1.3f) continue;
            a.add(box_between(s.from, s.to, s.radius_from_mm + 2), [s](Vec3f p, Tissue under) {
                const float d = tube_distance(p, s.from, s.to, s.radius_from_mm, s.radius_to_mm);
                if (d < 0 && under != Tissue::Blood) return Tissue::Gas;
                return d < 0.9f && under == Tissue::Lung ? Tissue::Mucosa : under;
            });
        }
    }
    for (int i = 0; i < t.nodules; ++i) {
        const Vec3f at = point_in_lung(trunk, rng.uniform() < 0.5 ? -1.0f : 1.0f, rng);
        const float r = float(rng.uniform(2.5, 13));
        a.add(box_around(at, Vec3f{2, 2, 2} * r), [at, r, seed = t.seed](Vec3f p, Tissue under) {
            const Vec3f d = p - at;
            const float spiky = 0.14f * r * gradient_noise(d * (1.7f / r), seed + 32);
            return under == Tissue::Lung && length(d) + spiky < r ? Tissue::Nodule : under;
        });
    }
    add_airway(a, {0, Trunk::spine_y(260) - 34, 262}, {0, 14, 190}, 8.5f, 8.5f);
    add_airway(a, {0, 14, 190}, {2, 20, 112}, 8.5f, 9);
    add_airway(a, {2, 20, 112}, {-28, 24, 92}, 7.5f, 7);
    add_airway(a, {-28, 24, 92}, {-52, 26, 78}, 6, 4.5f);
    add_airway(a, {-28, 24, 92}, {-48, 16, 108}, 4.5f, 3.5f);
    add_airway(a, {2, 20, 112}, {40, 28, 88}, 7, 6);
    add_airway(a, {40, 28, 88}, {58, 30, 70}, 5, 4);
    add_airway(a, {40, 28, 88}, {54, 14, 100}, 4.2f, 3.2f);
}

void add_heart(Anatomy& a, const TorsoTraits& t) {
    const float s = t.heart_scale;
    a.add(box_around({28, -26, 30}, Vec3f{72, 66, 62} * s), [s, seed = t.seed](Vec3f p, Tissue under) {
        if (under != Tissue::Fat && under != Tissue::Muscle) return under;
        // Heart frame: long axis from the base (right, back, up) to the apex (left, front, down).
        const Vec3f r = (p - Vec3f{22, -26, 30}) / s;
        const Vec3f axis{0.70f, -0.60f, -0.38f}, across{0.62f, 0.78f, -0.09f};
        const Vec3f up = cross(axis, across);
        const Vec3f q{dot(r, axis), dot(r, across), dot(r, up)};
        const float wavy = 1.1f * gradient_noise(p * (1 / 14.0f), seed + 41);
        const float left = ellipsoid_distance(q, {12, 9, 0}, {46, 27, 29});
        const float left_lumen =
            smooth_max(ellipsoid_distance(q, {8, 9, 0}, {40, 16, 18}), -12 - q.x, 6) + wavy;
        const float right = ellipsoid_distance(q, {8, -15, 4}, {40, 24, 30});
        const float right_lumen =
            std::max(ellipsoid_distance(q, {8, -15, 4}, {37, 21, 27}), -left - 0.5f) + wavy;
        const float left_atrium = ellipsoid_distance(p, {6, 16, 52}, Vec3f{34, 19, 22} * s) + wavy;
        const float right_atrium = ellipsoid_distance(p, {-32, -16, 38}, Vec3f{22, 27, 32} * s) + wavy;
        if (left_atrium < 0 || right_atrium < 0) return Tissue::Blood;
        if (left < 0) {
            if (left_lumen < 0) {
                const float papillary =
                    std::min(std::hypot(q.y - 18, q.z - 8), std::hypot(q.y - 16, q.z + 10)) - 4;
                return papillary < 0 && q.x > 2 && q.x < 28 ? Tissue::Myocardium : Tissue::Blood;
            }
            return Tissue::Myocardium;
        }
        if (right_lumen < 0) return Tissue::Blood;
        if (std::min(right, std::min(left_atrium, right_atrium) - 1.8f) < 0) return Tissue::Myocardium;
        return under;
    });
    const float r = t.aorta_mm;
    const float back = Trunk::spine_y(60) - 28, low = Trunk::spine_y(-60) - 24;
    add_vessel(a, {6, -16, 58}, {-13, -26, 90}, 1.12f * r, 1.12f * r);
    add_vessel(a, {-13, -26, 90}, {-10, -18, 116}, 1.12f * r, 1.08f * r);
    add_vessel(a, {-10, -18, 116}, {8, 6, 130}, 1.05f * r, r);
    add_vessel(a, {8, 6, 130}, {22, back - 8, 114}, r, 0.95f * r);
    add_vessel(a, {22, back - 8, 114}, {23, back, 60}, 0.95f * r, 0.92f * r);
    add_vessel(a, {23, back, 60}, {12, low, -40}, 0.92f * r, 0.85f * r);
    add_vessel(a, {12, low, -40}, {4, Trunk::spine_y(-110) - 26, -110}, 0.85f * r, 0.75f * r);
    add_vessel(a, {4, Trunk::spine_y(-110) - 26, -110}, {3, Trunk::spine_y(-205) - 28, -205}, 0.75f * r,
               0.65f * r);
    for (const float s2 : {-1.0f, 1.0f}) {  // iliac arteries and veins, branches of the arch and their veins
        add_vessel(a, {3, Trunk::spine_y(-205) - 28, -205}, {s2 * 36, 36, -265}, 0.5f * r, 0.45f * r);
        add_vessel(a, {s2 * 36, 36, -265}, {s2 * 66, -42, -350}, 0.45f * r, 0.36f * r);
        add_vessel(a, {-16, Trunk::spine_y(-205) - 22, -215}, {s2 * 40, 44, -270}, 7, 6.5f);
        add_vessel(a, {s2 * 40, 44, -270}, {s2 * 62, -34, -350}, 6.5f, 6);
        add_vessel(a, {s2 * 36, -26, 168}, {s2 * 30, -8, 240}, 6, 6.5f);
        add_vessel(a, {s2 * 36, -26, 168}, {s2 * 110, 0, 184}, 6, 5);
    }
    add_vessel(a, {-8, -10, 132}, {-22, -8, 168}, 6.5f, 5.5f);
    add_vessel(a, {-22, -8, 168}, {-26, 0, 240}, 4.5f, 3.6f);
    add_vessel(a, {5, -2, 136}, {10, 2, 170}, 4.2f, 4);
    add_vessel(a, {10, 2, 170}, {24, 2, 240}, 4, 3.6f);
    add_vessel(a, {14, 8, 136}, {28, 22, 178}, 5, 4.5f);
    add_vessel(a, {28, 22, 178}, {100, 14, 186}, 4.5f, 4);
    add_vessel(a, {-36, -26, 168}, {-29, -18, 128}, 7, 9);
    add_vessel(a, {36, -26, 168}, {-29, -26, 136}, 6.5f, 7.5f);
    add_vessel(a, {-29, -18, 130}, {-29, -8, 58}, 9.5f, 10.5f);
    add_vessel(a, {-27, 6, 24}, {-24, 26, -40}, 12, 12);
    add_vessel(a, {-24, 26, -40}, {-18, Trunk::spine_y(-120) - 24, -120}, 12, 11);
    add_vessel(a, {-18, Trunk::spine_y(-120) - 24, -120}, {-16, Trunk::spine_y(-210) - 24, -215}, 11, 10);
    add_vessel(a, {12, -42, 62}, {20, -30, 92}, 13, 13.5f);
    add_vessel(a, {20, -30, 92}, {34, 12, 96}, 12.5f, 10);
    add_vessel(a, {16, -18, 92}, {-36, 6, 88}, 11, 9);
    for (const float s2 : {-1.0f, 1.0f}) {
        add_vessel(a, {s2 * 30, 14, 58}, {s2 * 52, 20, 52}, 6.5f, 4.5f);
        add_vessel(a, {s2 * 28, 8, 64}, {s2 * 48, -8, 74}, 6, 4);
        add_vessel(a, {s2 * 34, 8, 90}, {s2 * 50, 20, 74}, 7, 5);
    }
    // Oesophagus.
    for (const auto& [from, to] : {std::pair<Vec3f, Vec3f>{{3, 34, 250}, {5, 38, 110}},
                                   {{5, 38, 110}, {8, 34, 20}},
                                   {{8, 34, 20}, {20, 12, -34}}})
        a.add(box_between(from, to, 9), [from = from, to = to, seed = t.seed](Vec3f p, Tissue under) {
            if (!soft(under)) return under;
            const float d = tube_distance(p, from, to, 7, 7);
            if (d > 0) return under;
            return d < -4.6f && gradient_noise({0, 0, p.z / 30}, seed + 42) > 0.7f ? Tissue::Gas
                                                                                   : Tissue::BowelWall;
        });
    if (t.aortic_calcium > 0)
        a.add({{-30, -50, -220}, {50, 70, 150}}, [t](Vec3f p, Tissue under) {
            if (under != Tissue::Blood) return under;
            const float share = gradient_noise(p * (1 / 9.0f), t.seed + 43);
            if (share < 2.6f - 1.2f * t.aortic_calcium) return under;
            const float r0 = t.aorta_mm, y1 = Trunk::spine_y(60) - 28, y2 = Trunk::spine_y(-60) - 24;
            const float d = std::min(
                std::min(tube_distance(p, {22, y1 - 8, 114}, {23, y1, 60}, 0.95f * r0, 0.92f * r0),
                         tube_distance(p, {8, 6, 130}, {22, y1 - 8, 114}, r0, 0.95f * r0)),
                std::min(tube_distance(p, {12, y2, -40}, {4, Trunk::spine_y(-110) - 26, -110}, 0.85f * r0,
                                       0.75f * r0),
                         tube_distance(p, {4, Trunk::spine_y(-110) - 26, -110},
                                       {3, Trunk::spine_y(-205) - 28, -205}, 0.75f * r0, 0.65f * r0)));
            return d > -1.4f && d < 0 ? Tissue::CorticalBone : under;
        });
}

}  // namespace radforge::volume
