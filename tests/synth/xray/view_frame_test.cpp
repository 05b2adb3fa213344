// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/view_frame.h"

#include "render/xray/projector.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace radforge::xray {
namespace {

/// Balls of random density, so that most of the cube is empty and edges are steep.
Cube balls(int n, int largest) {
    Cube cube;
    cube.n = n, cube.largest = largest;
    cube.edge_mm = n;
    cube.levels.assign(size_t(n * n * n), 0);
    Rng rng({{3}, 0}, Stream::Geometry);
    for (int ball = 0; ball < 6; ++ball) {
        const Vec3d centre{rng.uniform(0, n), rng.uniform(0, n), rng.uniform(0, n)};
        const double radius = rng.uniform(.05, .2) * n, level = rng.uniform(.2, 1) * largest;
        for (int z = 0; z < n; ++z)
            for (int y = 0; y < n; ++y)
                for (int x = 0; x < n; ++x)
                    if (length(Vec3d{x + .5, y + .5, z + .5} - centre) < radius)
                        cube.levels[size_t((z * n + y) * n + x)] = int16_t(level * rng.uniform(.8, 1));
    }
    return cube;
}

Mat3d random_rotation(uint64_t index) {
    Rng rng({{9}, index}, Stream::Camera);
    const Vec3d axis = normalized(Vec3d{rng.normal(), rng.normal(), rng.normal()});
    return rotation_about(axis, rng.uniform(0, 6.28));
}

int level_at(const NdArray& array, size_t i) {
    return array.type == PixelType::U8 ? std::to_integer<int>(array.bytes[i])
                                       : reinterpret_cast<const int16_t*>(array.bytes.data())[i];
}

/// The definition, in double precision.
double reference(const Cube& cube, const Mat3d& m, int x, int y, int z) {
    const double middle = .5 * (cube.n - 1);
    const Vec3d at = m * Vec3d{x - middle, y - middle, z - middle} + Vec3d{middle, middle, middle};
    const Vec3d low{std::floor(at.x), std::floor(at.y), std::floor(at.z)}, f = at - low;
    double sum = 0;
    for (int c = 0; c < 8; ++c) {
        const int i = int(low.x) + (c & 1), j = int(low.y) + (c >> 1 & 1), k = int(low.z) + (c >> 2);
        if (i < 0 || j < 0 || k < 0 || i >= cube.n || j >= cube.n || k >= cube.n) continue;
        sum += (c & 1 ? f.x : 1 - f.x) * (c >> 1 & 1 ? f.y : 1 - f.y) * (c >> 2 ? f.z : 1 - f.z) *
               cube.levels[size_t((k * cube.n + j) * cube.n + i)];
    }
    return sum;
}

TEST(ViewFrame, TheFrameOfTheCubeItselfReturnsTheCube) {
    for (const int largest : {255, 32767}) {
        const Cube cube = balls(21, largest);
        const NdArray same = ViewFrame(cube).resample({});
        ASSERT_EQ(same.shape, (std::vector<int64_t>{21, 21, 21}));
        EXPECT_EQ(same.type, largest == 255 ? PixelType::U8 : PixelType::I16);
        for (size_t i = 0; i < cube.levels.size(); ++i) ASSERT_EQ(level_at(same, i), cube.levels[i]) << i;
    }
}

TEST(ViewFrame, RotatedVoxelsAreTheTrilinearDefinitionRounded) {
    for (const int largest : {255, 32767})
        for (uint64_t trial = 0; trial < 3; ++trial) {
            const Cube cube = balls(trial == 0 ? 32 : 27, largest);
            const Mat3d m = random_rotation(trial);
            const NdArray turned = ViewFrame(cube).resample(m);
            // Positions are float: at most 3e-6 voxels off, times the step between two voxels.
            const double slack = .5 + 1e-5 * largest;
            size_t occupied = 0;
            for (int z = 0; z < cube.n; ++z)
                for (int y = 0; y < cube.n; ++y)
                    for (int x = 0; x < cube.n; ++x) {
                        const int got = level_at(turned, size_t((z * cube.n + y) * cube.n + x));
                        ASSERT_NEAR(got, reference(cube, m, x, y, z), slack) << x << " " << y << " " << z;
                        occupied += got > 0;
                    }
            EXPECT_GT(occupied, 300u);
        }
}

// Runs of samples that meet nothing are passed over: a lone voxel shows whether a run is, that meets one.
TEST(ViewFrame, LoneVoxelsAreFoundFromEveryDirection) {
    constexpr int n = 36;
    for (uint64_t trial = 0; trial < 40; ++trial) {
        Cube cube;
        cube.n = n, cube.largest = 255, cube.edge_mm = n;
        cube.levels.assign(size_t(n * n * n), 0);
        Rng rng({{5}, trial}, Stream::Geometry);
        for (int voxel = 0; voxel < 12; ++voxel) cube.levels[rng.below(cube.levels.size())] = 255;
        cube.levels.front() = cube.levels.back() = 255;
        const double quarter = std::acos(0.);
        const Mat3d m =
            trial < 3
                ? rotation_about({trial == 0 ? 1. : 0, trial == 1 ? 1. : 0, trial == 2 ? 1. : 0}, quarter)
            : trial < 6 ? rotation_about({0, 0, 1}, double(trial - 2) * quarter / 2)
                        : random_rotation(trial);
        const NdArray turned = ViewFrame(cube).resample(m);
        for (int z = 0; z < n; ++z)
            for (int y = 0; y < n; ++y)
                for (int x = 0; x < n; ++x)
                    ASSERT_NEAR(level_at(turned, size_t((z * n + y) * n + x)), reference(cube, m, x, y, z),
                                .51)
                        << trial << ": " << x << " " << y << " " << z;
    }
}

TEST(ViewFrame, ACubeBeyondWhatCanBeTurnedIsAnError) {
    Cube cube;
    cube.n = 1025, cube.largest = 255;
    EXPECT_THROW(ViewFrame{cube}, Error);
}

TEST(ViewFrame, ThreadsChangeNoBit) {
    const Cube cube = balls(40, 255);
    const ViewFrame frame(cube);
    const auto with = [&](int threads) {
        const ThreadLimit limit(threads);
        return frame.resample(random_rotation(7)).bytes;
    };
    EXPECT_EQ(with(1), with(2));
}

TEST(ViewFrame, MirroredRowsAndColumnsAreTheVolumeOfTheMirroredFrame) {
    const Cube cube = balls(18, 255);
    const Mat3d m = random_rotation(2);
    for (const bool rows : {true, false}) {
        Mat3d other = m;
        for (Vec3d& row : other.rows) (rows ? row.y : row.x) *= -1;
        Reflection reflection{rows, {}};
        const NdArray straight = ViewFrame(cube).resample(m, &reflection);
        EXPECT_EQ(straight.bytes, ViewFrame(cube).resample(m).bytes);
        const NdArray &a = reflection.volume, b = ViewFrame(cube).resample(other);
        ASSERT_EQ(a.shape, b.shape);
        ASSERT_EQ(a.bytes.size(), b.bytes.size());
        int worst = 0;
        for (size_t i = 0; i < a.bytes.size(); ++i)
            worst = std::max(worst, std::abs(level_at(a, i) - level_at(b, i)));
        EXPECT_LE(worst, 1);  // other roundings of float positions
        const size_t n = 18;
        for (size_t i = 0; i < a.bytes.size(); ++i) {
            const size_t x = i % n, y = i / n % n, plane = i / (n * n) * n * n;
            const size_t twin = rows ? plane + (n - 1 - y) * n + x : plane + y * n + n - 1 - x;
            ASSERT_EQ(level_at(a, i), level_at(straight, twin)) << i;
        }
    }
}

TEST(ViewFrame, InstructionSetsAgreeInEveryBit) {
    if (best_isa() != Isa::Avx512) GTEST_SKIP() << "no AVX-512 here";
    for (const int largest : {255, 32767}) {
        const Cube cube = balls(45, largest);
        for (uint64_t trial = 0; trial < 3; ++trial)
            EXPECT_EQ(ViewFrame(cube, Isa::Avx2).resample(random_rotation(trial)).bytes,
                      ViewFrame(cube, Isa::Avx512).resample(random_rotation(trial)).bytes);
    }
}

// With 128 samples on 128 planes, the paper's quadrature sums the very voxels of the view frame.
TEST(ViewFrame, SumsAlongTheBeamAreTheMarchedIntegrals) {
    Cube cube = balls(48, 32767);
    ProjectorOptions options;
    options.method = Method::March;
    options.march_steps = cube.n;
    options.march_length_mm = cube.edge_mm;
    const auto projector = make_projector(cube.grid(), options);
    for (uint64_t trial = 0; trial < 3; ++trial) {
        const Vec3d forward = random_rotation(trial).column(2), up = random_rotation(trial).column(1);
        const View view = parallel_view(forward, up, {}, cube.voxel_mm(), cube.n, cube.n);
        const Vec3d right = normalized(view.column_step_mm), down = normalized(view.row_step_mm);
        const Mat3d patient_from_view{
            {{right.x, down.x, forward.x}, {right.y, down.y, forward.y}, {right.z, down.z, forward.z}}};
        const NdArray volume = ViewFrame(cube).resample(cube_axes().transposed() * patient_from_view);
        const Image integral = projector->project(Span<const View>(&view, 1))[0];
        const size_t plane = size_t(cube.n) * size_t(cube.n);
        double worst = 0;
        for (size_t i = 0; i < plane; ++i) {
            double sum = 0;
            for (int z = 0; z < cube.n; ++z) sum += level_at(volume, size_t(z) * plane + i);
            worst = std::max(
                worst, std::fabs(sum / cube.largest * cube.voxel_mm() - double(integral.values<float>()[i])));
        }
        // Each voxel is rounded by at most half a step of 1/32767 and 3e-6 of a voxel's position.
        EXPECT_LT(worst, cube.n * (.5 / 32767 + 1e-5));
    }
}

TEST(ViewFrame, TransformMapsCornersOfTheViewIntoTheCube) {
    const Mat3d m = rotation_about({0, 0, 1}, 1.5707963267948966);
    const std::vector<double> t = cube_from_view_4x4(m);
    ASSERT_EQ(t.size(), 16u);
    // x of the view runs along y of the cube.
    EXPECT_NEAR(t[4], 1, 1e-12);
    EXPECT_NEAR(t[0], 0, 1e-12);
    EXPECT_EQ(t[15], 1);
}

}  // namespace
}  // namespace radforge::xray
