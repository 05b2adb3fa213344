// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/look.h"

#include "synth/base/error.h"
#include "synth/colorize/texture.h"
#include "synth/volume/phantom_shape.h"

#include <cmath>

namespace radforge::colorize {
namespace {

using volume::gradient_noise;
using volume::kTissueCount;
using volume::smooth_step;
using volume::Tissue;
using volume::value_noise;

/// By enum class Tissue.
constexpr TissueLook kLooks[kTissueCount] = {
    {-1000, 0, {60, 90, 150}},     // air: frozen in blue gelatin
    {-900, 0, {80, 60, 45}},       // gas
    {20, 20, {205, 160, 130}},     // skin
    {-100, 15, {225, 190, 125}},   // fat
    {55, 12, {125, 55, 50}},       // muscle
    {1100, 200, {225, 212, 185}},  // cortical bone
    {280, 90, {165, 95, 70}},      // spongy bone
    {37, 4, {175, 150, 140}},      // grey matter
    {28, 4, {215, 200, 185}},      // white matter
    {7, 1, {112, 96, 90}},         // csf: clear ice over a dark ground
    {58, 4, {205, 185, 165}},      // dura
    {45, 8, {70, 20, 25}},         // blood
    {70, 5, {55, 14, 18}},         // haematoma
    {20, 2, {190, 170, 155}},      // oedema
    {260, 60, {228, 218, 195}},    // calcification
    {90, 12, {200, 202, 190}},     // cartilage
    {52, 3, {212, 208, 198}},      // sclera
    {9, 1, {78, 76, 82}},          // vitreous
    {78, 3, {185, 165, 110}},      // lens
    {34, 2, {215, 200, 180}},      // optic nerve
    {38, 5, {172, 98, 88}},        // mucosa
    {60, 8, {188, 138, 105}},      // gland
    {1500, 80, {222, 208, 170}},   // dentine
    {2550, 90, {236, 232, 218}},   // enamel
    {3071, 0, {150, 150, 152}},    // metal
    {-780, 60, {120, 70, 70}},     // lung
    {46, 5, {112, 46, 42}},        // myocardium
    {60, 8, {105, 50, 40}},        // liver
    {50, 8, {95, 35, 45}},         // spleen
    {35, 8, {125, 65, 60}},        // kidney cortex
    {35, 8, {108, 48, 48}},        // kidney medulla
    {40, 8, {192, 145, 108}},      // pancreas
    {40, 5, {165, 112, 98}},       // bowel wall
    {20, 40, {130, 105, 60}},      // bowel content
    {20, 40, {108, 82, 48}},       // faeces
    {5, 1, {172, 142, 82}},        // urine
    {10, 1, {72, 76, 34}},         // bile
    {85, 7, {205, 195, 172}},      // disc
    {36, 2, {212, 196, 180}},      // spinal cord
    {38, 6, {165, 125, 115}},      // nodule
    {-940, 4, {60, 90, 150}},      // foam: the table is not frozen with the body
    {140, 15, {60, 90, 150}},      // table shell
};

constexpr float kContrast = 0.12f;

/// Texture and what shows through the base colour.
struct Surface {
    float texture = 0;  ///< deviations of the base colour's brightness
    Vec3f other;        ///< second colour
    float amount = 0;   ///< of it, [0,1]
};

Surface skin(Vec3f p, uint32_t seed) { return {0.9f * gradient_noise(p * 1.6f, seed), {}, 0}; }

/// Lobules of 3-8 mm between dark septa.
Surface fat(Vec3f p, uint32_t seed) {
    const Vec3f q = warped(p, 6, 2.4f, seed);
    const Cell lobule = cell_at(q * (1 / 5.2f), seed + 3), grain = cell_at(q * (1 / 1.7f), seed + 4);
    const float wall_mm = 5.2f * lobule.wall();
    // Some walls are vessels and strong septa, most are faint.
    const float strength = smooth_step(-0.6f, 1.6f, gradient_noise(p * (1 / 9.0f), seed + 5));
    const float septum = smooth_step(0.6f, 0.05f, wall_mm) * (0.12f + 0.6f * strength);
    const float tint = 0.7f * (fraction(lobule.id, 0) - 0.5f) + 0.4f * (fraction(grain.id, 0) - 0.5f) -
                       0.45f * smooth_step(0.14f, 0.02f, grain.wall());
    return {tint + 0.3f * gradient_noise(p * (1 / 12.0f), seed + 6), {158, 96, 66}, septum};
}

/// Bundles of fibres along one direction a muscle, pale fascia between muscles, streaks of fat.
Surface muscle(Vec3f p, uint32_t seed, float streaks) {
    const Vec3f q = warped(p, 22, 9, seed);
    const Cell belly = cell_at({q.x / 26, q.y / 26, q.z / 70}, seed + 3);
    const Vec3f along = fibre_direction(belly.id);
    const float fine = fibre_noise(p, along, 0.8f, 8, seed + 4),
                bundle = fibre_noise(p, along, 2.6f, 8, seed + 5);
    const float fascia = smooth_step(0.75f, 0.15f, 26 * belly.wall());
    const float gap = smooth_step(1.15f, 2.1f, bundle + 0.25f * fine) * streaks;
    const float tint = 1.4f * (fraction(belly.id, 5) - 0.5f);
    return {0.75f * fine + 0.9f * bundle + tint, {206, 168, 128}, std::max(0.55f * fascia, 0.6f * gap)};
}

/// Faint rings around the canals that run along the bone.
Surface cortical_bone(Vec3f p, uint32_t seed) {
    const Vec3f q = warped(p, 4, 1.2f, seed);
    const Cell osteon = cell_at({q.x / 3.2f, q.y / 3.2f, q.z / 12}, seed + 3);
    const float rings = std::sin(osteon.nearest * 3.2f * 6.2831853f / 1.1f);
    return {0.22f * rings + 0.3f * gradient_noise(p * 0.7f, seed + 4),
            {170, 120, 95},
            0.35f * smooth_step(0.10f, 0.02f, osteon.nearest)};
}

/// Pale trabeculae around red marrow with yellow spots.
Surface spongy_bone(Vec3f p, uint32_t seed) {
    const Cell pore = cell_at(warped(p, 2.5f, 0.8f, seed) * (1 / 1.35f), seed + 3);
    const float trabecula = 0.6f * smooth_step(0.14f, 0.03f, pore.wall());
    const float spot = 0.55f * smooth_step(0.5f, 1.5f, gradient_noise(p * (1 / 3.2f), seed + 4));
    const float tint = 1.2f * (fraction(pore.id, 0) - 0.5f) - 0.5f;
    return trabecula > spot ? Surface{tint, {222, 196, 160}, trabecula} : Surface{tint, {205, 152, 98}, spot};
}

/// Dark bubbles of 1-3 mm between pink walls, vessels through them.
Surface lung(Vec3f p, uint32_t seed) {
    const float vessel_mm = 11 * tube_distance(p * (1 / 11.0f), seed + 7);
    if (vessel_mm < 0.8f) return {0, {70, 20, 25}, smooth_step(0.8f, 0.5f, vessel_mm)};
    const Cell bubble = cell_at(warped(p, 3, 0.9f, seed) * (1 / 2.1f), seed + 3);
    const Cell lobule = cell_at(p * (1 / 14.0f), seed + 5);
    const float wall = smooth_step(0.22f, 0.04f, bubble.wall()),
                seam = smooth_step(0.5f, 0.1f, 14 * lobule.wall());
    const float depth = 1 - bubble.nearest;
    return {
        -2.0f * depth * (0.5f + fraction(bubble.id, 0)) + 0.9f * gradient_noise(p * (1 / 16.0f), seed + 6),
        {176, 118, 112},
        std::max(0.5f * wall, 0.35f * seam)};
}

/// Low noise and blood vessels with pale walls, every `spacing_mm` or so.
Surface organ(Vec3f p, uint32_t seed, float spacing_mm, float radius_mm) {
    const float noise =
        0.35f * gradient_noise(p * (1 / 3.5f), seed) + 0.3f * gradient_noise(p * 0.9f, seed + 1);
    const float vessel_mm = spacing_mm * tube_distance(p * (1 / spacing_mm), seed + 2);
    if (vessel_mm < radius_mm) return {noise, {66, 22, 24}, 0.85f};
    return {noise, {190, 140, 115}, 0.4f * smooth_step(radius_mm + 0.5f, radius_mm, vessel_mm)};
}

Surface clumps(Vec3f p, uint32_t seed) {
    const float lump = gradient_noise(warped(p, 5, 3, seed) * (1 / 4.5f), seed + 3);
    return {0.9f * lump + 0.5f * gradient_noise(p * 1.3f, seed + 4),
            {92, 70, 34},
            0.6f * smooth_step(0.3f, 0.9f, lump)};
}

Surface plain(Vec3f p, uint32_t seed, float strength) {
    return {strength * gradient_noise(p * 0.8f, seed), {}, 0};
}

Surface surface_of(Tissue tissue, Vec3f p, uint32_t seed) {
    switch (tissue) {
        case Tissue::Skin:
            return skin(p, seed);
        case Tissue::Fat:
            return fat(p, seed);
        case Tissue::Muscle:
            return muscle(p, seed, 1);
        case Tissue::Myocardium:
            return muscle(p, seed, 0);
        case Tissue::CorticalBone:
        case Tissue::Dentine:
            return cortical_bone(p, seed);
        case Tissue::SpongyBone:
            return spongy_bone(p, seed);
        case Tissue::Lung:
            return lung(p, seed);
        case Tissue::Liver:
            return organ(p, seed, 17, 0.9f);
        case Tissue::Spleen:
            return organ(p, seed, 11, 0.35f);
        case Tissue::KidneyCortex:
        case Tissue::KidneyMedulla:
            return organ(p, seed, 9, 0.3f);
        case Tissue::Pancreas:
        case Tissue::Gland:
            return fat(p * 1.8f, seed);
        case Tissue::BowelContent:
        case Tissue::Faeces:
            return clumps(p, seed);
        case Tissue::GreyMatter:
        case Tissue::WhiteMatter:
        case Tissue::SpinalCord:
        case Tissue::Blood:
        case Tissue::Air:
        case Tissue::Foam:
        case Tissue::TableShell:
            return {};
        default:
            return plain(p, seed, 0.4f);
    }
}

}  // namespace

const TissueLook& tissue_look(Tissue tissue) {
    RADFORGE_ASSERT(size_t(tissue) < kTissueCount);
    return kLooks[size_t(tissue)];
}

Vec3f section_colour(Tissue tissue, Vec3f place_mm, uint32_t seed) {
    const Surface s = surface_of(tissue, place_mm, seed + 977u * uint32_t(tissue));
    const Vec3f base = tissue_look(tissue).rgb * (1 + kContrast * s.texture);
    return base + (s.other - base) * s.amount;
}

}  // namespace radforge::colorize
