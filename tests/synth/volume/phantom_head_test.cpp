// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_head.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/phantom_tissue.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace radforge::volume {
namespace {

SampleKey key(uint64_t seed) { return {Seed{seed}, 0}; }

HeadPhantomSpec coarse() {
    HeadPhantomSpec spec;
    spec.rows = spec.columns = 112;
    spec.slices = 20;
    spec.slice_spacing_mm = spec.slice_thickness_mm = 7;
    return spec;
}

std::array<size_t, kTissueCount> histogram(const Volume& v) {
    std::array<size_t, kTissueCount> count{};
    for (const uint8_t label : v.labels) ++count.at(label);
    return count;
}

TEST(HeadPhantom, IsAFunctionOfTheKeyAlone) {
    const auto make = [](uint64_t seed, int threads) {
        const ThreadLimit limit(threads);
        return make_head_phantom(coarse(), key(seed));
    };
    const Volume one = make(4, 1), two = make(4, 2), other = make(5, 2);
    EXPECT_EQ(one.hu, two.hu);
    EXPECT_EQ(one.labels, two.labels);
    EXPECT_EQ(one.id, two.id);
    EXPECT_NE(one.hu, other.hu);
    EXPECT_NE(one.labels, other.labels);
    EXPECT_NE(one.id, other.id);
}

TEST(HeadPhantom, DescribesItself) {
    HeadPhantomSpec spec = coarse();
    spec.gantry_tilt_deg = 15.0;
    const Volume v = make_head_phantom(spec, key(1));
    v.validate("phantom");
    EXPECT_EQ(v.body_part, BodyPart::Head);
    EXPECT_EQ(v.origin, "phantom");
    EXPECT_EQ(v.id.size(), 16u);
    EXPECT_EQ(v.hu.size(), v.labels.size());
    EXPECT_NEAR(v.gantry_tilt_deg(), 15, 1e-6);
    EXPECT_NEAR(v.column_spacing_mm, spec.field_of_view_mm / spec.columns, 1e-12);
}

TEST(HeadPhantom, ShowsEveryTissueOfAHead) {
    HeadPhantomSpec spec = coarse();
    spec.rows = spec.columns = 160;
    spec.slices = 44;
    spec.slice_spacing_mm = spec.slice_thickness_mm = 4.5;
    spec.lowest_slice_mm = -125;
    const auto count = histogram(make_head_phantom(spec, key(2)));
    for (const Tissue t :
         {Tissue::Air,          Tissue::Gas,        Tissue::Skin,       Tissue::Fat,         Tissue::Muscle,
          Tissue::CorticalBone, Tissue::SpongyBone, Tissue::GreyMatter, Tissue::WhiteMatter, Tissue::Csf,
          Tissue::Dura,         Tissue::Blood,      Tissue::Cartilage,  Tissue::Sclera,      Tissue::Vitreous,
          Tissue::Lens,         Tissue::OpticNerve, Tissue::Mucosa,     Tissue::Gland,       Tissue::Dentine,
          Tissue::Enamel,       Tissue::Disc,       Tissue::SpinalCord, Tissue::TableShell})
        EXPECT_GT(count[size_t(t)], 2u) << tissue_facts(t).name;
}

TEST(HeadPhantom, BrainHasAnAdultSizeAndMoreTissueThanFluid) {
    HeadPhantomSpec spec = coarse();
    spec.disease_probability = 0;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const Volume v = make_head_phantom(spec, key(seed));
        const auto count = histogram(v);
        const double litre = v.row_spacing_mm * v.column_spacing_mm * spec.slice_spacing_mm * 1e-6;
        const double brain =
            double(count[size_t(Tissue::GreyMatter)] + count[size_t(Tissue::WhiteMatter)]) * litre;
        const double fluid = double(count[size_t(Tissue::Csf)]) * litre;
        EXPECT_GT(brain, 0.9) << seed;  // adult brains: 1.0 .. 1.6 litres
        EXPECT_LT(brain, 1.75) << seed;
        EXPECT_LT(fluid, 0.4 * brain) << seed;  // up to 30 % of the cavity in old age
    }
}

