// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_torso_parts.h"
#include "synth/volume/phantom_tree.h"

#include <cmath>
#include <vector>

namespace radforge::volume {
namespace {

/// A hollow organ filled with content below the fluid level and gas above it (the patient lies on the back: y
/// points down).
Tissue hollow(float depth_mm, float wall_mm, float y, float level_y, Tissue content) {
    if (depth_mm > -wall_mm) return Tissue::BowelWall;
    return y < level_y ? Tissue::Gas : content;
}

void add_liver(Anatomy& a, const TorsoTraits& t) {
    const Trunk trunk(t);
    const float s = t.liver_scale;
    const auto distance = [trunk, s, seed = t.seed](Vec3f p) {
        const float lumpy = 2.5f * gradient_noise(p * (1 / 38.0f), seed + 51);
        const float mass = ellipsoid_distance(p, {-58, -4, -48}, Vec3f{98, 96, 88} * s);
        const float left = ellipsoid_distance(p, {18, -48, -30}, Vec3f{62, 36, 36} * s);
        float d = smooth_min(mass, left, 22);
        // Visceral face: a slope from the low right tip up to the left, hollowed by kidney and stomach.
        d = smooth_max(d, -(p.z + 84 * s - 0.52f * (p.x + 40) + 0.25f * p.y) * 0.84f, 12);
        d = smooth_max(d, 0.72f * (p.x - 36) + 0.62f * (p.y + 22), 14);
        d = smooth_max(d, -ellipsoid_distance(p, {-62, 62, -128}, {38, 36, 66}), 8);
        return std::max(std::max(d + lumpy, trunk.cavity(p) + 2), p.z - trunk.diaphragm(p) + 3.5f);
    };
    a.add({{-150, -115, -190}, {90, 105, 40}}, [distance](Vec3f p, Tissue under) {
        if (under != Tissue::Fat && under != Tissue::Muscle) return under;
        return distance(p) < 0 ? Tissue::Liver : under;
    });
    Rng rng({Seed{t.seed}, 1}, Stream::Source);
    const auto draw = [&](Rng& r) {
        for (int tries = 0; tries < 4000; ++tries) {
            const Vec3f p{float(r.uniform(-140, 60)), float(r.uniform(-95, 85)), float(r.uniform(-120, 15))};
            if (distance(p) < -9) return p;
        }
        return Vec3f{-70, 0, -40};
    };
    add_tree(a, grow_tree({-26, 22, -2}, {-10, -8, -6}, 26, 1.5f, draw, rng), Tissue::Blood, Tissue::Liver);
    add_tree(a, grow_tree({-28, -2, -62}, {-14, -4, 4}, 30, 1.4f, draw, rng), Tissue::Blood, Tissue::Liver);
    a.add(box_around({-52, -48, -104}, {24, 36, 36}), [](Vec3f p, Tissue under) {  // gallbladder
        if (under != Tissue::Fat && under != Tissue::Liver) return under;
        const float d =
            ellipsoid_distance({p.x, p.y + 0.35f * (p.z + 104), p.z}, {-52, -48, -104}, {15, 19, 30});
        return d > 0 ? under : d > -1.3f ? Tissue::BowelWall : Tissue::Bile;
    });
}

void add_spleen_and_stomach(Anatomy& a, const TorsoTraits& t) {
    const Trunk trunk(t);
    a.add({{0, -95, -165}, {110, 70, 5}}, [trunk, seed = t.seed](Vec3f p, Tissue under) {
        if (under != Tissue::Fat && under != Tissue::Muscle) return under;
        const float wavy = 2.2f * gradient_noise(p * (1 / 16.0f), seed + 61);
        const float fundus = ellipsoid_distance(p, {58, 12, -36}, {38, 40, 36});
        const float body = tube_distance(p, {58, -10, -60}, {48, -50, -108}, 30, 24);
        const float antrum = tube_distance(p, {48, -50, -108}, {-8, -44, -122}, 24, 13);
        const float d = std::max(smooth_min(smooth_min(fundus, body, 18), antrum, 12) + wavy,
                                 std::max(trunk.cavity(p) + 3, p.z - trunk.diaphragm(p) + 5));
        return d < 0 ? hollow(d, 4.2f + 0.8f * wavy, p.y, -38, Tissue::BowelContent) : under;
    });
    a.add({{40, -20, -125}, {145, 105, 20}},
          [trunk, s = t.spleen_scale, seed = t.seed](Vec3f p, Tissue under) {
              if (under != Tissue::Fat && under != Tissue::Muscle) return under;
              const float lumpy = 2.5f * gradient_noise(p * (1 / 26.0f), seed + 62);
              const float outer = ellipsoid_distance(p, {92, 42, -52}, Vec3f{38, 46, 54} * s);
              const float hilum = ellipsoid_distance(p, {58, 26, -52}, {36, 34, 60});
              const float d = std::max(smooth_max(outer, -hilum, 8) + lumpy,
                                       std::max(trunk.cavity(p) + 3, p.z - trunk.diaphragm(p) + 4));
              return d < 0 ? Tissue::Spleen : under;
          });
}

void add_kidney(Anatomy& a, const TorsoTraits& t, float side) {
    const Vec3f centre{side * 60, 46, side > 0 ? -112.0f : -126.0f};
    a.add(box_around(centre, {46, 46, 72}), [side, centre, seed = t.seed](Vec3f p, Tissue under) {
        if (under != Tissue::Fat) return under;
        const Vec3f r{side * (p.x - centre.x), p.y - centre.y, p.z - centre.z};
        // Upper pole leans to the spine, hilum looks inwards and to the front.
        const Vec3f q{r.x + 0.24f * r.z + 0.25f * r.y, r.y - 0.30f * r.x, r.z};
        const float wavy = 1.2f * gradient_noise(p * (1 / 13.0f), seed + (side > 0 ? 63u : 64u));
        const float whole = ellipsoid_distance(q, {0, 0, 0}, {28, 25, 54}) + wavy;
        if (whole > 0) return under;
        const float sinus = ellipsoid_distance(q, {-14, -4, 0}, {19, 9, 30}) + 1.8f * wavy;
        if (sinus < 0) {
            const float pelvis = ellipsoid_distance(q, {-14, -4, -2}, {13, 4.5f, 13});
            return pelvis < 0 ? Tissue::Urine : Tissue::Fat;
        }
        const float pyramids = std::sin(0.34f * q.z + 0.8f) * std::cos(std::atan2(q.y, q.x) * 3);
        return whole < -6.5f && sinus < 9 && pyramids > -0.25f ? Tissue::KidneyMedulla : Tissue::KidneyCortex;
    });
    a.add(box_around({side * 34, 34, -66}, {16, 20, 18}), [side](Vec3f p, Tissue under) {  // adrenal
        if (under != Tissue::Fat) return under;
        const Vec3f q{side * p.x, p.y, p.z};
        const float limb = std::min(tube_distance(q, {34, 26, -64}, {28, 46, -72}, 2.4f, 1.6f),
                                    tube_distance(q, {34, 26, -64}, {42, 46, -72}, 2.4f, 1.6f));
        return limb < 0 && std::abs(p.z + 66) < 14 ? Tissue::Gland : under;
    });
}

void add_retroperitoneum(Anatomy& a, const TorsoTraits& t) {
    for (const float side : {-1.0f, 1.0f})
        a.add(side > 0 ? Box{{8, -70, -400}, {110, 110, -60}} : Box{{-110, -70, -400}, {-8, 110, -60}},
              [side](Vec3f p, Tissue under) {
                  if (under != Tissue::Fat) return under;
                  const Vec3f q{side * p.x, p.y, p.z};
                  const float y = Trunk::spine_y(std::max(p.z, -230.0f));
                  const float swell = smooth_step(-80, -190, p.z), down = smooth_step(-230, -340, p.z);
                  const float psoas =
                      ellipsoid_distance({q.x, q.y, 0}, {34 + 8 * swell + 36 * down, y + 4 - 62 * down, 0},
                                         {8 + 16 * swell, 10 + 14 * swell, 1e3f});
                  const float quadratus = ellipsoid_distance({q.x, q.y, 0}, {68, y + 26, 0}, {20, 9, 1e3f});
                  const float iliacus =
                      p.z < -200 ? std::abs(0.70f * (q.x - 74 - 0.28f * (q.z + 320)) + 0.72f * (q.y - 30)) - 8
                                 : 9.0f;
                  const float iliac_bound = ellipsoid_distance(q, {76, 30, -262}, {52, 62, 56});
                  const float crus =
                      p.z > -150 ? std::max(ellipsoid_distance({q.x, q.y, 0}, {16, y - 16, 0}, {6, 16, 1e3f}),
                                            -150 - p.z)
                                 : 9.0f;
                  return std::min(std::min(psoas, p.z < -120 && p.z > -220 ? quadratus : 9.0f),
                                  std::min(std::max(iliacus, iliac_bound), crus)) < 0
                             ? Tissue::Muscle
                             : under;
              });
    a.add({{-50, -45, -140}, {95, 50, -60}}, [seed = t.seed](Vec3f p, Tissue under) {  // pancreas
        if (under != Tissue::Fat) return under;
        const float lobes = 2.6f * gradient_noise(p * (1 / 7.0f), seed + 65);
        const float head = ellipsoid_distance(p, {-26, -6, -122}, {17, 16, 20});
        const float neck = tube_distance(p, {-20, -10, -114}, {22, -20, -104}, 10, 9);
        const float tail = tube_distance(p, {22, -20, -104}, {76, 26, -84}, 9.5f, 7.5f);
        return std::min(head, std::min(neck, tail)) + lobes < 0 ? Tissue::Pancreas : under;
    });
}

struct Loop {
    Vec3f from, to;
    float radius;
    float gas;  ///< y above which it holds gas, relative to the axis, mm; large negative: none
    Tissue content;
};

void add_loop(Anatomy& a, const Loop& loop, float haustra, uint32_t seed) {
    a.add(box_between(loop.from, loop.to, loop.radius * 1.35f), [loop, haustra, seed](Vec3f p, Tissue under) {
        if (under != Tissue::Fat && under != Tissue::BowelWall) return under;
        const float bulge = haustra * gradient_noise(p * (1 / 17.0f), seed) * 0.16f * loop.radius;
        const float d = tube_distance(p, loop.from, loop.to, loop.radius, loop.radius) + bulge;
        if (d > 0) return under;
        if (d > -2.3f) return Tissue::BowelWall;
        const float level = 0.5f * (loop.from.y + loop.to.y) + loop.gas;
        if (loop.content == Tissue::Faeces && p.y > level)
            return gradient_noise(p * (1 / 4.5f), seed + 1) > 1.7f ? Tissue::Gas : Tissue::Faeces;
        return p.y < level ? Tissue::Gas : loop.content;
    });
}

}  // namespace

void add_upper_abdomen(Anatomy& a, const TorsoTraits& t) {
    add_retroperitoneum(a, t);
    for (const float side : {-1.0f, 1.0f}) add_kidney(a, t, side);
    add_spleen_and_stomach(a, t);
    add_liver(a, t);
}

void add_bowel(Anatomy& a, const TorsoTraits& t, Rng& rng) {
    const float front = -66 - 40 * (t.belly - 1);
    const std::vector<Vec3f> colon{{-88, 2, -262},    {-98, 12, -215},         {-100, 14, -165},
                                   {-84, -20, -150},  {-62, front + 16, -158}, {-20, front, -172},
                                   {24, front, -170}, {66, front + 16, -146},  {96, -10, -112},
                                   {104, 20, -104},   {104, 34, -150},         {102, 34, -210},
                                   {90, 18, -258},    {62, 8, -282},           {36, 26, -296},
                                   {12, 40, -290},    {2, 62, -312},           {0, 66, -360}};
    for (size_t i = 0; i + 1 < colon.size(); ++i) {
        const bool descending = i >= 9;
        Loop loop{colon[i], colon[i + 1], float(rng.uniform(15, 23)) * (descending ? 0.72f : 1.0f),
                  float(rng.uniform(-16, 8)), rng.uniform() < 0.75 ? Tissue::Faeces : Tissue::BowelContent};
        if (descending && rng.uniform() < 0.5) loop.gas = -40;
        add_loop(a, loop, 1.0f, t.seed + 300 + uint32_t(i) * 3);
    }
    // Small bowel: a self-avoiding walk through the middle of the belly.
    std::vector<Vec3f> path{{20, -30, -150}};
    const auto free_at = [&](Vec3f p) {
        const float skip = 2;
        if (std::abs(p.x) > 80 || p.y > 22 || p.y < front - 4 || p.z > -132 || p.z < -318) return false;
        for (size_t i = 0; i + size_t(skip) < path.size(); ++i)
            if (length(path[i] - p) < 23) return false;
        for (size_t i = 3; i + 7 < colon.size(); ++i)
            if (length(colon[i] - p) < 30) return false;
        return true;
    };
    for (int step = 0; step < 110; ++step) {
        Vec3f next{};
        bool found = false;
        for (int tries = 0; tries < 60 && !found; ++tries) {
            const Vec3f d = normalized(Vec3f{float(rng.normal()), float(rng.normal()), float(rng.normal())});
            next = path.back() + d * 25.0f;
            found = free_at(next);
        }
        for (int tries = 0; tries < 200 && !found; ++tries) {  // trapped: the walk goes on elsewhere
            next = {float(rng.uniform(-80, 80)), float(rng.uniform(front, 22)),
                    float(rng.uniform(-318, -132))};
            found = free_at(next);
        }
        if (!found) break;
        if (length(next - path.back()) < 40) {
            const Loop loop{path.back(), next, float(rng.uniform(9.5, 13)),
                            rng.uniform() < 0.2 ? float(rng.uniform(-6, 4)) : -40.0f, Tissue::BowelContent};
            add_loop(a, loop, 0.8f, t.seed + 400 + uint32_t(step) * 3);
        }
        path.push_back(next);
    }
    for (int i = 0; i < 46; ++i) {  // mesenteric vessels and nodes seen end-on
        const Vec3f from{float(rng.uniform(-60, 60)), float(rng.uniform(front + 4, 24)),
                         float(rng.uniform(-300, -120))};
        const Vec3f to = from + Vec3f{float(rng.uniform(-26, 26)), float(rng.uniform(-30, 10)),
                                      float(rng.uniform(-30, 10))};
        const float r = float(rng.uniform(0.9, 2.6));
        a.add(box_between(from, to, r + 0.3f), [=](Vec3f p, Tissue under) {
            return under == Tissue::Fat && tube_distance(p, from, to, r, 0.7f * r) < 0 ? Tissue::Blood
                                                                                       : under;
        });
    }
    a.add(box_around({0, -30, -336}, {62, 48, 40}),
          [seed = t.seed, female = t.female](Vec3f p, Tissue under) {
              if (under != Tissue::Fat && under != Tissue::BowelWall && under != Tissue::BowelContent)
                  return under;
              const float wavy = gradient_noise(p * (1 / 20.0f), seed + 66);
              const float bladder = ellipsoid_distance(p, {0, -32, -338}, {42, 28, 26}) + wavy;
              if (bladder < 0) return bladder > -3 ? Tissue::BowelWall : Tissue::Urine;
              const float uterus = ellipsoid_distance(p, {4, 12, -322}, {26, 18, 22}) + wavy;
              return female && uterus < 0 ? Tissue::Muscle : under;
          });
}

}  // namespace radforge::volume
