// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/density.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/crania.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

/// Slices at the given places along z, sheared along y by `tilt` mm per mm; HU from a function of the place.
template <class F>
Volume make_volume(int rows, int columns, double pixel_mm, const std::vector<double>& z_mm, double tilt,
                   F hu) {
    Volume v;
    v.slices = int(z_mm.size()), v.rows = rows, v.columns = columns;
    v.row_spacing_mm = v.column_spacing_mm = pixel_mm;
    for (const double z : z_mm) {
        const Vec3d origin{-0.5 * (columns - 1) * pixel_mm, -0.5 * (rows - 1) * pixel_mm + tilt * z, z};
        v.slice_origin_mm.push_back(origin);
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < columns; ++c)
                v.hu.push_back(int16_t(std::lround(hu(origin + Vec3d{c * pixel_mm, r * pixel_mm, 0}))));
    }
    return v;
}

std::vector<double> even(int count, double gap) {
    std::vector<double> z;
    for (int i = 0; i < count; ++i) z.push_back((i - 0.5 * (count - 1)) * gap);
    return z;
}

TEST(Density, FollowsTheScaleOfTheSpecification) {
    EXPECT_EQ(density_from_hu(-1000), 0);
    EXPECT_EQ(density_from_hu(-3000), 0);
    EXPECT_FLOAT_EQ(density_from_hu(0), 0.4f);
    EXPECT_FLOAT_EQ(density_from_hu(1500), 1);
    EXPECT_EQ(density_from_hu(3000), 1);
}

TEST(Density, CubeOfACubeIsItself) {
    CraniumSpec spec;
    spec.size_voxels = 40;
    const Volume v = make_cranium(spec, Seed{9}, 3, 1);
    const DensityCube cube = density_cube(v, 40);
    EXPECT_NEAR(cube.side_mm, 40 * v.row_spacing_mm, 1e-9);
    EXPECT_NEAR(length(cube.centre_mm), 0, 1e-9);
    double worst = 0;
    for (size_t i = 0; i < v.hu.size(); ++i)
        worst = std::max(worst, double(std::abs(cube.values[i] - density_from_hu(v.hu[i]))));
    EXPECT_LT(worst, 1e-6);
}

TEST(Density, DownsamplingIsAGaussianOfHalfATargetVoxel) {
    // A Gaussian of deviation s becomes one of deviation sqrt(s^2 + (0.5 pitch)^2), with the same sum.
    const double s = 6, pitch = 4;
    const Volume v = make_volume(128, 128, 1, even(128, 1), 0, [&](Vec3d p) {
        return -1000 + 2400 * std::exp(-0.5 * dot(p, p) / (s * s));
    });
    const DensityCube cube = density_cube(v, 32);
    ASSERT_NEAR(cube.side_mm, 128, 1e-9);
    const double wide = std::sqrt(s * s + 0.25 * pitch * pitch),
                 scale = 2400.0 / 2500 * std::pow(s / wide, 3);
    double worst = 0;
    for (int z = 0; z < 32; ++z)
        for (int y = 0; y < 32; ++y)
            for (int x = 0; x < 32; ++x) {
                const Vec3d p = Vec3d{x - 15.5, y - 15.5, z - 15.5} * pitch;
                const double expected = scale * std::exp(-0.5 * dot(p, p) / (wide * wide));
                worst = std::max(worst, std::abs(double(cube.at(x, y, z)) - expected));
            }
    // Rounding to whole HU (2e-4) and the bilinear sampling of the blurred slices (second derivative / 8).
    EXPECT_LT(worst, 0.006);
}

TEST(Density, TiltAndUnevenSpacingLeaveALinearFieldLinear) {
    const auto hu = [](Vec3d p) { return 200 + 4 * p.x - 3 * p.y + 2.5 * p.z; };
    std::vector<double> z = even(40, 1.5);
    for (size_t i = 0; i < z.size(); ++i) z[i] += 0.3 * std::sin(double(i));  // gaps of 1.2 to 1.8 mm
    for (const int size : {20, 64}) {  // averaging and interpolating along the normal
        const Volume v = make_volume(96, 96, 0.75, z, 0.3, hu);
        const DensityCube cube = density_cube(v, size);
        const double pitch = cube.side_mm / size;
        double worst = 0;
        int checked = 0;
        for (int k = 0; k < size; ++k)
            for (int j = 0; j < size; ++j)
                for (int i = 0; i < size; ++i) {
                    const double half = 0.5 * (size - 1);
                    const Vec3d p = cube.centre_mm + Vec3d{i - half, j - half, k - half} * pitch;
                    // Well inside the sheared stack.
                    if (std::abs(p.x) > 20 || std::abs(p.y - 0.3 * p.z) > 18 || std::abs(p.z) > 18) continue;
                    ++checked;
                    worst = std::max(worst, std::abs(double(cube.at(i, j, k)) - (hu(p) + 1000) / 2500));
                }
        EXPECT_GT(checked, 200) << size;
        EXPECT_LT(worst, size == 20 ? 1.5e-3 : 4e-4) << size;
    }
}

