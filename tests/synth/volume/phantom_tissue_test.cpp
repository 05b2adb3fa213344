// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_tissue.h"

#include <gtest/gtest.h>

#include <set>

namespace radforge::volume {
namespace {

TEST(Tissue, EveryLabelHasItsOwnNameAndPossibleNumbers) {
    std::set<std::string> names;
    for (size_t i = 0; i < kTissueCount; ++i) {
        const TissueFacts& facts = tissue_facts(Tissue(i));
        ASSERT_NE(facts.name, nullptr) << i;
        names.insert(facts.name);
        EXPECT_GE(facts.hu_mean, -1000) << facts.name;
        EXPECT_LE(facts.hu_mean, 3071) << facts.name;
        EXPECT_GT(facts.density_g_per_cm3, 0) << facts.name;
        EXPECT_GT(facts.texture_mm, 0) << facts.name;
    }
    EXPECT_EQ(names.size(), kTissueCount);
}

TEST(Tissue, CtNumbersStandInTheTextbookOrder) {
    const TissueHu hu = default_tissue_hu();
    const auto of = [&](Tissue t) { return hu[size_t(t)]; };
    EXPECT_LT(of(Tissue::Gas), of(Tissue::Lung));
    EXPECT_LT(of(Tissue::Lung), of(Tissue::Fat));
    EXPECT_LT(of(Tissue::Fat), of(Tissue::Csf));
    EXPECT_LT(of(Tissue::Csf), of(Tissue::WhiteMatter));
    EXPECT_LT(of(Tissue::WhiteMatter), of(Tissue::GreyMatter));
    EXPECT_LT(of(Tissue::GreyMatter), of(Tissue::Haematoma));
    EXPECT_LT(of(Tissue::Haematoma), of(Tissue::SpongyBone));
    EXPECT_LT(of(Tissue::SpongyBone), of(Tissue::CorticalBone));
    EXPECT_LT(of(Tissue::CorticalBone), of(Tissue::Enamel));
}

TEST(Tissue, StoredLabelValuesNeverMove) {
    EXPECT_EQ(int(Tissue::Air), 0);
    EXPECT_EQ(int(Tissue::CorticalBone), 5);
    EXPECT_EQ(int(Tissue::GreyMatter), 7);
    EXPECT_EQ(int(Tissue::Lung), 25);
    EXPECT_EQ(int(Tissue::TableShell), 41);
}

}  // namespace
}  // namespace radforge::volume
