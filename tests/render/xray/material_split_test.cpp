// SPDX-License-Identifier: Apache-2.0
#include "render/xray/material_split.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::xray {
namespace {

Volume stack(const std::vector<double>& positions_mm, double tilt_y_per_mm = 0) {
    Volume v;
    v.slices = int(positions_mm.size());
    v.rows = 4, v.columns = 5;
    v.row_spacing_mm = 2, v.column_spacing_mm = 1.5;
    for (const double z : positions_mm) {
        v.slice_origin_mm.push_back({10, 20 + tilt_y_per_mm * z, 30 + z});
        for (int i = 0; i < v.rows * v.columns; ++i) v.hu.push_back(int16_t(10 * z + i));
    }
    return v;
}

TEST(MaterialSplit, KeepsTheAttenuationThatTheCtNumberStatesAtTheScannersEnergy) {
    const SplitSettings settings;
    for (double hu = -1000; hu <= 3000; hu += 50) {
        const Densities d = split_hu(hu, settings);
        const double mu = d.water * mass_attenuation_cm2_per_g(Material::Water, 70) +
                          d.bone * mass_attenuation_cm2_per_g(Material::Bone, 70);
        EXPECT_NEAR(mu / mass_attenuation_cm2_per_g(Material::Water, 70), 1 + hu / 1000, 1e-12)
            << hu << " HU";
    }
    EXPECT_EQ(split_hu(0).bone, 0);
    EXPECT_NEAR(split_hu(1600).bone, 1.92, .05);  // cortical bone has its own density there
    EXPECT_EQ(split_hu(1600).water, 0);
    EXPECT_EQ(split_hu(-1200).water, 0);
}

TEST(MaterialSplit, GantryTiltStaysInThePlacement) {
    const Volume tilted = stack({0, 3, 6, 9}, .25);
    const Grid grid = hu_grid(tilted);
    EXPECT_EQ(grid.nz, 4);
    for (int s = 0; s < 4; ++s) {
        const Vec3d expected = tilted.slice_origin_mm[size_t(s)] + Vec3d{1.5 * 2, 2. * 3, 0};
        EXPECT_NEAR(length(grid.world_mm({2, 3, double(s)}) - expected), 0, 1e-12);
        EXPECT_EQ(grid.at(2, 3, s), float(tilted.at(s, 3, 2)));
    }
}

TEST(MaterialSplit, UnevenSlicesKeepTheirPlaces) {
    const std::vector<double> z{0, 4, 8, 9, 16, 23};
    const Grid grid = hu_grid(stack(z));
    EXPECT_EQ(grid.nz, 24);  // at the least spacing
    // The voxels are linear in z, so that linear interpolation is exact everywhere.
    for (int k = 0; k < grid.nz; ++k) {
        const double at = grid.world_mm({0, 0, double(k)}).z - 30;
        EXPECT_NEAR(double(grid.at(1, 2, k)), 10 * at + 11, 1e-4);
    }
}

TEST(MaterialSplit, ASliceBesideAnotherDoesNotMultiplyTheGrid) {
    for (const double beside_mm : {0.75, 0.1, 0.02, 0.004}) {
        std::vector<double> z;
        for (int i = 0; i < 100; ++i) z.push_back(1.5 * i);
        z.insert(z.begin() + 21, 30 + beside_mm);
        const Grid grid = hu_grid(stack(z));
        EXPECT_LT(grid.nz, 4 * int(z.size())) << beside_mm;
        if (beside_mm < 0.05 * 1.5) {
            EXPECT_NEAR(grid.nz, 100, 2) << "as if it were not there";
        }
        for (int k = 0; k < grid.nz; ++k) {
            const double at = grid.world_mm({0, 0, double(k)}).z - 30;
            EXPECT_NEAR(double(grid.at(1, 2, k)), 10 * at + 11, 1.01) << "whole HU in the scan";
        }
    }
}

TEST(MaterialSplit, HolesThatWouldFillTheGridAreRefused) {
    std::vector<double> z;
    for (int i = 0; i < 20; ++i) z.push_back(i < 10 ? i : 1000 + i);
    try {
        hu_grid(stack(z));
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("the widest of 1001"), std::string::npos) << error.what();
    }
}

TEST(MaterialSplit, PaddingIsAir) {
    Volume v = stack({0, 1});
    v.hu[3] = Volume::kHuPadding;
    EXPECT_EQ(hu_grid(v).at(3, 0, 0), -1000.f);
    EXPECT_EQ(material_grids(v).water.at(3, 0, 0), 0.f);
}

TEST(MaterialSplit, BrokenStacksAreRefused) {
    EXPECT_THROW(hu_grid(Volume{}), Error);
    EXPECT_THROW(hu_grid(stack({0, 2, 2, 4})), Error);  // a slice twice
    EXPECT_THROW(hu_grid(stack({4, 2, 0})), Error);
    Volume bent = stack({0, 2, 4});
    bent.slice_origin_mm[1].y += 3;
    EXPECT_THROW(hu_grid(bent), Error);
}

}  // namespace
}  // namespace radforge::xray
