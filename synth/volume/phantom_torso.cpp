// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_torso.h"

#include "synth/base/error.h"
#include "synth/volume/phantom_spec.h"
#include "synth/volume/phantom_torso_parts.h"

namespace radforge::volume {
namespace {

/// Canonical height of the middle of the scan.
double middle_of(BodyPart part) {
    switch (part) {
        case BodyPart::Chest:
            return 62;
        case BodyPart::Abdomen:
            return -118;
        case BodyPart::Pelvis:
            return -228;
        default:
            throw Error(ErrorKind::BadData, "torso phantom: body_part is not in the torso")
                .expected("Chest, Abdomen or Pelvis");
    }
}

/// Enhancement of the portal venous phase of the abdomen, the arterial phase of the chest, HU over the native
/// value.
void add_contrast(TissueHu& hu, bool arterial, float strength) {
    const auto raise = [&](Tissue tissue, float by) { hu[size_t(tissue)] += strength * by; };
    raise(Tissue::Blood, arterial ? 210.0f : 105.0f);
    raise(Tissue::Myocardium, arterial ? 60.0f : 50.0f);
    raise(Tissue::Liver, arterial ? 15.0f : 50.0f);
    raise(Tissue::Spleen, arterial ? 75.0f : 65.0f);
    raise(Tissue::KidneyCortex, arterial ? 150.0f : 140.0f);
    raise(Tissue::KidneyMedulla, arterial ? 40.0f : 120.0f);
    raise(Tissue::Pancreas, arterial ? 60.0f : 50.0f);
    raise(Tissue::BowelWall, 45);
    raise(Tissue::Gland, 30);
    raise(Tissue::Muscle, 8);
    raise(Tissue::Nodule, 30);
}

}  // namespace

void TorsoPhantomSpec::validate() const {
    check_grid("torso phantom",
               {slices, rows, columns, field_of_view_mm, slice_spacing_mm, slice_thickness_mm});
    check_number("torso phantom: middle_offset_mm", middle_offset_mm, -600, 600);
    check_number("torso phantom: noise_hu", noise_hu, 0, 200);
    check_number("torso phantom: contrast_probability", contrast_probability, 0, 1);
    check_number("torso phantom: disease_probability", disease_probability, 0, 1);
    check_number("torso phantom: sharp_kernel_probability", sharp_kernel_probability, 0, 1);
    check_number("torso phantom: round_field_probability", round_field_probability, 0, 1);
    middle_of(body_part);
}

TorsoTraits draw_torso(double disease_probability, Rng& rng) {
    const auto uniform = [&](double lo, double hi) { return float(rng.uniform(lo, hi)); };
    TorsoTraits t;
    t.fat_mm = uniform(9, 30);
    t.visceral_fat = uniform(0.1, 1);
    t.belly = uniform(0.94, 1.14);
    t.female = rng.uniform() < 0.5;
    t.heart_scale = uniform(0.9, 1.12);
    t.liver_scale = uniform(0.92, 1.08);
    t.spleen_scale = uniform(0.85, 1.12);
    t.breath_mm = uniform(-12, 12);
    t.aorta_mm = uniform(11, 15);
    t.aortic_calcium = rng.uniform() < 0.45 ? uniform(0.3, 1) : 0.0f;
    t.seed = rng.next_u32();
    t.nodules = rng.uniform() < disease_probability ? 1 + int(rng.below(4)) : 0;
    return t;
}

Volume make_torso_phantom(const TorsoPhantomSpec& spec, const SampleKey& key) {
    spec.validate();
    Rng rng(key, Stream::Source);
    const TorsoTraits traits = draw_torso(spec.disease_probability, rng);
    Anatomy anatomy;
    anatomy.texture_seed = traits.seed;
    anatomy.hu[size_t(Tissue::SpongyBone)] +=
        float(rng.uniform(-260, -120));  // trabecular bone of the trunk is less dense
    if (rng.uniform() < spec.contrast_probability)
        add_contrast(anatomy.hu, spec.body_part == BodyPart::Chest, float(rng.uniform(0.75, 1.15)));
    add_trunk(anatomy, traits);
    add_bowel(anatomy, traits, rng);
    add_upper_abdomen(anatomy, traits);
    add_heart(anatomy, traits);
    add_lungs(anatomy, traits, rng);
    add_trunk_bones(anatomy, traits);

    const double size = rng.uniform(0.93, 1.04);
    const Vec3d stretch =
        Vec3d{rng.uniform(0.97, 1.03), rng.uniform(0.96, 1.04), rng.uniform(0.95, 1.05)} * size;
    const Mat3d pose = rotation_about({0, 0, 1}, 1.8 * rng.normal() / kDegPerRad) *
                       rotation_about({0, 1, 0}, 1.2 * rng.normal() / kDegPerRad);
    anatomy.scanner_from_body = pose * Mat3d{{{stretch.x, 0, 0}, {0, stretch.y, 0}, {0, 0, stretch.z}}};
    anatomy.position_mm = {rng.uniform(-8, 8), rng.uniform(-8, 8), 0};

    ScanGeometry geometry = make_geometry({spec.slices, spec.rows, spec.columns, spec.field_of_view_mm,
                                           spec.slice_spacing_mm, spec.slice_thickness_mm});
    geometry.centre_mm = {0, 0, (middle_of(spec.body_part) + spec.middle_offset_mm) * stretch.z};
    geometry.couch = Couch::Table;
    geometry.couch_y_mm =
        anatomy.position_mm.y + (128 + 0.75 * traits.fat_mm) * stretch.y + rng.uniform(0, 5);
    geometry.round_field = rng.uniform() < spec.round_field_probability;

    ScanPhysics physics;
    physics.noise_hu = spec.noise_hu.draw(rng);
    physics.sharp_kernel = rng.uniform() < spec.sharp_kernel_probability;
    physics.blur_mm = physics.sharp_kernel ? 0.5 : rng.uniform(0.7, 0.95);
    physics.streak_hu = rng.uniform(3, 8);
    physics.hardening_hu = rng.uniform(0, 6);
    physics.noise_key = rng.next_u64();

    Volume volume = scan(anatomy, geometry, physics);
    volume.body_part = spec.body_part;
    volume.identify();
    return volume;
}

}  // namespace radforge::volume
