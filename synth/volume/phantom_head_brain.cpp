// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_head_parts.h"

#include <array>

namespace radforge::volume {
namespace {

bool is_brain(Tissue t) { return t == Tissue::GreyMatter || t == Tissue::WhiteMatter || t == Tissue::Csf; }

struct Node {
    Vec3f at;
    float radius;
};

/// Lateral ventricle of one side as a chain of round cones (canonical, right side mirrored).
float lateral_ventricle(Vec3f p, float scale) {
    constexpr std::array<Node, 6> kBody = {{{{17, -36, 2}, 3.4f},
                                            {{11, -24, 8}, 5.8f},
                                            {{9, -4, 17}, 5.0f},
                                            {{14, 18, 17}, 5.6f},
                                            {{23, 33, 8}, 7.6f},
                                            {{24, 50, 2}, 4.0f}}};
    constexpr std::array<Node, 3> kTemporal = {
        {{{24, 33, 4}, 5.5f}, {{32, 16, -14}, 2.6f}, {{30, -4, -23}, 2.2f}}};
    float d = 1e9f;
    for (size_t i = 0; i + 1 < kBody.size(); ++i)
        d = smooth_min(d,
                       tube_distance(p, kBody[i].at, kBody[i + 1].at, kBody[i].radius * scale,
                                     kBody[i + 1].radius * scale),
                       4);
    for (size_t i = 0; i + 1 < kTemporal.size(); ++i)
        d = smooth_min(d,
                       tube_distance(p, kTemporal[i].at, kTemporal[i + 1].at, kTemporal[i].radius * scale,
                                     kTemporal[i + 1].radius * scale),
                       3);
    // The head of the caudate bulges into the frontal horn from the side.
    return smooth_max(d, -ellipsoid_distance(p, {20.0f + 2 * (scale - 1), -17, 7}, {6.5f, 12, 9}), 2);
}

void add_deep_grey(Anatomy& a, uint32_t seed) {
    a.add({{-48, -45, -24}, {48, 48, 36}}, [seed](Vec3f p, Tissue under) {
        if (!is_brain(under)) return under;
        const Vec3f q{std::abs(p.x) + 0.8f * gradient_noise(p * (1 / 12.0f), seed + 61), p.y, p.z};
        const float caudate = ellipsoid_distance(q, {18.0f, -17, 8}, {5.5f, 11, 9});
        const float tail = tube_distance(q, {15, -10, 15}, {20, 18, 20}, 3.5f, 2.2f);
        const float thalamus = ellipsoid_distance(q, {11, 9, 5}, {8.5f, 15, 10});
        const float lentiform =
            ellipsoid_distance({q.x + 0.28f * (q.y + 2), q.y, q.z}, {25.5f, -2, 2}, {6.5f, 19, 11});
        const float claustrum = std::max(std::abs(q.x + 0.1f * q.y - 36.5f) - 0.7f,
                                         ellipsoid_distance(q, {36, -4, 2}, {6, 16, 13}));
        if (std::min(std::min(caudate, tail), std::min(thalamus, std::min(lentiform, claustrum))) < 0)
            return Tissue::GreyMatter;
        // The capsules and the callosum around the nuclei carry no cortex.
        return ellipsoid_distance(p, {0, 2, 8}, {34, 44, 24}) < 0 ? Tissue::WhiteMatter : under;
    });
}

void add_fissures(Anatomy& a, const HeadTraits& t) {
    const float wide = 0.5f + 1.5f * t.atrophy;
    a.add({{-66, -50, -26}, {66, 30, 26}}, [wide, seed = t.seed](Vec3f p, Tissue under) {
        if (!is_brain(under)) return under;
        const float ax = std::abs(p.x) + 1.3f * gradient_noise(p * (1 / 14.0f), seed + (p.x < 0 ? 62u : 63u));
        // Insula: a sheet with short folds; Sylvian fissure: from the insula out to the convexity.
        const float insula_x = 41 - 0.012f * (p.y + 4) * (p.y + 4) - 0.01f * (p.z - 2) * (p.z - 2);
        const float folds = std::sin(0.62f * p.y + 0.35f * p.z) * 1.4f;
        if (ellipsoid_distance({ax, p.y, p.z}, {40, -4, 1}, {14, 21, 15}) < 0 &&
            std::abs(ax - insula_x - folds) < 0.6f + wide)
            return Tissue::Csf;
        const float sway = 2.4f * gradient_noise(p * (1 / 17.0f), seed + 59);
        const float fissure_z = -3 + 0.30f * (p.y + 10) + 0.10f * (ax - 40) + 1.4f * sway;
        if (ax > 39 && p.y > -32 && p.y < 24 && std::abs(p.z - fissure_z) < 0.7f + 0.8f * wide)
            return Tissue::Csf;
        if (ax > 12 && p.y > -38 && p.y < -24 &&
            std::abs(p.y + 27 + 0.12f * ax + sway) < 0.3f + 0.7f * wide + 0.2f * sway && p.z < -6)
            return Tissue::Csf;
        const float ribbon = ellipsoid_distance({ax, p.y, p.z}, {40, -4, 1}, {15, 22, 16});
        return ribbon < 0 && std::abs(ax - insula_x - folds) < 4 + wide ? Tissue::GreyMatter : under;
    });
}

void add_midline(Anatomy& a, const HeadTraits& t) {
    const float gap = 0.9f + 1.0f * t.atrophy;
    a.add({{-7, -90, -26}, {7, 92, 76}}, [gap, t](Vec3f p, Tissue under) {
        if (!is_brain(under)) return under;
        const float wave = 1.2f * gradient_noise({0, p.y / 34, p.z / 34}, t.seed + 64) +
                           0.6f * gradient_noise(p * (1 / 7.0f), t.seed + 65);
        const float x = std::abs(p.x - 0.6f * wave);
        // The callosum and what lies below it joins the hemispheres.
        const float core = ellipsoid_distance(p, {0, 3, 4}, {20, 45, 23});
        if (core < 0) return under;
        const float falx =
            std::min(core - 3, p.y > 0 ? p.z + 4 + 0.34f * std::max(0.0f, p.y - 26) : p.z + 22);
        if (falx < 0) return under;
        const float broad = gap * (0.55f + 0.9f * smooth_step(0, -40, p.y)) * (1 + 0.5f * wave);
        if (x < 0.65f) return Tissue::Dura;
        return x < broad ? Tissue::Csf : x < broad + 3 ? Tissue::GreyMatter : under;
    });
    a.add({{-9, -70, 18}, {9, 92, 84}},
          [](Vec3f p, Tissue under) {  // superior sagittal sinus, on the inner table
              if (!is_brain(under) && under != Tissue::Dura) return under;
              const float radial = std::sqrt((p.y / 84) * (p.y / 84) + (p.z / 70) * (p.z / 70));
              const float inward = (1 - radial) * 74;
              return std::abs(p.x) < 4.2f - 0.6f * inward && inward < 6 ? Tissue::Blood : under;
          });
}

void add_ventricles(Anatomy& a, const HeadTraits& t) {
    for (const float side : {-1.0f, 1.0f}) {
        const float scale = t.ventricle_scale * (1 + side * t.ventricle_skew);
        a.add(side > 0 ? Box{{0.5f, -56, -34}, {52, 76, 44}} : Box{{-52, -56, -34}, {-0.5f, 76, 44}},
              [side, scale, seed = t.seed](Vec3f p, Tissue under) {
                  if (!is_brain(under)) return under;
                  const Vec3f q{side * p.x, p.y, p.z};
                  if (q.x < 1.0f) return under;
                  return lateral_ventricle(q, scale) + 0.5f * gradient_noise(p * (1 / 8.0f), seed + 66) < 0
                             ? Tissue::Csf
                             : under;
              });
        if (t.choroid_calcified > 0) {
            const Vec3f glomus{side * (23.5f + 1.5f * scale), 35, 9};
            a.add(box_around(glomus, {7, 8, 8}),
                  [glomus, r = t.choroid_calcified, seed = t.seed](Vec3f p, Tissue under) {
                      const float d = ellipsoid_distance(p, glomus, {r * 0.9f, r * 1.3f, r * 1.2f});
                      return under == Tissue::Csf && d + 0.5f * gradient_noise(p * 0.5f, seed + 67) < 0
                                 ? Tissue::Calcification
                                 : under;
                  });
        }
    }
    const float third = (1.5f + 2.6f * t.atrophy) * t.ventricle_scale;
    a.add(box_around({0, 2, -2}, {9, 20, 15}), [third](Vec3f p, Tissue under) {
        return is_brain(under) && ellipsoid_distance(p, {0, 2, -2}, {third, 15, 11}) < 0 ? Tissue::Csf
                                                                                         : under;
    });
    const float fourth = 0.85f + 0.25f * t.ventricle_scale;
    a.add(box_around({0, 33, -42}, {14, 12, 16}), [fourth](Vec3f p, Tissue under) {
        if (!is_brain(under)) return under;
        const float body = ellipsoid_distance(p, {0, 32, -42}, {9 * fourth, 5 * fourth, 10});
        const float roof = 34.5f + 3 * fourth - 0.55f * std::abs(p.x);
        return body < 0 && p.y < roof ? Tissue::Csf : under;
    });
    if (t.pineal_calcified > 0)
        a.add(box_around({0, 25, 0}, {5, 5, 5}), [r = t.pineal_calcified](Vec3f p, Tissue under) {
            return ellipsoid_distance(p, {0, 25, 0}, {r, r * 1.2f, r}) < 0 ? Tissue::Calcification : under;
        });
    if (t.falx_calcified > 0)
        a.add(box_around({0, -52, 38}, {3, 12, 12}), [r = t.falx_calcified](Vec3f p, Tissue under) {
            return under == Tissue::Dura && ellipsoid_distance(p, {0, -52, 38}, {3, r * 3, r * 3}) < 0
                       ? Tissue::CorticalBone
                       : under;
        });
}

void add_brain_stem(Anatomy& a, const HeadTraits& t) {
    const float cistern = 1.6f + 2.0f * t.atrophy;
    a.add({{-34, -34, -112}, {34, 44, 2}}, [cistern, seed = t.seed](Vec3f p, Tissue under) {
        if (!is_brain(under) && under != Tissue::Dura) return under;
        const float wave = 0.8f * gradient_noise(p * (1 / 9.0f), seed + 68);
        const float ax = std::abs(p.x);
        const float midbrain = smooth_min(ellipsoid_distance({ax, p.y, p.z}, {9, 8, -14}, {9, 12, 12}),
                                          ellipsoid_distance(p, {0, 17, -12}, {12, 8, 10}), 3);
        const float pons = ellipsoid_distance(p, {0, 13, -36}, {17, 13, 15});
        const float medulla = tube_distance(p, {0, 18, -48}, {0, 31, -100}, 9, 6.5f);
        const float peduncle = tube_distance({ax, p.y, p.z}, {8, 16, -38}, {24, 34, -42}, 8, 7);
        const float notch = ax < 3 && p.y < 2 && p.z > -24 ? 1.0f : -1.0f;  // interpeduncular cistern
        const float stem = std::min(std::min(smooth_min(midbrain, pons, 5), medulla), peduncle) + wave * 0.5f;
        if (stem < 0 && notch < 0) return Tissue::WhiteMatter;
        // Ambient and quadrigeminal cisterns around the midbrain, suprasellar star in front, prepontine
        // below.
        const float quadrigeminal = p.y > 19 && ax < 13 ? 2.6f - 0.16f * ax : 0.0f;
        if (p.z > -26 && midbrain < cistern + 1.3f * wave + quadrigeminal && p.y > -6) return Tissue::Csf;
        const float arms = 2.2f * std::cos(5 * std::atan2(p.x, -(p.y + 12)));
        if (p.z < -11 && p.z > -29 &&
            ellipsoid_distance(p, {0, -11, -20}, {15 + arms, 14 + arms, 11}) + wave < 0)
            return Tissue::Csf;
        if (p.z <= -22 && p.y < 12 && pons < cistern + 1 + wave) return Tissue::Csf;
        if (p.z < -56 && p.y < 30 - 0.35f * (p.z + 60) && medulla < 4.5f + cistern * 0.6f) return Tissue::Csf;
        return under;
    });
    a.add(box_around({0, 62, -66}, {18, 14, 12}), [t](Vec3f p, Tissue under) {  // cisterna magna
        const float size = 5 + 5 * t.atrophy;
        return is_brain(under) && ellipsoid_distance(p, {0, 62, -68}, {size * 1.2f, size, size}) < 0
                   ? Tissue::Csf
                   : under;
    });
    // Arteries at the base: basilar, carotid tips.
    a.add(box_around({0, -1, -32}, {4, 6, 18}), [](Vec3f p, Tissue under) {
        return is_brain(under) && tube_distance(p, {0, -1, -18}, {1, 1, -48}, 1.9f, 1.8f) < 0 ? Tissue::Blood
                                                                                              : under;
    });
}

void add_disease(Anatomy& a, const HeadTraits& t) {
    const float side = t.disease_side, size = t.disease_size;
    if (t.disease == HeadDisease::Haemorrhage)
        a.add(box_around({side * 28, 0, 6}, {32, 38, 32}),
              [side, size, seed = t.seed](Vec3f p, Tissue under) {
                  if (under != Tissue::GreyMatter && under != Tissue::WhiteMatter && under != Tissue::Csf)
                      return under;
                  const float d = ellipsoid_distance(p, {side * 27, -1, 6}, Vec3f{10, 18, 14} * size) +
                                  1.5f * gradient_noise(p * (1 / 11.0f), seed + 71);
                  if (d < 0) return Tissue::Haematoma;
                  return d < 4 + 1.5f * gradient_noise(p * (1 / 14.0f), seed + 72) && under != Tissue::Csf
                             ? Tissue::Oedema
                             : under;
              });
    if (t.disease == HeadDisease::Infarct)
        a.add(box_around({side * 52, 12, 14}, {40, 46, 40}),
              [side, size, seed = t.seed](Vec3f p, Tissue under) {
                  if (under != Tissue::GreyMatter && under != Tissue::WhiteMatter) return under;
                  const float d = ellipsoid_distance(p, {side * 56, 14, 14}, Vec3f{30, 30, 26} * size) +
                                  4 * gradient_noise(p * (1 / 16.0f), seed + 73);
                  return d < 0 ? Tissue::Oedema : under;
              });
    if (t.disease == HeadDisease::Subdural) {
        const Cranium cranium(t);
        a.add(side > 0 ? Box{{4, -84, -18}, {78, 86, 74}} : Box{{-78, -84, -18}, {-4, 86, 74}},
              [cranium, side, size, seed = t.seed](Vec3f p, Tissue under) {
                  if (!is_brain(under)) return under;
                  const float spread = ellipsoid_distance(p, {side * 62, -6, 26}, {54, 72, 46});
                  if (spread > 0) return under;
                  const float thick = 9 * size * smooth_step(0, -26, spread) +
                                      0.7f * gradient_noise(p * (1 / 18.0f), seed + 74);
                  return -cranium.at(p).cavity < thick ? Tissue::Haematoma : under;
              });
    }
}

}  // namespace

void add_brain(Anatomy& anatomy, const HeadTraits& traits) {
    add_deep_grey(anatomy, traits.seed);
    add_fissures(anatomy, traits);
    add_midline(anatomy, traits);
    add_ventricles(anatomy, traits);
    add_brain_stem(anatomy, traits);
    add_disease(anatomy, traits);
}

}  // namespace radforge::volume
