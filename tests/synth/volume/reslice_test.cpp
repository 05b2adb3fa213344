// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/reslice.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::volume {
namespace {

double linear(Vec3d p) { return 30 * p.x - 20 * p.y + 10 * p.z + 100; }

/// Uneven, tilted slices of a function that is linear in space.
Volume linear_volume() {
    Volume v;
    v.slices = 5;
    v.rows = 9;
    v.columns = 8;
    v.row_spacing_mm = 1.5;
    v.column_spacing_mm = 1.25;
    v.column_direction = {0, std::cos(0.3), -std::sin(0.3)};
    for (const double z : {0.0, 4.0, 5.0, 12.0, 14.0}) v.slice_origin_mm.push_back({-3, 2, z});
    for (int s = 0; s < v.slices; ++s)
        for (int r = 0; r < v.rows; ++r)
            for (int c = 0; c < v.columns; ++c)
                v.hu.push_back(
                    int16_t(std::lround(linear(v.slice_origin_mm[size_t(s)] + c * 1.25 * v.row_direction +
                                               r * 1.5 * v.column_direction))));
    return v;
}

TEST(Reslice, ReproducesALinearFieldThroughTiltAndUnevenSpacing) {
    const Volume v = linear_volume();
    for (const Plane plane : {Plane::Axial, Plane::Coronal, Plane::Sagittal}) {
        const Volume out = reslice(v, plane, 0.8, 1.1);
        int inside = 0;
        for (int s = 0; s < out.slices; ++s)
            for (int r = 0; r < out.rows; ++r)
                for (int c = 0; c < out.columns; ++c) {
                    if (out.at(s, r, c) == Volume::kHuPadding) continue;
                    const Vec3d p = out.slice_origin_mm[size_t(s)] +
                                    c * out.column_spacing_mm * out.row_direction +
                                    r * out.row_spacing_mm * out.column_direction;
                    EXPECT_NEAR(out.at(s, r, c), linear(p), 1.0);  // two roundings to whole HU
                    ++inside;
                }
        EXPECT_GT(inside, out.slices * out.rows * out.columns / 2);
    }
}

TEST(Reslice, PlanesStandAsTheyAreViewed) {
    const Volume v = linear_volume();
    EXPECT_EQ(reslice(v, Plane::Coronal, 2, 2).column_direction, (Vec3d{0, 0, -1}));
    EXPECT_EQ(reslice(v, Plane::Sagittal, 2, 2).row_direction, (Vec3d{0, 1, 0}));
    EXPECT_EQ(reslice(v, Plane::Axial, 2, 2).normal(), (Vec3d{0, 0, 1}));
}

TEST(Reslice, AnAlignedGridReturnsItsOwnVoxels) {
    Volume v = linear_volume();
    v.column_direction = {0, 1, 0};
    v.row_spacing_mm = v.column_spacing_mm = 2;
    for (int s = 0; s < v.slices; ++s) v.slice_origin_mm[size_t(s)] = {0, 0, 2.0 * s};
    EXPECT_EQ(resample_regular(v, 2).hu, v.hu);
}

TEST(Reslice, PaddingSpreadsToEveryCellItTouchesAndNoFurther) {
    Volume v = linear_volume();
    const Sampler before(v);
    double hu = 0;
    const Vec3d voxel = v.slice_origin_mm[1] + 3 * 1.25 * v.row_direction + 4 * 1.5 * v.column_direction;
    ASSERT_TRUE(before.at(voxel + Vec3d{0.1, 0, 0.1}, hu));
    v.hu[size_t((1 * v.rows + 4) * v.columns + 3)] = Volume::kHuPadding;
    const Sampler after(v);
    EXPECT_FALSE(after.at(voxel + Vec3d{0.1, 0, 0.1}, hu));
    EXPECT_TRUE(after.at(voxel + 1.3 * v.row_direction, hu));
}

TEST(Reslice, RefusesImpossibleSpacing) {
    EXPECT_THROW(resample_regular(linear_volume(), 0), Error);
    EXPECT_THROW(resample_regular(linear_volume(), 1e-5), Error);
}

}  // namespace
}  // namespace radforge::volume
