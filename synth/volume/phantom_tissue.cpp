// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_tissue.h"

#include "synth/base/error.h"

namespace radforge::volume {
namespace {

constexpr TissueFacts kFacts[kTissueCount] = {
    {"air", -1000, 0, 1, 0.0012f},
    {"gas", -990, 0, 1, 0.0012f},
    {"skin", 50, 6, 6, 1.09f},
    {"fat", -100, 7, 9, 0.95f},
    {"muscle", 55, 6, 7, 1.05f},
    {"cortical_bone", 1150, 110, 7, 1.92f},
    {"spongy_bone", 420, 120, 4, 1.18f},
    {"grey_matter", 38, 1.2f, 9, 1.045f},
    {"white_matter", 29, 1.2f, 12, 1.04f},
    {"csf", 7, 1, 10, 1.007f},
    {"dura", 58, 4, 8, 1.08f},
    {"blood", 45, 2, 10, 1.06f},
    {"haematoma", 70, 5, 5, 1.08f},
    {"oedema", 20, 1.5f, 9, 1.03f},
    {"calcification", 260, 60, 3, 1.5f},
    {"cartilage", 90, 12, 5, 1.10f},
    {"sclera", 52, 3, 5, 1.06f},
    {"vitreous", 9, 1, 10, 1.005f},
    {"lens", 78, 3, 5, 1.07f},
    {"optic_nerve", 34, 2, 5, 1.04f},
    {"mucosa", 38, 5, 5, 1.04f},
    {"gland", 70, 8, 5, 1.05f},
    {"dentine", 1500, 80, 3, 2.1f},
    {"enamel", 2550, 90, 3, 2.9f},
    {"metal", 3071, 0, 1, 8.0f},
    {"lung", -862, 22, 14, 0.14f},
    {"myocardium", 46, 3, 9, 1.05f},
    {"liver", 58, 3, 10, 1.06f},
    {"spleen", 50, 2.5f, 9, 1.06f},
    {"kidney_cortex", 34, 2.5f, 7, 1.05f},
    {"kidney_medulla", 30, 2.5f, 7, 1.05f},
    {"pancreas", 40, 7, 5, 1.05f},
    {"bowel_wall", 40, 5, 5, 1.04f},
    {"bowel_content", 22, 9, 8, 1.03f},
    {"faeces", 5, 40, 4, 1.0f},
    {"urine", 5, 1, 10, 1.01f},
    {"bile", 10, 1, 10, 1.02f},
    {"disc", 85, 7, 6, 1.10f},
    {"spinal_cord", 36, 2, 5, 1.04f},
    {"nodule", 38, 6, 4, 1.05f},
    {"foam", -940, 4, 20, 0.06f},
    {"table_shell", 140, 15, 12, 1.3f},
};

}  // namespace

const TissueFacts& tissue_facts(Tissue tissue) {
    RADFORGE_ASSERT(size_t(tissue) < kTissueCount);
    return kFacts[size_t(tissue)];
}

TissueHu default_tissue_hu() {
    TissueHu hu{};
    for (size_t i = 0; i < kTissueCount; ++i) hu[i] = kFacts[i].hu_mean;
    return hu;
}

}  // namespace radforge::volume
