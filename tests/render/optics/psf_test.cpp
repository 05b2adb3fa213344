// SPDX-License-Identifier: Apache-2.0
#include "render/optics/psf.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::optics {
namespace {

struct Path {
    std::vector<float> slice, column_px, row_px;
};

/// A walk in small steps through the middle of a canvas of 32.
Path walk(uint64_t index, int points) {
    Rng rng({{5}, index}, Stream::Geometry);
    Path path;
    double x = 16, y = 16, z = 3;
    for (int t = 0; t < points; ++t) {
        path.column_px.push_back(float(x += rng.uniform(-0.4, 0.4)));
        path.row_px.push_back(float(y += rng.uniform(-0.4, 0.4)));
        z = std::min(6.0, std::max(0.0, z + rng.uniform(-0.2, 0.2)));
        path.slice.push_back(float(z));
    }
    return path;
}

double hat(double x) { return std::max(0.0, 1 - std::abs(x)); }

TEST(Psf, IsTheSumOfBilinearSplats) {
    for (uint64_t index = 0; index < 20; ++index) {
        const Path p = walk(index, 400);
        const Psf psf = rasterise_path(p.column_px, p.row_px, 32, 1.0 / 400);
        double worst = 0;
        for (int r = 0; r < 32; ++r)
            for (int c = 0; c < 32; ++c) {
                double expected = 0;
                for (size_t t = 0; t < 400; ++t)
                    expected += hat(double(p.column_px[t]) - c) * hat(double(p.row_px[t]) - r) / 400;
                worst = std::max(worst, std::abs(expected - double(psf.at(0, r, c))));
            }
        EXPECT_LT(worst, 1e-7);
        EXPECT_NEAR(psf.sum(), 1, 1e-6);
    }
}

TEST(Psf, KeepsTheMeanOfThePath) {
    const Path p = walk(3, 500);
    const Psf psf = rasterise_path(p.slice, p.column_px, p.row_px, 7, 32, 1.0 / 500);
    double x = 0, y = 0, z = 0, mean_x = 0, mean_y = 0, mean_z = 0;
    for (int k = 0; k < 7; ++k)
        for (int r = 0; r < 32; ++r)
            for (int c = 0; c < 32; ++c) {
                const double w = double(psf.at(k, r, c));
                z += w * k, y += w * r, x += w * c;
            }
    for (size_t t = 0; t < 500; ++t) {
        mean_x += double(p.column_px[t]) / 500;
        mean_y += double(p.row_px[t]) / 500;
        mean_z += double(p.slice[t]) / 500;
    }
    EXPECT_NEAR(x, mean_x, 1e-5);
    EXPECT_NEAR(y, mean_y, 1e-5);
    EXPECT_NEAR(z, mean_z, 1e-5);
    EXPECT_NEAR(psf.sum(), 1, 1e-6);
}

TEST(Psf, SlicesOfAThroughPlanePathAddUpToThePlanePath) {
    const Path p = walk(4, 300);
    const Psf volume = rasterise_path(p.slice, p.column_px, p.row_px, 7, 32, 0.01);
    const Psf plane = rasterise_path(p.column_px, p.row_px, 32, 0.01);
    for (int r = 0; r < 32; ++r)
        for (int c = 0; c < 32; ++c) {
            double sum = 0;
            for (int k = 0; k < 7; ++k) sum += double(volume.at(k, r, c));
            EXPECT_NEAR(sum, double(plane.at(0, r, c)), 1e-6);
        }
}

TEST(Psf, LastCellReachesBeyondTheCanvasAndIsCutOff) {
    const float column[] = {3.75f}, row[] = {1.0f};
    const Psf psf = rasterise_path(column, row, 4, 1);
    EXPECT_FLOAT_EQ(psf.at(0, 1, 3), 0.25f);
    EXPECT_NEAR(psf.sum(), 0.25, 1e-7);
}

TEST(Psf, PathBeyondTheCanvasIsAnError) {
    const float inside[] = {1, 2}, left[] = {1, -0.01f}, right[] = {1, 4}, nan[] = {1, NAN},
                slice[] = {0, 2.5f};
    EXPECT_THROW(rasterise_path(left, inside, 4, 1), Error);
    EXPECT_THROW(rasterise_path(inside, right, 4, 1), Error);
    EXPECT_THROW(rasterise_path(nan, inside, 4, 1), Error);
    EXPECT_THROW(rasterise_path(slice, inside, inside, 3, 4, 1), Error);
    EXPECT_NO_THROW(rasterise_path(inside, inside, 4, 1));
}

}  // namespace
}  // namespace radforge::optics