TEST(Density, AGapOfMissingSlicesIsInterpolatedAtAnySize) {
    const auto hu = [](Vec3d p) { return 200 + 15 * p.z; };
    std::vector<double> z = even(64, 1);
    z.erase(z.begin() + 26, z.begin() + 38);  // 13 mm from slice to slice
    const Volume v = make_volume(64, 64, 1, z, 0, hu);
    for (const int size : {8, 16, 32, 64}) {
        const DensityCube cube = density_cube(v, size);
        const double pitch = cube.side_mm / size;
        double worst = 0;
        for (int k = 0; k < size; ++k) {
            const double at = (k - 0.5 * (size - 1)) * pitch;
            if (std::abs(at) > 20) continue;  // the Gaussian reaches out of the body
            worst = std::max(
                worst, std::abs(double(cube.at(size / 2, size / 2, k)) - (hu({0, 0, at}) + 1000) / 2500));
        }
        EXPECT_LT(worst, 0.003 * pitch) << size;  // half a voxel of the slope
    }
}

TEST(Density, DoesNotDependOnTheWayTheSlicesLie) {
    const auto hu = [](Vec3d p) { return 300 * std::sin(0.3 * p.x) * std::cos(0.2 * p.y + 0.4 * p.z); };
    const Volume axial = make_volume(20, 20, 1, even(20, 1), 0, hu);
    Volume sagittal = axial;  // rows run back, columns up, slices left
    sagittal.row_direction = {0, 1, 0}, sagittal.column_direction = {0, 0, 1};
    for (int s = 0; s < 20; ++s) {
        sagittal.slice_origin_mm[size_t(s)] = Vec3d{s - 9.5, -9.5, -9.5};
        for (int r = 0; r < 20; ++r)
            for (int c = 0; c < 20; ++c) sagittal.hu[size_t((s * 20 + r) * 20 + c)] = axial.at(r, c, s);
    }
    const DensityCube a = density_cube(axial, 33), b = density_cube(sagittal, 33);
    double worst = 0;
    for (size_t i = 0; i < a.values.size(); ++i)
        worst = std::max(worst, double(std::abs(a.values[i] - b.values[i])));
    EXPECT_LT(worst, 1e-5);
    EXPECT_GT(a.at(0, 0, 0), 0.2f) << "the corner is body, not air";
}

TEST(Density, OutsideAndPaddingAreAir) {
    Volume v = make_volume(32, 32, 1, even(16, 1), 0, [](Vec3d) { return 1500; });
    for (int r = 0; r < 32; ++r)
        for (int c = 0; c < 16; ++c)
            for (int s = 0; s < 16; ++s) v.hu[size_t((s * 32 + r) * 32 + c)] = Volume::kHuPadding;
    const DensityCube cube = density_cube(v, 32);
    EXPECT_EQ(cube.at(20, 16, 2), 0);  // below the stack
    EXPECT_EQ(cube.at(8, 16, 16), 0);  // padding
    EXPECT_EQ(cube.at(24, 16, 16), 1);
    const DensityCube coarse = density_cube(v, 8);
    EXPECT_NEAR(coarse.at(6, 4, 4), 1, 5e-3);  // the Gaussian reaches out of the body
    EXPECT_LT(coarse.at(1, 4, 4), 1e-3);
}

TEST(Density, ThreadsDoNotChangeTheCube) {
    const Volume v = make_volume(40, 40, 1, even(30, 1.2), 0.1,
                                 [](Vec3d p) { return 300 * std::sin(p.x) * std::cos(p.y + p.z); });
    const auto make = [&](int threads) {
        const ThreadLimit limit(threads);
        return density_cube(v, 24).values;
    };
    EXPECT_EQ(make(1), make(2));
}

TEST(Density, RefusesImpossibleSizes) {
    const Volume v = make_volume(8, 8, 1, even(4, 1), 0, [](Vec3d) { return 0; });
    EXPECT_THROW(density_cube(v, 1), Error);
    EXPECT_THROW(density_cube(v, 2000), Error);
    EXPECT_THROW(density_cube(Volume{}, 32), Error);
}

}  // namespace
}  // namespace radforge::volume
