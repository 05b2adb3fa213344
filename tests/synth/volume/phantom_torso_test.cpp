// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_torso.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/phantom_tissue.h"

#include <gtest/gtest.h>

#include <array>

namespace radforge::volume {
namespace {

SampleKey key(uint64_t seed) { return {Seed{seed}, 0}; }

TorsoPhantomSpec coarse(BodyPart part) {
    TorsoPhantomSpec spec;
    spec.body_part = part;
    spec.rows = spec.columns = 128;
    spec.slices = 20;
    spec.slice_spacing_mm = 15;
    spec.slice_thickness_mm = 7;
    return spec;
}

using Counts = std::array<size_t, kTissueCount>;
Counts histogram(const Volume& v) {
    Counts count{};
    for (const uint8_t label : v.labels) ++count.at(label);
    return count;
}
void expect_all(const Counts& count, std::initializer_list<Tissue> tissues) {
    for (const Tissue t : tissues) EXPECT_GT(count[size_t(t)], 5u) << tissue_facts(t).name;
}

TEST(TorsoPhantom, IsAFunctionOfTheKeyAlone) {
    const auto make = [](uint64_t seed, int threads) {
        const ThreadLimit limit(threads);
        return make_torso_phantom(coarse(BodyPart::Chest), key(seed));
    };
    const Volume one = make(4, 1), two = make(4, 2), other = make(5, 2);
    EXPECT_EQ(one.hu, two.hu);
    EXPECT_EQ(one.labels, two.labels);
    EXPECT_NE(one.hu, other.hu);
    EXPECT_NE(one.id, other.id);
}

TEST(TorsoPhantom, ChestShowsItsOrgans) {
    TorsoPhantomSpec spec = coarse(BodyPart::Chest);
    spec.disease_probability = 1;
    const Volume v = make_torso_phantom(spec, key(1));
    v.validate("phantom");
    EXPECT_EQ(v.body_part, BodyPart::Chest);
    expect_all(histogram(v),
               {Tissue::Air, Tissue::Gas, Tissue::Skin, Tissue::Fat, Tissue::Muscle, Tissue::CorticalBone,
                Tissue::SpongyBone, Tissue::Lung, Tissue::Blood, Tissue::Myocardium, Tissue::Liver,
                Tissue::Spleen, Tissue::Disc, Tissue::SpinalCord, Tissue::Cartilage, Tissue::BowelWall,
                Tissue::Nodule, Tissue::Foam, Tissue::TableShell});
}

TEST(TorsoPhantom, AbdomenShowsItsOrgans) {
    const Volume v = make_torso_phantom(coarse(BodyPart::Abdomen), key(2));
    expect_all(histogram(v), {Tissue::Liver, Tissue::Spleen, Tissue::KidneyCortex, Tissue::KidneyMedulla,
                              Tissue::Pancreas, Tissue::BowelWall, Tissue::BowelContent, Tissue::Faeces,
                              Tissue::Gas, Tissue::Bile, Tissue::Urine, Tissue::Blood, Tissue::SpongyBone});
}

TEST(TorsoPhantom, OrganVolumesAreThoseOfAnAdult) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        TorsoPhantomSpec spec = coarse(BodyPart::Chest);
        spec.slices = 34;
        const Volume v = make_torso_phantom(spec, key(seed));
        const double litre = v.row_spacing_mm * v.column_spacing_mm * spec.slice_spacing_mm * 1e-6;
        const Counts count = histogram(v);
        const auto litres = [&](Tissue t) { return double(count[size_t(t)]) * litre; };
        EXPECT_GT(litres(Tissue::Lung), 2.0) << seed;  // inspired lungs: 3 .. 6 litres
        EXPECT_LT(litres(Tissue::Lung), 6.5) << seed;
        EXPECT_GT(litres(Tissue::Liver), 0.9) << seed;  // 1.2 .. 1.9
        EXPECT_LT(litres(Tissue::Liver), 2.3) << seed;
        EXPECT_GT(litres(Tissue::Spleen), 0.06) << seed;  // 0.1 .. 0.35
        EXPECT_LT(litres(Tissue::Spleen), 0.45) << seed;
    }
}

TEST(TorsoPhantom, ContrastMediumBrightensBloodOverMuscle) {
    const auto blood_hu = [](double probability) {
        TorsoPhantomSpec spec = coarse(BodyPart::Chest);
        spec.contrast_probability = probability;
        const Volume v = make_torso_phantom(spec, key(6));
        double sum = 0, count = 0;
        for (int s = 0; s < v.slices; ++s)
            for (int r = 2; r + 2 < v.rows; ++r)
                for (int c = 2; c + 2 < v.columns; ++c) {
                    const auto blood = [&](int dr, int dc) {
                        return v.labels[(size_t(s) * size_t(v.rows) + size_t(r + dr)) * size_t(v.columns) +
                                        size_t(c + dc)] == uint8_t(Tissue::Blood);
                    };
                    if (blood(0, 0) && blood(2, 0) && blood(-2, 0) && blood(0, 2) && blood(0, -2))
                        sum += v.at(s, r, c), ++count;
                }
        return sum / count;
    };
    EXPECT_NEAR(blood_hu(0), tissue_facts(Tissue::Blood).hu_mean, 8);
    EXPECT_GT(blood_hu(1), 180);
}

TEST(TorsoPhantom, ImpossibleSpecsAreRefusedByName) {
    TorsoPhantomSpec spec;
    spec.body_part = BodyPart::Head;
    EXPECT_THROW(make_torso_phantom(spec, key(1)), Error);
    spec = {};
    spec.rows = 3;
    try {
        make_torso_phantom(spec, key(1));
        FAIL() << "accepted 3 rows";
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("rows"), std::string::npos);
        EXPECT_EQ(e.kind(), ErrorKind::BadData);
    }
}

}  // namespace
}  // namespace radforge::volume
