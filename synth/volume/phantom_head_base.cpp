// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_head_parts.h"

namespace radforge::volume {
namespace {

/// Honeycomb of thin walls: true on a wall. `cell_mm` is about the size of an air cell.
bool on_cell_wall(Vec3f p, float cell_mm, float wall, uint32_t seed) {
    const Vec3f q = p * (1 / cell_mm);
    return std::min(std::abs(gradient_noise(q, seed)), std::abs(gradient_noise(q, seed + 1))) < wall;
}

bool soft(Tissue t) { return t == Tissue::Skin || t == Tissue::Fat || t == Tissue::Muscle; }

void add_petrous(Anatomy& a, const HeadTraits& t, float side) {
    a.add(side > 0 ? Box{{6, -14, -78}, {76, 54, -22}} : Box{{-76, -14, -78}, {-6, 54, -22}},
          [side, t](Vec3f p, Tissue under) {
              if (under == Tissue::Skin || under == Tissue::Air || under == Tissue::Foam ||
                  under == Tissue::TableShell)
                  return under;
              const Vec3f q{side * p.x, p.y, p.z};
              const float rough = 1.2f * gradient_noise(p * (1 / 9.0f), t.seed + 81);
              const float pyramid = tube_distance(q, {60, 20, -42}, {14, -4, -37}, 11.5f, 5) + rough;
              const float mastoid = ellipsoid_distance(q, {58, 26, -52}, {13, 17, 22}) + rough;
              const float body = smooth_min(pyramid, mastoid, 6);
              if (body > 0) return under;
              const float canal =
                  tube_distance(q, {78, 14, -48}, {50, 13, -46}, 3.6f, 3.4f);  // external auditory canal
              if (canal < 0) return Tissue::Gas;
              const float middle_ear = ellipsoid_distance(q, {46, 12, -43}, {3, 6, 6});
              if (middle_ear < 0) return Tissue::Gas;
              if (tube_distance(q, {30, 12, -40}, {22, 12, -40}, 2.2f, 2.8f) < 0)
                  return Tissue::Csf;  // internal canal
              if (tube_distance(q, {36, 9, -46}, {22, -2, -44}, 2.8f, 2.8f) < 0)
                  return Tissue::Blood;  // carotid canal
              const float cells =
                  ellipsoid_distance(q, {57, 25, -50}, Vec3f{12, 15, 19} * (0.6f + 0.4f * t.pneumatisation));
              if (cells < 0 && body < -1.6f)
                  return on_cell_wall(p, 6.5f, 0.22f, t.seed + 82) ? Tissue::CorticalBone : Tissue::Gas;
              return body < -2 && rough > 0.5f ? Tissue::SpongyBone : Tissue::CorticalBone;
          });
    a.add(box_around({side * 74, 12, -48}, {14, 6, 6}),
          [side](Vec3f p, Tissue under) {  // canal through soft tissue
              return under != Tissue::Air && tube_distance({side * p.x, p.y, p.z}, {88, 15, -48},
                                                           {60, 13, -47}, 3.2f, 3.2f) < 0
                         ? Tissue::Gas
                         : under;
          });
}

}  // namespace

void add_skull_base(Anatomy& a, const HeadTraits& t) {
    const Cranium cranium(t);
    a.add({{-48, -52, -96}, {48, 52, -12}},
          [t, cranium](Vec3f p, Tissue under) {  // sphenoid body, wings, clivus, condyles
              const float ax = std::abs(p.x);
              const Vec3f q{ax, p.y, p.z};
              const float rough = gradient_noise(p * (1 / 9.0f), t.seed + 83);
              const float sphenoid = box_distance(p, {0, -24, -38}, {16, 13, 12}, 5) + 0.8f * rough;
              const float clivus = tube_distance(p, {0, -12, -32}, {0, 14, -72}, 6, 4.5f);
              const float clivus_wide = tube_distance(q, {5, -8, -38}, {9, 13, -74}, 5, 4);
              const float wing = tube_distance(q, {10, -36, -22}, {52, -48, -18}, 2.4f, 3.0f) + 0.6f * rough;
              const float condyle = ellipsoid_distance(q, {18, 18, -80}, {8, 11, 8});
              const float rim = std::max(std::abs(cranium.at(p).posterior) - 3, -56 - p.z);
              const float block =
                  smooth_min(smooth_min(clivus, clivus_wide, 8), smooth_min(sphenoid, condyle, 5), 5);
              const float wide = std::min(block, wing);
              if (p.z < -50 && p.y > 12 && ellipsoid_distance(p, {0, 36, -82}, {15, 18, 20}) < 0)
                  return under;  // foramen magnum
              if (wide > 0 && rim > 0) return under;
              // Sella: a scoop in the roof of the sphenoid holding the pituitary.
              if (ellipsoid_distance(p, {0, -15, -27}, {7, 6, 5}) < 0) return Tissue::GreyMatter;
              const Vec3f sinus{ax - 8.5f + 0.8f * rough, p.y + 25, p.z + 40};
              if (ellipsoid_distance(sinus, {0, 0, 0}, {7.5f, 10, 8.5f}) < 0) return Tissue::Gas;
              if (wide > 0) return under;
              return wide < -2 ? Tissue::SpongyBone : Tissue::CorticalBone;
          });
    for (const float side : {-1.0f, 1.0f}) add_petrous(a, t, side);
    if (t.frontal_sinus > 0)
        a.add({{-32, -102, -34}, {32, -66, 12}}, [t](Vec3f p, Tissue under) {
            if (under != Tissue::CorticalBone && under != Tissue::SpongyBone && under != Tissue::Muscle &&
                under != Tissue::Fat)
                return under;
            const float rough = 2.0f * gradient_noise(p * (1 / 9.0f), t.seed + 84);
            const float ax = std::abs(p.x - 0.7f * rough);
            const float s = t.frontal_sinus;
            const float air =
                ellipsoid_distance({ax, p.y, p.z}, {10.5f * s, -86.5f, -15 + 4 * s}, {9 * s, 5.5f, 12 * s}) +
                rough * 0.6f;
            if (air > 1.7f) return under;
            return air < 0 ? Tissue::Gas : Tissue::CorticalBone;
        });
    a.add({{-8, 66, -50}, {8, 100, 0}}, [](Vec3f p, Tissue under) {  // occipital crest and protuberance
        if (soft(under) || under == Tissue::Air) return under;
        const float crest = std::max(ellipsoid_distance(p, {0, 84, -25}, {4.5f, 7.5f, 16}),
                                     std::abs(p.x) + 0.45f * (80 - p.y) - 5);
        return crest < 0 ? Tissue::CorticalBone : under;
    });
}

}  // namespace radforge::volume
