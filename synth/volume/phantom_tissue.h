// SPDX-License-Identifier: Apache-2.0
/// The tissues of the procedural phantoms: label values, CT numbers and mass densities.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace radforge::volume {

/// Label of a voxel in Volume::labels. Append, never insert: the number is stored in datasets.
enum class Tissue : uint8_t {
    Air,  ///< outside the body
    Gas,  ///< airways, sinuses, bowel gas
    Skin,
    Fat,
    Muscle,
    CorticalBone,
    SpongyBone,
    GreyMatter,
    WhiteMatter,
    Csf,
    Dura,
    Blood,
    Haematoma,
    Oedema,
    Calcification,
    Cartilage,
    Sclera,
    Vitreous,
    Lens,
    OpticNerve,
    Mucosa,
    Gland,
    Dentine,
    Enamel,
    Metal,
    Lung,
    Myocardium,
    Liver,
    Spleen,
    KidneyCortex,
    KidneyMedulla,
    Pancreas,
    BowelWall,
    BowelContent,
    Faeces,
    Urine,
    Bile,
    Disc,
    SpinalCord,
    Nodule,
    Foam,        ///< headrest and mattress filling
    TableShell,  ///< carbon fibre or plastic shell of the table
    Count
};
constexpr size_t kTissueCount = size_t(Tissue::Count);

/// Facts of one tissue, without contrast medium.
struct TissueFacts {
    const char* name;
    float hu_mean;            ///< at about 120 kVp
    float hu_deviation;       ///< natural variation inside one organ (not scanner noise)
    float texture_mm;         ///< correlation length of that variation
    float density_g_per_cm3;  ///< mass density
};

/// Sources of the CT numbers: W. A. Kalender, "Computed Tomography", 3rd ed. 2011, ch. 1 (ranges per organ);
/// J. T. Bushberg et al., "The Essential Physics of Medical Imaging", 3rd ed. 2012, ch. 10. Densities: ICRU
/// Report 44 (1989), ICRP 110 (2009).
const TissueFacts& tissue_facts(Tissue tissue);

/// CT number of each tissue of one phantom, HU; starts from the table, then contrast medium and the patient
/// change some.
using TissueHu = std::array<float, kTissueCount>;
TissueHu default_tissue_hu();

}  // namespace radforge::volume
