// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_head.h"

#include "synth/volume/phantom_head_parts.h"
#include "synth/volume/phantom_spec.h"

namespace radforge::volume {

void HeadPhantomSpec::validate() const {
    check_grid("head phantom",
               {slices, rows, columns, field_of_view_mm, slice_spacing_mm, slice_thickness_mm});
    check_number("head phantom: lowest_slice_mm", lowest_slice_mm, -300, 300);
    check_number("head phantom: gantry_tilt_deg", gantry_tilt_deg, -35, 35);
    check_number("head phantom: age_years", age_years, 5, 110);
    check_number("head phantom: noise_hu", noise_hu, 0, 200);
    check_number("head phantom: disease_probability", disease_probability, 0, 1);
    check_number("head phantom: sharp_kernel_probability", sharp_kernel_probability, 0, 1);
    check_number("head phantom: round_field_probability", round_field_probability, 0, 1);
}

HeadTraits draw_head(double age_years, double disease_probability, Rng& rng) {
    const auto uniform = [&](double lo, double hi) { return float(rng.uniform(lo, hi)); };
    const auto chance = [&](double p) { return rng.uniform() < p; };
    HeadTraits t;
    t.age_years = float(age_years);
    t.atrophy = std::clamp(float((age_years - 35) / 55) + uniform(-0.12, 0.18), 0.0f, 1.15f);
    t.ventricle_scale = uniform(0.85, 1.1) + 0.55f * t.atrophy;
    t.ventricle_skew = uniform(-0.13, 0.13);
    t.skull_mm = uniform(5.2, 8.2);
    t.scalp_fat_mm = uniform(1.6, 4.2);
    t.frontal_sinus = chance(0.15) ? 0.0f : uniform(0.7, 1.35);
    t.pneumatisation = uniform(0.35, 1.1);
    t.sinus_fluid_mm = chance(0.3) ? uniform(1.5, 6) : uniform(0, 0.6);
    t.septum_bend_mm = uniform(-3, 3);
    t.choroid_calcified = chance(0.15 + 0.6 * t.atrophy) ? uniform(1.2, 3.2) : 0.0f;
    t.pineal_calcified = chance(0.65) ? uniform(1.2, 2.8) : 0.0f;
    t.falx_calcified = chance(0.15) ? uniform(0.8, 2) : 0.0f;
    t.fillings = chance(0.4);
    t.globes_turned = chance(0.3);
    t.seed = rng.next_u32();
    const bool ill = chance(disease_probability);
    const uint64_t which = rng.below(3);
    t.disease = !ill         ? HeadDisease::None
                : which == 0 ? HeadDisease::Haemorrhage
                : which == 1 ? HeadDisease::Infarct
                             : HeadDisease::Subdural;
    t.disease_side = chance(0.5) ? 1.0f : -1.0f;
    t.disease_size = uniform(0.6, 1.3);
    return t;
}

Volume make_head_phantom(const HeadPhantomSpec& spec, const SampleKey& key) {
    spec.validate();
    Rng rng(key, Stream::Source);
    const double tilt_deg = spec.gantry_tilt_deg.draw(rng), age_years = spec.age_years.draw(rng);
    const HeadTraits traits = draw_head(age_years, spec.disease_probability, rng);

    Anatomy anatomy;
    anatomy.texture_seed = traits.seed;
    anatomy.hu[size_t(Tissue::SpongyBone)] += float(rng.uniform(-80, 150));
    add_head_shell(anatomy, traits);
    add_brain(anatomy, traits);
    add_skull_base(anatomy, traits);
    add_face(anatomy, traits);

    // Slices lie near the orbitomeatal line: what the gantry does not tilt, the chin does.
    const double pitch_rad = (rng.uniform(8, 19) - tilt_deg) / kDegPerRad;
    const double roll_rad = 2.2 * rng.normal() / kDegPerRad, yaw_rad = 3.0 * rng.normal() / kDegPerRad;
    const double size = rng.uniform(0.95, 1.05);
    const Vec3d stretch =
        Vec3d{rng.uniform(0.96, 1.04), rng.uniform(0.96, 1.04), rng.uniform(0.97, 1.03)} * size;
    const Mat3d pose = rotation_about({0, 0, 1}, yaw_rad) * rotation_about({0, 1, 0}, roll_rad) *
                       rotation_about({1, 0, 0}, pitch_rad);
    anatomy.scanner_from_body = pose * Mat3d{{{stretch.x, 0, 0}, {0, stretch.y, 0}, {0, 0, stretch.z}}};
    const Vec3d isocentre_offset{rng.uniform(-6, 6), rng.uniform(2, 14), 0};

    ScanGeometry geometry = make_geometry({spec.slices, spec.rows, spec.columns, spec.field_of_view_mm,
                                           spec.slice_spacing_mm, spec.slice_thickness_mm});
    geometry.gantry_tilt_deg = tilt_deg;
    geometry.couch = Couch::Headrest;
    geometry.couch_y_mm = isocentre_offset.y + 100 * stretch.y + rng.uniform(6, 14);
    anatomy.position_mm = isocentre_offset;
    geometry.centre_mm = {0, 0, spec.lowest_slice_mm + 0.5 * (spec.slices - 1) * spec.slice_spacing_mm};
    geometry.round_field = rng.uniform() < spec.round_field_probability;

    ScanPhysics physics;
    physics.noise_hu = spec.noise_hu.draw(rng);
    physics.sharp_kernel = rng.uniform() < spec.sharp_kernel_probability;
    physics.blur_mm = physics.sharp_kernel ? 0.35 : rng.uniform(0.5, 0.7);
    physics.bone_cupping_hu = rng.uniform(5, 12);
    physics.hardening_hu = rng.uniform(4, 14);
    physics.streak_hu = rng.uniform(1, 4);
    physics.metal_streak_hu = 350;
    physics.noise_key = rng.next_u64();

    Volume volume = scan(anatomy, geometry, physics);
    volume.body_part = BodyPart::Head;
    volume.identify();
    return volume;
}

}  // namespace radforge::volume
