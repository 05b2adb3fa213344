// SPDX-License-Identifier: Apache-2.0
/// Inside of phantom_head: the form that all head parts share. Canonical frame, mm: x left, y back, z up
/// (LPS), origin in mid-brain, Frankfurt plane horizontal; the adult of the canonical frame has a 134 x 168
/// mm cranial cavity.
#pragma once
#include "synth/base/rng.h"
#include "synth/volume/phantom_scan.h"
#include "synth/volume/phantom_shape.h"

namespace radforge::volume {

enum class HeadDisease { None, Haemorrhage, Infarct, Subdural };

/// One drawn patient.
struct HeadTraits {
    float age_years = 50;
    float atrophy = 0;  ///< 0 young .. 1 old: ventricles and sulci widen
    float ventricle_scale = 1, ventricle_skew = 0;
    float skull_mm = 6, scalp_fat_mm = 3;
    float frontal_sinus = 1;   ///< size, 0 none
    float pneumatisation = 1;  ///< share of air in the mastoid
    float sinus_fluid_mm = 0;  ///< mucosal thickening in the maxillary sinuses
    float septum_bend_mm = 0;
    float choroid_calcified = 0, pineal_calcified = 0;  ///< radius, mm
    float falx_calcified = 0;
    bool fillings = false, globes_turned = false;
    HeadDisease disease = HeadDisease::None;
    float disease_side = 1, disease_size = 1;
    uint32_t seed = 0;
};

/// Signed distances of the cranium, shared by skull, scalp and brain. Const and thread-safe.
class Cranium {
public:
    explicit Cranium(const HeadTraits& traits) : traits_(traits) {}
    struct Distances {
        float cavity;     ///< to the inner table, negative in the cranial cavity; exact to about 30 mm depth
        float vault;      ///< to the vault without its floor: follows the calvaria only
        float posterior;  ///< to the posterior fossa; above z = 15 just positive
        float middle;     ///< to the nearer middle fossa; above z = 15 just positive
    };
    Distances at(Vec3f p) const;
    /// Skin surface, negative inside.
    float skin(Vec3f p, const Distances& d) const;
    float skull_thickness(Vec3f p) const;

private:
    HeadTraits traits_;
};

HeadTraits draw_head(double age_years, double disease_probability, Rng& rng);
/// Skin to brain: everything whose place follows the cranium's distances.
void add_head_shell(Anatomy& anatomy, const HeadTraits& traits);
/// Ventricles, cisterns, deep grey matter, brain stem, falx, calcifications, disease.
void add_brain(Anatomy& anatomy, const HeadTraits& traits);
/// Petrous bone, mastoid, sella, clivus, condyles: dense base of the skull.
void add_skull_base(Anatomy& anatomy, const HeadTraits& traits);
/// Orbits, nose, sinuses, jaws, teeth, tongue, throat, cervical spine, carotids.
void add_face(Anatomy& anatomy, const HeadTraits& traits);

}  // namespace radforge::volume
