// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_limb.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/phantom_tissue.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace radforge::volume {
namespace {

Volume make(Limb limb, uint64_t seed, int slices) {
    LimbPhantomSpec spec;
    spec.limb = limb;
    spec.slices = slices;
    spec.noise_hu = Dist<double>(0.0);
    return make_limb_phantom(spec, {{seed}, 0});
}

bool is_bone(const Volume& v, size_t i) {
    return v.labels[i] == uint8_t(Tissue::CorticalBone) || v.labels[i] == uint8_t(Tissue::SpongyBone);
}

/// Sizes of the connected pieces of bone, in voxels.
std::vector<size_t> bones(const Volume& v) {
    std::vector<uint8_t> seen(v.labels.size());
    std::vector<size_t> sizes, stack;
    const size_t plane = size_t(v.rows) * size_t(v.columns);
    for (size_t seed = 0; seed < seen.size(); ++seed) {
        if (seen[seed] || !is_bone(v, seed)) continue;
        size_t count = 0;
        stack.assign(1, seed);
        seen[seed] = 1;
        while (!stack.empty()) {
            const size_t i = stack.back();
            stack.pop_back();
            ++count;
            for (const size_t step : {size_t(1), size_t(v.columns), plane})
                for (const size_t j : {i - step, i + step})
                    if (j < seen.size() && !seen[j] && is_bone(v, j)) seen[j] = 1, stack.push_back(j);
        }
        sizes.push_back(count);
    }
    return sizes;
}

TEST(LimbPhantom, IsAFunctionOfTheKeyAlone) {
    const Volume many = make(Limb::Hand, 4, 120);
    const ThreadLimit one(1);
    const Volume alone = make(Limb::Hand, 4, 120), other = make(Limb::Hand, 5, 120);
    EXPECT_EQ(many.hu, alone.hu);
    EXPECT_EQ(many.labels, alone.labels);
    EXPECT_NE(other.id, alone.id);
}

TEST(LimbPhantom, HandHasItsBonesApart) {
    const Volume v = make(Limb::Hand, 1, 400);
    v.validate("hand");
    EXPECT_EQ(v.body_part, BodyPart::Extremity);
    int large = 0;
    for (const size_t size : bones(v)) large += size > 100;
    // 14 phalanges with joints on both sides; the bases of the metacarpals and the carpals touch one another.
    EXPECT_GE(large, 14 + 1);
    EXPECT_LE(large, 14 + 5 + 8 + 2 + 2);
}

TEST(LimbPhantom, KneeHasFourBonesWithAJointSpace) {
    const Volume v = make(Limb::Knee, 2, 200);
    int large = 0;
    for (const size_t size : bones(v)) large += size > 300;
    EXPECT_GE(large, 3) << "femur, patella, tibia (the fibula's head may touch it)";
    EXPECT_LE(large, 5);
    for (const Tissue t :
         {Tissue::Skin, Tissue::Fat, Tissue::Muscle, Tissue::CorticalBone, Tissue::SpongyBone}) {
        size_t count = 0;
        for (const uint8_t label : v.labels) count += label == uint8_t(t);
        EXPECT_GT(count, 1000u) << tissue_facts(t).name;
    }
}

TEST(LimbPhantom, CtNumbersAreThoseOfTheTissues) {
    for (const Limb limb : {Limb::Hand, Limb::Knee}) {
        const Volume v = make(limb, 3, 160);
        double sum[kTissueCount] = {};
        size_t count[kTissueCount] = {};
        const size_t plane = size_t(v.rows) * size_t(v.columns);
        for (size_t i = plane; i + plane < v.hu.size(); ++i) {
            const uint8_t label = v.labels[i];  // inside one tissue: no partial volume
            bool inside = true;
            for (const size_t step : {size_t(1), size_t(v.columns), plane})
                inside = inside && v.labels[i - step] == label && v.labels[i + step] == label;
            if (inside) sum[label] += v.hu[i], ++count[label];
        }
        const auto mean = [&](Tissue t) { return sum[size_t(t)] / double(count[size_t(t)]); };
        EXPECT_NEAR(mean(Tissue::Air), -1000, 5);
        EXPECT_NEAR(mean(Tissue::Muscle), tissue_facts(Tissue::Muscle).hu_mean, 20);
        EXPECT_NEAR(mean(Tissue::Fat), tissue_facts(Tissue::Fat).hu_mean, 30);
        if (limb == Limb::Knee) {
            EXPECT_GT(mean(Tissue::CorticalBone), 1150);
        }
        EXPECT_EQ(v.hu.size(), v.labels.size());
    }
}

TEST(LimbPhantom, ImpossibleSpecsAreErrors) {
    LimbPhantomSpec spec;
    spec.slices = 3;
    EXPECT_THROW(make_limb_phantom(spec, {{1}, 0}), Error);
    spec = {};
    spec.noise_hu = Dist<double>(-1.0);
    EXPECT_THROW(make_limb_phantom(spec, {{1}, 0}), Error);
}

}  // namespace
}  // namespace radforge::volume
