// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_head_parts.h"
#include "synth/volume/phantom_spine.h"

#include <cmath>

namespace radforge::volume {
namespace {

bool outside(Tissue t) { return t == Tissue::Air || t == Tissue::Foam || t == Tissue::TableShell; }
bool soft(Tissue t) { return t == Tissue::Fat || t == Tissue::Muscle || t == Tissue::Skin; }

void add_orbit(Anatomy& a, const HeadTraits& t, float side) {
    a.add(box_around({side * 31, -58, -35}, {30, 46, 26}), [side](Vec3f p, Tissue under) {
        const Vec3f q{side * p.x, p.y, p.z};
        const float cone = tube_distance(q, {32, -72, -36}, {15, -30, -31}, 18.5f, 4.5f);
        const float opening = -88 + 0.35f * (q.x - 20);  // the rim: lateral wall further back than the nose
        if (cone > 2.4f || q.y < opening + 2) {
            const float rim = std::abs(cone - 1.8f) - 2.4f;
            return rim < 0 && q.y > opening - 2 && soft(under) && q.x > 40 ? Tissue::CorticalBone : under;
        }
        if (under == Tissue::GreyMatter || under == Tissue::WhiteMatter || under == Tissue::Csf) return under;
        if (cone > 0.2f) return outside(under) || under == Tissue::Skin ? under : Tissue::CorticalBone;
        return outside(under) || (under == Tissue::Skin && q.y < -82) ? under : Tissue::Fat;
    });
    const float gaze = t.globes_turned ? 5.0f : 0.0f;
    const Vec3f globe{side * 32, -75, -36};
    a.add(box_around({side * 28, -58, -36}, {24, 34, 18}), [side, globe, gaze](Vec3f p, Tissue under) {
        if (outside(under)) return under;
        const float eye = ellipsoid_distance(p, globe, {12, 12.2f, 12});
        if (eye < 0) {
            const Vec3f lens = globe + Vec3f{gaze * 0.5f, -8.2f, 0};
            if (ellipsoid_distance(p, lens, {4.6f, 2.1f, 4.6f}) < 0) return Tissue::Lens;
            return eye > -1.3f ? Tissue::Sclera : Tissue::Vitreous;
        }
        if (under != Tissue::Fat) return under;
        const Vec3f q{side * p.x, p.y, p.z};
        const float sway = 1.2f * std::sin((q.y + 62) * 0.12f);
        if (tube_distance(q, {31, -63, -36}, {16, -30, -31}, 2.1f, 1.8f) + 0.3f * sway < 0)
            return Tissue::OpticNerve;
        const float medial =
            tube_distance(q, {21, -68, -36}, {14, -34, -31}, 1.9f, 1.3f) - 0.8f * bump(q, {19, -54, -34}, 9);
        const float lateral =
            tube_distance(q, {44, -66, -36}, {18, -33, -31}, 1.7f, 1.3f) - 0.6f * bump(q, {36, -56, -34}, 9);
        const float upper = tube_distance(q, {32, -66, -24}, {16, -32, -27}, 2.0f, 1.3f);
        const float lower = tube_distance(q, {32, -66, -48}, {16, -32, -34}, 2.0f, 1.3f);
        if (std::min(std::min(medial, lateral), std::min(upper, lower)) < 0) return Tissue::Muscle;
        return ellipsoid_distance(q, {41, -70, -27}, {3, 7, 5}) < 0 ? Tissue::Gland : under;
    });
}

void add_nose(Anatomy& a, const HeadTraits& t) {
    a.add({{-17, -112, -86}, {17, -20, -20}}, [t](Vec3f p, Tissue under) {
        const float ax = std::abs(p.x);
        const float rough = gradient_noise(p * (1 / 8.0f), t.seed + 91);
        if (outside(under) || under == Tissue::GreyMatter || under == Tissue::WhiteMatter ||
            under == Tissue::Csf)
            return under;
        const float septum = std::abs(p.x - t.septum_bend_mm * std::sin((p.y + 90) * 0.05f) - 0.4f * rough);
        // Ethmoid cells between the orbits.
        const float ethmoid = box_distance(p, {0, -57, -37}, {13.5f - 0.06f * (p.y + 57), 22, 13}, 3);
        if (ethmoid < 0) {
            if (ethmoid > -1.0f || septum < 0.7f) return Tissue::CorticalBone;
            const Vec3f cell{p.x / 11, p.y / 11, p.z / 12};
            const float wall = std::min(std::abs(gradient_noise(cell, t.seed + 92)),
                                        std::abs(gradient_noise(cell, t.seed + 93)));
            return wall < 0.10f ? Tissue::CorticalBone : Tissue::Gas;
        }
        // Nasal cavity: pear-shaped in the face, opening into the nasopharynx.
        const float cavity = box_distance(p, {0, -58, -63}, {13 - 0.08f * (p.y + 58), 40, 15}, 6);
        const float vestibule = tube_distance({ax, p.y, p.z}, {4, -92, -58}, {5, -103, -68}, 3.4f, 3.6f);
        if (cavity < 0 || (vestibule < 0 && under != Tissue::Skin)) {
            if (cavity < 0 && cavity > -1.2f && p.y > -86) return Tissue::CorticalBone;
            if (septum < 0.9f && p.y < -28)
                return p.y > -72 && septum < 0.6f ? Tissue::CorticalBone : Tissue::Mucosa;
            // Turbinates: curled plates hanging from the side wall; a bone core in a thick mucosa.
            const float roll_z = p.z < -60 ? -67.0f : -53.0f;
            const float curl = std::hypot((ax - 7.5f), (p.z - roll_z) * 0.62f);
            const float plate = std::abs(curl - 2.0f) - 0.25f;
            if (p.y > -80 && p.y < -32 && curl < 4.2f + 0.6f * rough)
                return plate < 0 ? Tissue::SpongyBone : Tissue::Mucosa;
            if (cavity < 0 && cavity > -2.6f) return Tissue::Mucosa;
            return Tissue::Gas;
        }
        const float bridge =
            std::max(std::abs(ellipsoid_distance(p, {0, -82, -44}, {10, 13, 22})) - 1.0f, -p.y - 97);
        return bridge < 0 && p.y < -80 && under != Tissue::Skin ? Tissue::CorticalBone : under;
    });
    a.add({{-16, -26, -118}, {16, 10, -44}}, [](Vec3f p, Tissue under) {  // naso- and oropharynx
        const float ax = std::abs(p.x);
        const float tube = tube_distance({ax, p.y, p.z}, {5, -14, -58}, {3, -4, -116}, 7, 5);
        if (tube < 0 && p.z < -52) return Tissue::Gas;
        return tube < 2 && soft(under) ? Tissue::Mucosa : under;
    });
}

void add_cheek(Anatomy& a, const HeadTraits& t, float side) {
    a.add(side > 0 ? Box{{10, -84, -94}, {80, 6, -42}} : Box{{-80, -84, -94}, {-10, 6, -42}},
          [side, t](Vec3f p, Tissue under) {
              if (!soft(under) && under != Tissue::CorticalBone) return under;
              if (under == Tissue::Skin) return under;
              const Vec3f q{side * p.x, p.y, p.z};
              const float rough = 1.0f * gradient_noise(p * (1 / 10.0f), t.seed + 95);
              const float sinus =
                  smooth_max(ellipsoid_distance(q, {30, -54, -69}, {16, 19, 17}), 15.5f - q.x, 4) + rough;
              if (sinus < -t.sinus_fluid_mm * (q.y > -54 ? 1.4f : 0.8f)) return Tissue::Gas;
              if (sinus < 0) return Tissue::Mucosa;
              if (sinus < 1.5f) return Tissue::CorticalBone;
              const float body = ellipsoid_distance(q, {47, -65, -58}, {12, 8, 10}) + rough;
              const float front = tube_distance(q, {48, -64, -54}, {60, -48, -54}, 5, 3.4f);
              const float arch = tube_distance(q, {60, -48, -54}, {69, -26, -53}, 3.2f, 2.6f);
              const float back = tube_distance(q, {69, -26, -53}, {66, -4, -50}, 2.6f, 3.4f);
              const float plates = tube_distance(q, {12, -30, -56}, {17, -26, -84}, 1.6f, 1.4f);
              const float bone = std::min(std::min(body, front), std::min(std::min(arch, back), plates));
              if (bone > 0) return under;
              return bone < -2.2f ? Tissue::SpongyBone : Tissue::CorticalBone;
          });
}

/// Angle and radius on the dental arch, a parabola-like ellipse open to the back.
struct Arch {
    float along_mm, across_mm;
};
Arch on_arch(Vec3f p, float half_width, float length) {
    const float u = p.x / half_width, v = (p.y + 38) / length;
    const float angle = std::atan2(u, -v), radius = std::sqrt(u * u + v * v);
    return {angle * 0.5f * (half_width + length), (radius - 1) * 0.5f * (half_width + length)};
}

void add_jaws(Anatomy& a, const HeadTraits& t) {
    a.add({{-60, -96, -138}, {60, 8, -76}}, [t](Vec3f p, Tissue under) {
        if (!soft(under) || under == Tissue::Skin) return under;
        const Vec3f q{std::abs(p.x), p.y, p.z};
        const Arch arch = on_arch(p, 27, 46);
        const bool front = p.y < -38;
        // Hard palate and alveolar process.
        const float palate = ellipsoid_distance(p, {0, -52, -80}, {27, 34, 2.2f});
        const float alveolus =
            front ? std::max(std::abs(arch.across_mm) - 5.5f, std::abs(p.z + 84) - 6) : 9.0f;
        // Mandible: ramus, angle, body, chin.
        const float ramus = box_distance({q.x - 0.08f * (p.z + 80), q.y, q.z},
                                         {50, -18 - 0.15f * (p.z + 80), -84}, {3.6f, 14, 26}, 3);
        const float condyle = tube_distance(q, {52, -8, -56}, {51, -12, -72}, 5, 4);
        const float body = tube_distance(q, {47, -26, -112}, {14, -78, -122}, 7.5f, 8.5f);
        const float chin = tube_distance(q, {14, -78, -122}, {0, -82, -122}, 8.5f, 9);
        const float lower = front ? std::max(std::abs(arch.across_mm) - 5.5f, std::abs(p.z + 110) - 8) : 9.0f;
        const float bone = std::min(std::min(std::min(palate, alveolus), std::min(ramus, condyle)),
                                    std::min(std::min(body, chin), lower));
        const float oral = ellipsoid_distance(p, {0, -46, -98}, {25, 34, 19});
        // Teeth: a crown or root every 8 mm of arch; dentine core, enamel on the crowns.
        if (front && std::abs(arch.across_mm) < 5.2f && p.z < -80 && p.z > -114) {
            const float cell = arch.along_mm / 8.2f, at = cell - std::floor(cell) - 0.5f;
            const float molar = smooth_step(12, 30, std::abs(arch.along_mm));
            const float tooth = std::hypot(at * 8.2f / (3.7f), arch.across_mm / (3.0f + 1.8f * molar));
            const bool crown = p.z < -90 && p.z > -104;
            const float taper = crown ? 1.0f : 0.75f - 0.03f * std::abs(p.z + 97);
            if (tooth < taper) {
                const int index = int(std::floor(cell));
                const bool filled =
                    t.fillings && mix_bits(uint32_t(index + 100) ^ t.seed) % 4 == 0 && std::abs(index) >= 3;
                if (crown && filled && tooth < 0.6f && p.z < -94.5f && p.z > -99.5f) return Tissue::Metal;
                if (tooth < 0.16f) return Tissue::Mucosa;  // pulp
                return crown && tooth > 0.62f ? Tissue::Enamel : Tissue::Dentine;
            }
        }
        if (bone < 0) return bone < -2.4f ? Tissue::SpongyBone : Tissue::CorticalBone;
        if (oral < 0)
            return oral > -0.8f && p.z > -96 ? Tissue::Gas : Tissue::Muscle;  // tongue fills the mouth
        const float parotid = ellipsoid_distance(q, {57, 2, -88}, {9, 15, 20});
        const float submandibular = ellipsoid_distance(q, {32, -34, -124}, {8, 12, 9});
        if (std::min(parotid, submandibular) < 0)
            return gradient_noise(p * 0.35f, t.seed + 96) > 0.6f ? Tissue::Fat : Tissue::Gland;
        return under;
    });
}

void add_neck(Anatomy& a, const HeadTraits& t) {
    for (const float side : {-1.0f, 1.0f})
        a.add(side > 0 ? Box{{10, -16, -180}, {50, 30, -56}} : Box{{-50, -16, -180}, {-10, 30, -56}},
              [side](Vec3f p, Tissue under) {
                  if (!soft(under)) return under;
                  const Vec3f q{side * p.x, p.y, p.z};
                  const float carotid = tube_distance(q, {24, -2, -60}, {26, 4, -180}, 2.6f, 3.4f);
                  const float jugular = tube_distance(q, {31, 6, -62}, {36, 6, -180}, 4.2f, 5.5f);
                  const float styloid = tube_distance(q, {44, 6, -58}, {34, -6, -92}, 1.8f, 1.0f);
                  if (styloid < 0) return Tissue::CorticalBone;
                  return std::min(carotid, jugular) < 0 ? Tissue::Blood : under;
              });
    a.add({{-14, -24, -180}, {14, 6, -108}}, [](Vec3f p, Tissue under) {  // larynx and trachea
        const float lumen = tube_distance(p, {0, -6, -112}, {0, -10, -180}, 6, 8);
        if (lumen < 0) return Tissue::Gas;
        return lumen < 2.2f && soft(under) ? (p.y < -6 ? Tissue::Cartilage : Tissue::Mucosa) : under;
    });
    add_cervical_spine(a, {0, 20, -82}, t.seed + 97);
}

}  // namespace

void add_face(Anatomy& a, const HeadTraits& t) {
    add_neck(a, t);
    add_jaws(a, t);
    for (const float side : {-1.0f, 1.0f}) add_cheek(a, t, side);
    add_nose(a, t);
    for (const float side : {-1.0f, 1.0f}) add_orbit(a, t, side);
}

}  // namespace radforge::volume
