// SPDX-License-Identifier: Apache-2.0
#include "synth/film/sheet_shape.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::film {
namespace {

Mesh surface(int columns, int rows, Vec3d (*place)(double, double)) {
    std::vector<Vec3f> p;
    for (int j = 0; j < rows; ++j)
        for (int i = 0; i < columns; ++i)
            p.push_back(to_float(place(0.3 * i / (columns - 1), 0.4 * j / (rows - 1))));
    return grid_mesh(columns, rows, std::move(p));
}

TEST(SheetShape, CylinderHasOneCurvatureWhateverItsAxis) {
    const Mesh mesh = surface(121, 161, [](double x, double y) {
        const double a = 0.8 * x + 0.6 * y, b = -0.6 * x + 0.8 * y, radius = 0.2;
        return Vec3d{radius * std::sin(a / radius), b, radius * std::cos(a / radius)};
    });
    const Image k = principal_curvatures(mesh, 121, 161);
    for (int r = 0; r < 161; r += 5)
        for (int c = 0; c < 121; c += 5) {
            const float a = k.view<float>()(r, c, 0), b = k.view<float>()(r, c, 1);
            EXPECT_NEAR(std::max(std::fabs(a), std::fabs(b)), 5, 0.05) << r << " " << c;
            EXPECT_NEAR(std::min(std::fabs(a), std::fabs(b)), 0, 0.1);
            EXPECT_GE(a, b);
        }
}

TEST(SheetShape, SaddleHasOppositeCurvatures) {
    const Mesh mesh = surface(61, 81, [](double x, double y) {
        const double u = x - 0.15, v = y - 0.2;
        return Vec3d{u, v, 1.5 * u * u - v * v};
    });
    const Image k = principal_curvatures(mesh, 61, 81);
    EXPECT_NEAR(k.view<float>()(40, 30, 0), 3, 0.02);
    EXPECT_NEAR(k.view<float>()(40, 30, 1), -2, 0.02);
}

TEST(SheetShape, PlacesLieOnTheFacesOfTheGrid) {
    const Mesh mesh = surface(4, 5, [](double x, double y) { return Vec3d{x, y, x * y}; });
    for (int j = 0; j < 5; ++j)
        for (int i = 0; i < 4; ++i) {
            const Vec3d p = on_sheet(mesh, 4, 5, {i / 3.0, j / 4.0});
            EXPECT_LT(length(p - to_double(mesh.positions_m[size_t(j * 4 + i)])), 1e-6);
        }
    // Middle of the first cell: on the diagonal from its first to its last node.
    const Vec3d middle = on_sheet(mesh, 4, 5, {0.5 / 3, 0.5 / 4});
    EXPECT_LT(length(middle - (to_double(mesh.positions_m[0]) + to_double(mesh.positions_m[5])) * 0.5), 1e-6);
    EXPECT_LT(length(on_sheet(mesh, 4, 5, {1.2, -0.1}) - to_double(mesh.positions_m[3])), 1e-6);
}

}  // namespace
}  // namespace radforge::film
