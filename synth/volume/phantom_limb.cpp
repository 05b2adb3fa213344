// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_limb.h"

#include "synth/volume/phantom_limb_parts.h"
#include "synth/volume/phantom_spec.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

/// Box that is scanned, mm.
struct Reach {
    double width, depth, lowest, highest;
};
Reach reach_of(Limb limb) {
    return limb == Limb::Hand ? Reach{190, 76, -62, 208} : Reach{164, 176, -150, 150};
}

constexpr float kSkin_mm = 1.6f;

}  // namespace

void LimbPhantomSpec::validate() const {
    check_number("limb phantom: slices", double(slices), 16, 2000);
    check_number("limb phantom: noise_hu", noise_hu, 0, 200);
}

void add_bone(Anatomy& anatomy, const LimbTraits& traits, Bone bone) {
    const uint32_t seed = traits.seed + uint32_t(anatomy.parts.size());
    anatomy.add(bone.bounds, [bone = std::move(bone), seed](Vec3f p, Tissue under) {
        const float d = bone.distance(p) + 0.35f * gradient_noise(p * (1 / 7.0f), seed);
        if (d > 0) return under;
        const float shell = bone.cortex_mm(p);
        if (d > -shell) return Tissue::CorticalBone;
        if (d < -bone.marrow_mm) return Tissue::Fat;
        // Trabeculae: struts of bone in marrow, denser below the surface.
        const float strut = gradient_noise(p * (1 / 1.7f), seed + 1);
        return strut > -0.75f + 0.06f * std::min(-d, 14.0f) ? Tissue::SpongyBone : Tissue::Fat;
    });
}

void add_long_bone(Anatomy& anatomy, const LimbTraits& traits, const LongBone& b) {
    const Vec3f axis = normalized(b.head - b.base);
    const float span = length(b.head - b.base);
    // Half thickness along the axis: wide ends that narrow smoothly to the shaft.
    const auto thickness = [b, span](float along) {
        const float t = along / span;
        const float base = 1 - smooth_step(0.02f, 0.34f, t), head = smooth_step(0.66f, 0.95f, t);
        return b.shaft_mm + (b.base_mm - b.shaft_mm) * base + (b.head_mm - b.shaft_mm) * head;
    };
    Bone bone;
    bone.bounds = box_between(b.base, b.head, std::max(b.base_mm, b.head_mm) + 1);
    bone.distance = [=](Vec3f p) {
        const float along = dot(p - b.base, axis);
        const Vec3f r = p - b.base - axis * along;
        const float radial = std::sqrt(dot(r, r)) - thickness(std::clamp(along, 0.0f, span));
        // Rounded ends: a third of the local thickness.
        const float beyond = std::max(-along, along - span);
        return smooth_max(radial, beyond, along < 0.5f * span ? b.base_mm * 0.7f : b.head_mm * 1.1f);
    };
    bone.cortex_mm = [=, c = traits.cortex](Vec3f p) {
        const float t = std::clamp(dot(p - b.base, axis) / span, 0.0f, 1.0f);
        const float shaft = smooth_step(0.08f, 0.4f, t) * smooth_step(0.95f, 0.65f, t);
        return c * (0.55f + (b.cortex_mm - 0.55f) * shaft);
    };
    bone.marrow_mm = std::max(0.62f * b.shaft_mm, b.cortex_mm * traits.cortex + 0.4f);
    // The cavity ends where the bone widens: there the depth below the surface is spongy bone again.
    const auto distance = bone.distance;
    const float cavity = bone.marrow_mm;
    bone.marrow_mm = 1e9f;
    Bone core = bone;
    add_bone(anatomy, traits, std::move(bone));
    core.bounds = box_between(b.base + axis * (0.3f * span), b.head - axis * (0.28f * span), b.shaft_mm);
    anatomy.add(core.bounds, [=](Vec3f p, Tissue under) {
        const float t = dot(p - b.base, axis) / span;
        return t > 0.3f && t < 0.72f && distance(p) < -cavity ? Tissue::Fat : under;
    });
}

void add_soft_tissue(Anatomy& anatomy, const std::vector<SoftPart>& parts) {
    const auto layer = [&](Tissue tissue, auto depth) {
        for (const SoftPart& part : parts)
            anatomy.add(part.bounds,
                        [=, distance = part.distance, limit = -depth(part)](Vec3f p, Tissue under) {
                            return distance(p) < limit ? tissue : under;
                        });
    };
    layer(Tissue::Skin, [](const SoftPart&) { return 0.0f; });
    layer(Tissue::Fat, [](const SoftPart&) { return kSkin_mm; });
    layer(Tissue::Muscle, [](const SoftPart& part) { return part.muscle_depth_mm; });
}

Volume make_limb_phantom(const LimbPhantomSpec& spec, const SampleKey& key) {
    spec.validate();
    Rng rng(key, Stream::Source);
    const auto uniform = [&](double lo, double hi) { return float(rng.uniform(lo, hi)); };
    LimbTraits traits;
    traits.size = uniform(0.88, 1.06);
    traits.cortex = uniform(0.7, 1.2);
    traits.fat_mm = uniform(2.5, spec.limb == Limb::Hand ? 4.5 : 14);
    traits.splay = uniform(0.75, 1.35);
    traits.bend = uniform(0, 0.09);
    const float side = rng.uniform() < 0.5 ? 1.0f : -1.0f;
    traits.seed = rng.next_u32();

    Anatomy anatomy;
    anatomy.texture_seed = traits.seed;
    anatomy.hu[size_t(Tissue::CorticalBone)] += uniform(150, 500);  // the shafts of limbs are the densest
    anatomy.hu[size_t(Tissue::SpongyBone)] += uniform(-120, 60);
    if (spec.limb == Limb::Hand)
        add_hand(anatomy, traits);
    else
        add_knee(anatomy, traits);
    const Vec3d stretch =
        Vec3d{side * rng.uniform(0.95, 1.05), rng.uniform(0.95, 1.05), rng.uniform(0.96, 1.03)} *
        double(traits.size);
    const Mat3d pose = rotation_about({0, 0, 1}, 2.5 * rng.normal() / kDegPerRad) *
                       rotation_about({0, 1, 0}, 2.0 * rng.normal() / kDegPerRad);
    anatomy.scanner_from_body = pose * Mat3d{{{stretch.x, 0, 0}, {0, stretch.y, 0}, {0, 0, stretch.z}}};

    const Reach reach = reach_of(spec.limb);
    ScanGeometry geometry;
    geometry.slices = spec.slices;
    geometry.pixel_mm = (reach.highest - reach.lowest) / spec.slices;
    geometry.columns = int(std::lround(reach.width / geometry.pixel_mm));
    geometry.rows = int(std::lround(reach.depth / geometry.pixel_mm));
    geometry.slice_spacing_mm = geometry.slice_thickness_mm = geometry.pixel_mm;
    geometry.centre_mm = {0, 0, 0.5 * (reach.lowest + reach.highest)};
    ScanPhysics physics;
    physics.noise_hu = spec.noise_hu.draw(rng);
    physics.noise_key = rng.next_u64();
    physics.blur_mm = 0.3;

    Volume volume = scan(anatomy, geometry, physics);
    volume.body_part = BodyPart::Extremity;
    volume.identify();
    return volume;
}

}  // namespace radforge::volume
