// SPDX-License-Identifier: Apache-2.0
/// Inside of phantom_torso: the form that all torso parts share. Canonical frame, mm: x left, y back, z up
/// (LPS), origin in the middle of the body at the dome of the diaphragm; vertebral column near y = +62; apex
/// of the lungs z = 190.
#pragma once
#include "synth/base/rng.h"
#include "synth/volume/phantom_scan.h"
#include "synth/volume/phantom_shape.h"

namespace radforge::volume {

/// One drawn patient.
struct TorsoTraits {
    float fat_mm = 20;          ///< subcutaneous fat at the belly
    float visceral_fat = 0.5f;  ///< 0 lean .. 1: room between the bowel loops
    float belly = 1;            ///< girth of the abdomen relative to the chest
    bool female = false;
    float heart_scale = 1, liver_scale = 1, spleen_scale = 1;
    float breath_mm = 0;       ///< height of the diaphragm
    float aorta_mm = 13;       ///< radius
    float aortic_calcium = 0;  ///< 0 none .. 1 much
    int nodules = 0;
    uint32_t seed = 0;
};

/// Signed distances of the trunk wall, negative inside. Const and thread-safe.
class Trunk {
public:
    explicit Trunk(const TorsoTraits& traits) : traits_(traits) {}
    struct Wall {
        float outside_mm;  ///< distance from the inner wall, positive outwards
        float muscle_mm, fat_mm;
    };
    Wall wall(Vec3f p) const;
    float skin(Vec3f p) const;
    /// Inner face of the chest wall and, below the ribs, of the abdominal wall: what encloses lungs and
    /// viscera.
    float cavity(Vec3f p) const;
    /// Height of the diaphragm over (x, y); lungs above, abdomen below.
    float diaphragm(Vec3f p) const;
    /// Heart, great vessels and the fat around them: no lung inside.
    float mediastinum(Vec3f p) const;
    /// Middle of the vertebral bodies at height z.
    static float spine_y(float z_mm);
    /// Point of rib 1..12 on its way from spine (t = 0) to cartilage (t = 1), side +1 left, -1 right.
    Vec3f rib(int number, float side, float t) const;

private:
    TorsoTraits traits_;
};

TorsoTraits draw_torso(double disease_probability, Rng& rng);
/// Skin, fat, trunk muscles, lung field, abdominal fat.
void add_trunk(Anatomy& anatomy, const TorsoTraits& traits);
/// Spine, ribs, sternum, clavicles, scapulae, humeri, pelvis.
void add_trunk_bones(Anatomy& anatomy, const TorsoTraits& traits);
/// Trachea, bronchi, vessel trees, fissures, nodules.
void add_lungs(Anatomy& anatomy, const TorsoTraits& traits, Rng& rng);
/// Heart chambers, aorta, pulmonary arteries, venae cavae, oesophagus.
void add_heart(Anatomy& anatomy, const TorsoTraits& traits);
/// Liver, gallbladder, spleen, stomach, pancreas, kidneys, adrenals.
void add_upper_abdomen(Anatomy& anatomy, const TorsoTraits& traits);
/// Colon, small bowel, bladder, rectum.
void add_bowel(Anatomy& anatomy, const TorsoTraits& traits, Rng& rng);

}  // namespace radforge::volume