TEST(HeadPhantom, MeanHuAwayFromEdgesIsThatOfTheTissue) {
    HeadPhantomSpec spec = coarse();
    spec.rows = spec.columns = 200;
    spec.disease_probability = 0, spec.sharp_kernel_probability = 0;
    const Volume v = make_head_phantom(spec, key(3));
    std::array<double, kTissueCount> sum{}, count{};
    for (int s = 1; s + 1 < v.slices; ++s)
        for (int r = 2; r + 2 < v.rows; ++r)
            for (int c = 2; c + 2 < v.columns; ++c) {
                const auto label = [&](int ds, int dr, int dc) {
                    return v.labels[(size_t(s + ds) * size_t(v.rows) + size_t(r + dr)) * size_t(v.columns) +
                                    size_t(c + dc)];
                };
                const uint8_t here = label(0, 0, 0);
                bool inner = label(-1, 0, 0) == here && label(1, 0, 0) == here;
                for (int dr = -2; dr <= 2 && inner; ++dr)
                    for (int dc = -2; dc <= 2 && inner; ++dc) inner = label(0, dr, dc) == here;
                if (inner && v.at(s, r, c) != Volume::kHuPadding) sum[here] += v.at(s, r, c), ++count[here];
            }
    // Beam hardening shifts soft tissue by a few HU, as on a scanner.
    for (const auto& [tissue, tolerance] : {std::pair{Tissue::WhiteMatter, 6.0},
                                            {Tissue::GreyMatter, 7.0},
                                            {Tissue::Air, 3.0},
                                            {Tissue::Fat, 15.0},
                                            {Tissue::Muscle, 12.0}}) {
        const size_t i = size_t(tissue);
        ASSERT_GT(count[i], 20) << tissue_facts(tissue).name;
        EXPECT_NEAR(sum[i] / count[i], std::max(-1000.0f, tissue_facts(tissue).hu_mean), tolerance)
            << tissue_facts(tissue).name;
    }
}

TEST(HeadPhantom, CalvariaClosesAroundTheBrain) {
    HeadPhantomSpec spec = coarse();
    spec.gantry_tilt_deg = 0.0;
    spec.rows = spec.columns = 256;  // sutures and the inner table span more than a pixel
    spec.lowest_slice_mm = 20;
    spec.slices = 8;
    spec.slice_spacing_mm = spec.slice_thickness_mm = 5;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        const Volume v = make_head_phantom(spec, key(seed));
        for (int s = 0; s < v.slices; ++s) {
            const size_t base = size_t(s) * size_t(v.rows) * size_t(v.columns);
            const auto bone = [&](size_t i) {
                const Tissue t = Tissue(v.labels[base + i]);
                return t == Tissue::CorticalBone || t == Tissue::SpongyBone || t == Tissue::Cartilage;
            };
            std::vector<uint8_t> seen(size_t(v.rows) * size_t(v.columns), 0);
            std::vector<size_t> open;
            for (size_t i = 0; i < seen.size(); ++i)
                if (Tissue(v.labels[base + i]) == Tissue::WhiteMatter) seen[i] = 1, open.push_back(i);
            ASSERT_FALSE(open.empty());
            while (!open.empty()) {
                const size_t i = open.back();
                open.pop_back();
                const Tissue t = Tissue(v.labels[base + i]);
                ASSERT_NE(t, Tissue::Air) << "seed " << seed << " slice " << s;
                ASSERT_NE(t, Tissue::Skin) << "seed " << seed << " slice " << s;
                for (const size_t n : {i - 1, i + 1, i - size_t(v.columns), i + size_t(v.columns)})
                    if (n < seen.size() && !seen[n] && !bone(n)) seen[n] = 1, open.push_back(n);
            }
        }
    }
}

TEST(HeadPhantom, DiseaseShowsWhenAskedFor) {
    HeadPhantomSpec spec = coarse();
    spec.disease_probability = 1;
    size_t diseased = 0;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const auto count = histogram(make_head_phantom(spec, key(seed)));
        diseased += count[size_t(Tissue::Haematoma)] + count[size_t(Tissue::Oedema)] > 50;
    }
    EXPECT_EQ(diseased, 4u);
    spec.disease_probability = 0;
    const auto count = histogram(make_head_phantom(spec, key(1)));
    EXPECT_EQ(count[size_t(Tissue::Haematoma)] + count[size_t(Tissue::Oedema)], 0u);
}

TEST(HeadPhantom, OldBrainsHoldMoreFluid) {
    const auto fluid = [](double age_years) {
        HeadPhantomSpec spec = coarse();
        spec.disease_probability = 0;
        spec.age_years = age_years;
        size_t sum = 0;
        for (uint64_t seed = 1; seed <= 2; ++seed)
            sum += histogram(make_head_phantom(spec, key(seed)))[size_t(Tissue::Csf)];
        return double(sum);
    };
    EXPECT_GT(fluid(85), 1.5 * fluid(25));
}

TEST(HeadPhantom, ImpossibleSpecsAreRefusedByName) {
    const auto message = [](auto&& change) {
        HeadPhantomSpec spec;
        change(spec);
        try {
            spec.validate();
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    EXPECT_NE(message([](auto& s) { s.slices = 0; }).find("slices"), std::string::npos);
    EXPECT_NE(message([](auto& s) { s.columns = -5; }).find("columns"), std::string::npos);
    EXPECT_NE(message([](auto& s) { s.slice_spacing_mm = std::nan(""); }).find("slice_spacing_mm"),
              std::string::npos);
    EXPECT_NE(
        message([](auto& s) { s.gantry_tilt_deg = Dist<double>::uniform(0, 80); }).find("gantry_tilt_deg"),
        std::string::npos);
    EXPECT_NE(message([](auto& s) { s.disease_probability = 1.5; }).find("disease_probability"),
              std::string::npos);
    EXPECT_EQ(message([](auto&) {}), "accepted");
}

}  // namespace
}  // namespace radforge::volume
