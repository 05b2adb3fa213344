// SPDX-License-Identifier: Apache-2.0
#include "physics/collider.h"
#include "physics/crease.h"
#include "physics/grid_cholesky.h"
#include "physics/measure.h"
#include "physics/penetration.h"
#include "physics/refine.h"
#include "physics/self_contact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace radforge::physics {
namespace {

constexpr double kPi = 3.14159265358979323846;

double enclosed_m3(const Mesh& m) {
    double v = 0;
    for (const Tri& f : m.faces)
        v += dot(to_double(m.positions_m[f[0]]),
                 cross(to_double(m.positions_m[f[1]]), to_double(m.positions_m[f[2]]))) /
             6;
    return v;
}

/// Entry (i, j) of the block of rows of node a, columns of node b of a symmetric, diagonally dominant matrix.
double entry(int a, int b, int i, int j) {
    if (a == b && i == j) return 40.0 + (a + i) % 3;
    const int low = std::min(3 * a + i, 3 * b + j), high = std::max(3 * a + i, 3 * b + j);
    return std::sin(low + 7.0 * high);
}

/// Visits the pairs of free nodes at most two steps apart.
template <class Visit>
void each_pair(const FilmGrid& grid, const std::vector<char>& held, const Visit& visit) {
    for (int a = 0; a < int(grid.size()); ++a)
        for (int b = 0; b < int(grid.size()); ++b) {
            const int steps =
                std::abs(a % grid.columns - b % grid.columns) + std::abs(a / grid.columns - b / grid.columns);
            if (steps <= 2 && !held[size_t(a)] && !held[size_t(b)]) visit(a, b);
        }
}

TEST(GridCholesky, SolvesSystemsOfGridsOfEveryShapeWhereverTheyAreHeld) {
    for (const FilmGrid& grid : {FilmGrid{1, 1}, FilmGrid{2, 3}, FilmGrid{3, 40}, FilmGrid{9, 9},
                                 FilmGrid{14, 17}, FilmGrid{30, 11}})
        for (const int every : {1000, 3, 1}) {  // rows of held nodes
            std::vector<char> held(grid.size(), 0);
            for (int node = 0; node < int(grid.size()); ++node)
                held[size_t(node)] = every > 1 ? (node / grid.columns + 1) % every == 0 : node % 5 == 0;
            GridCholesky a(grid, held);
            const std::vector<int>& free = a.free_nodes();
            ASSERT_EQ(free.size(), size_t(std::count(held.begin(), held.end(), 0)));
            std::vector<int> row_of(grid.size(), -1);
            for (size_t r = 0; r < free.size(); ++r) row_of[size_t(free[r])] = int(r);
            for (int time = 0; time < 2; ++time) {  // the second factor forgets the first
                a.clear();
                std::vector<double> x(3 * free.size(), 0.0);
                each_pair(grid, held, [&](int p, int q) {
                    const GridCholesky::Block block = a.block(p, q);
                    for (int i = 0; i < 3; ++i)
                        for (int j = 0; j < 3; ++j) {
                            const double value = entry(p, q, i, j) + (p == q && i == j ? time : 0);
                            if (block.first) block.first[size_t(j) * block.step + size_t(i)] += value;
                            x[size_t(3 * row_of[size_t(p)] + i)] += value * std::sin(3 * q + j);
                        }
                });
                ASSERT_TRUE(a.factor());
                a.solve(x.data());
                for (size_t r = 0; r < free.size(); ++r)
                    for (int i = 0; i < 3; ++i)
                        ASSERT_NEAR(x[3 * r + size_t(i)], std::sin(3 * free[r] + i), 1e-12)
                            << grid.columns << " x " << grid.rows << " node " << free[r];
            }
        }
}

TEST(GridCholesky, MatrixThatIsNotPositiveDefiniteIsTold) {
    const FilmGrid grid{9, 12};
    const std::vector<char> held(grid.size(), 0);
    GridCholesky a(grid, held);
    const auto fill = [&](double corner) {
        a.clear();
        each_pair(grid, held, [&](int p, int q) {
            const GridCholesky::Block block = a.block(p, q);
            for (size_t i = 0; i < 3 && p == q; ++i)
                block.first[i * block.step + i] = p == 100 ? corner : 1.0;
        });
        return a.factor();
    };
    EXPECT_TRUE(fill(0.5));
    EXPECT_FALSE(fill(0));
    EXPECT_FALSE(fill(-0.5));
}

TEST(Collider, MeshesFaceOutwardsAndLieOnTheirSurface) {
    const Collider shapes[] = {
        Collider::box({rotation_about({0, 0, 1}, 0.4), {0.1, 0.2, 0.3}}, {0.05, 0.02, 0.08}, 0.004),
        Collider::cylinder({0.2, 0.1, -0.1}, {1, 0, 0}, 0.04, 0.1, 0.003),
        Collider::capsule({0.1, 0.05, 0}, {0.13, 0.09, 0}, 0.01)};
    const double volume[] = {8 * 0.05 * 0.02 * 0.08, kPi * 0.04 * 0.04 * 0.2,
                             kPi * 1e-4 * (0.05 + 4.0 / 3 * 0.01)};
    for (int k = 0; k < 3; ++k) {
        const Mesh mesh = surface_mesh(shapes[k]);
        EXPECT_NEAR(enclosed_m3(mesh) / volume[k], 1, 0.03);
        for (const Vec3f& p : mesh.positions_m)
            EXPECT_NEAR(nearest_surface(shapes[k], to_double(p)).distance_m, 0, 1e-6);
    }
}

TEST(Penetration, SeesAnEdgeBetweenCornersThatTheCornersMiss) {
    const Collider rod = Collider::cylinder({0, 0, 0}, {0, 0, 1}, 0.01, 0.1, 0.002);
    Mesh flat;  // corners 30 mm away, the plane 8 mm from the axis: 2 mm deep
    flat.positions_m = {{-0.03f, 0.008f, -0.03f}, {0.03f, 0.008f, -0.03f}, {0, 0.008f, 0.03f}};
    flat.faces = {{0, 1, 2}};
    EXPECT_NEAR(deepest_penetration_m(flat, {{"cylinder", rod}}), 0.002, 1e-4);
    for (Vec3f& p : flat.positions_m) p.y = 0.0105f;
    EXPECT_EQ(deepest_penetration_m(flat, {{"cylinder", rod}}), 0);
}

TEST(Penetration, SeesATriangleInAFinger) {
    const Collider finger = Collider::capsule({0, 0, -0.02}, {0, 0, 0.02}, 0.008);
    Mesh flat;
    flat.positions_m = {{-0.03f, 0.007f, -0.03f}, {0.03f, 0.007f, -0.03f}, {0, 0.007f, 0.03f}};
    flat.faces = {{0, 1, 2}};
    EXPECT_NEAR(deepest_penetration_m(flat, {{"grip", finger}}), 0.001, 1e-4);
}

TEST(Measure, CylinderHasNoStrainOrDefectAndASphereHas) {
    const FilmGrid grid{65, 53, 0.43, 0.35};
    std::vector<Vec3d> roll, ball;
    const double radius = 0.3;
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) {
            const Vec2d p = grid.film_point_m(i, j);
            const double a = (p.x - 0.215) / radius, b = (p.y - 0.175) / radius;
            roll.push_back({radius * std::sin(a), radius * std::cos(a), p.y});
            ball.push_back({radius * std::sin(a) * std::cos(b), radius * std::cos(a) * std::cos(b),
                            radius * std::sin(b)});
        }
    EXPECT_LT(measure_strain(grid, roll, {}).max, 1e-4);
    EXPECT_LT(angle_defect_rms_deg(grid, roll), 1e-3);
    EXPECT_GT(measure_strain(grid, ball, {}).p99, 0.05);
    // Gaussian curvature 1/R^2 times the area of a cell, about 0.029 degrees.
    EXPECT_NEAR(angle_defect_rms_deg(grid, ball),
                grid.dx_m() * grid.dy_m() / (radius * radius) * 180 / 3.14159265, 0.006);
}

TEST(Measure, LargestCurvatureIsThatOfTheTightestBend) {
    const FilmGrid grid{65, 53, 0.43, 0.35};
    const auto bent = [&](double radius, double turn) {
        std::vector<Vec3d> x;
        for (int j = 0; j < grid.rows; ++j)
            for (int i = 0; i < grid.columns; ++i) {
                const Vec2d p = grid.film_point_m(i, j);
                const double across = p.x * std::cos(turn) + p.y * std::sin(turn),
                             along = p.y * std::cos(turn) - p.x * std::sin(turn);
                x.push_back({radius * std::sin(across / radius), radius * std::cos(across / radius), along});
            }
        return x;
    };
    EXPECT_NEAR(largest_curvature_per_m(grid, bent(0.1, 0)), 10, 0.01);
    EXPECT_NEAR(largest_curvature_per_m(grid, bent(0.03, std::atan2(0.43 / 64, 0.35 / 52))), 33.3, 0.4)
        << "bent along a diagonal";
    EXPECT_LT(largest_curvature_per_m(grid, bent(1e6, 0)), 1e-3);
}

TEST(SelfContact, RollOfMoreThanOneTurnThatClosesIsSeenAndASpiralIsNot) {
    const FilmGrid grid{241, 41, 0.43, 0.07};
    const auto roll = [&](double growth) {
        std::vector<Vec3d> x;
        for (int j = 0; j < grid.rows; ++j)
            for (int i = 0; i < grid.columns; ++i) {
                const Vec2d p = grid.film_point_m(i, j);
                const double a = p.x / 0.05, radius = 0.05 + growth * a;
                x.push_back({radius * std::cos(a), radius * std::sin(a), p.y});
            }
        return x;
    };
    EXPECT_TRUE(touches_itself(grid, roll(0), 0.75 * grid.dx_m(), 0.02));
    EXPECT_FALSE(touches_itself(grid, roll(1e-3), 0.75 * grid.dx_m(), 0.02));
    // Two halves that cross like a pair of scissors.
    std::vector<Vec3d> crossing;
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) {
            const Vec2d p = grid.film_point_m(i, j);
            const bool second = p.x > 0.215;
            crossing.push_back(second ? Vec3d{0.001 + (p.x - 0.215) * 0.8, (p.x - 0.215) * 0.6 - 0.05, p.y}
                                      : Vec3d{p.x, 0.0007, p.y});
        }
    EXPECT_TRUE(touches_itself(grid, crossing, 0.75 * grid.dx_m(), 0.02));
}

TEST(Refine, KeepsNodesAndFollowsASmoothShape) {
    const FilmGrid coarse{33, 27, 0.43, 0.35}, fine = refined_grid(coarse, 1.7e-3);
    EXPECT_LE(fine.dx_m(), 1.7e-3);
    EXPECT_LE(fine.dy_m(), 1.7e-3);
    const auto shape = [](Vec2d p) {
        return Vec3d{p.x, 0.05 * std::sin(3.14159265 * p.x / 0.43) * std::cos(3 * p.y), p.y};
    };
    std::vector<Vec3d> x;
    for (int j = 0; j < coarse.rows; ++j)
        for (int i = 0; i < coarse.columns; ++i) x.push_back(shape(coarse.film_point_m(i, j)));
    const std::vector<Vec3d> y = resample(coarse, x, fine);
    EXPECT_NEAR(length(y[0] - x[0]), 0, 1e-12);
    for (int j = 0; j < fine.rows; ++j)
        for (int i = 0; i < fine.columns; ++i)
            EXPECT_LT(length(y[size_t(fine.id(i, j))] - shape(fine.film_point_m(i, j))), 2e-5);
}

TEST(HeightField, FollowsATiltedSheetAndFallsAwayBesideIt) {
    std::vector<Vec3f> corners;
    for (int j = 0; j < 9; ++j)
        for (int i = 0; i < 9; ++i)
            corners.push_back({0.02f * float(i), 0.01f + 0.002f * float(i), 0.02f * float(j)});
    const HeightField field({grid_mesh(9, 9, corners)}, 0.004);
    const HeightField::Point p = field.at(0.077, 0.081);
    EXPECT_NEAR(p.height_m, 0.01 + 0.1 * 0.077, 1e-6);
    EXPECT_NEAR(p.slope_x, 0.1, 1e-5);
    EXPECT_NEAR(p.slope_z, 0, 1e-5);
    EXPECT_LT(field.at(0.08, 0.172).height_m, field.at(0.08, 0.155).height_m - 0.008);
    EXPECT_LT(field.at(5, 5).height_m, -0.5);
    const Collider lying = Collider::on_heights(std::make_shared<const HeightField>(field));
    const SurfacePoint s = nearest_surface(lying, {0.077, 0.01 + 0.1 * 0.077 + 0.003, 0.081});
    EXPECT_NEAR(s.distance_m, 0.003 / std::sqrt(1.01), 1e-6);
    EXPECT_NEAR(length(s.normal), 1, 1e-12);
}

TEST(Refine, DoesNotStretchASharplyBentFilm) {
    const FilmGrid coarse{53, 65, 0.3556, 0.4318}, fine = refined_grid(coarse, 1.7e-3);
    Crease crease;
    crease.from_m = {0, 0.2};
    crease.to_m = {0.3556, 0.23};
    crease.angle_rad = 1.4;
    const auto shape = folded_shape(crease, crease.angle_rad, crease.band_m(coarse));
    std::vector<Vec3d> x;
    for (int j = 0; j < coarse.rows; ++j)
        for (int i = 0; i < coarse.columns; ++i) x.push_back(shape(coarse.film_point_m(i, j)));
    const Strain strain = measure_strain(fine, resample(coarse, x, fine), {});
    EXPECT_LT(strain.p99, 0.004);
    EXPECT_LT(strain.max, 0.008);
}

TEST(Crease, FoldedShapeIsAnIsometryThatTurnsByItsAngle) {
    Crease crease;
    crease.from_m = {0.02, 0.05};
    crease.to_m = {0.3, 0.2};
    const double angle = 1.1;
    const auto shape = folded_shape(crease, angle, 0.03);
    const double step = 1e-4;
    for (int j = 0; j < 20; ++j)
        for (int i = 0; i < 20; ++i) {
            const Vec2d p{0.017 * i, 0.021 * j};
            const Vec3d du = shape({p.x + step, p.y}) - shape(p), dv = shape({p.x, p.y + step}) - shape(p);
            EXPECT_NEAR(length(du) / step, 1, 1e-3);
            EXPECT_NEAR(length(dv) / step, 1, 1e-3);
            EXPECT_NEAR(dot(du, dv) / (step * step), 0, 2e-3);
        }
    const Vec2d n = crease.across(), far{0.16 + 0.1 * n.x, 0.125 + 0.1 * n.y},
                near{0.16 - 0.1 * n.x, 0.125 - 0.1 * n.y};
    const auto normal = [&](Vec2d p) {
        return normalized(cross(shape({p.x + step, p.y}) - shape(p), shape({p.x, p.y + step}) - shape(p)));
    };
    EXPECT_NEAR(std::acos(dot(normal(far), normal(near))), angle, 1e-6);
    EXPECT_GT(shape(far).z, 0);  // towards the image side
}

TEST(Crease, RestCurvatureTurnsByTheAngleOnAnyGrid) {
    Crease crease;
    crease.from_m = {0, 0.19};
    crease.to_m = {0.3, 0.21};
    crease.angle_rad = 0.8;
    for (const int rows : {33, 65}) {
        const FilmGrid grid{17, rows, 0.3, 0.4};
        double turn = 0;  // along a column: sum of the curvature times the step
        for (int j = 0; j < rows; ++j)
            turn += crease_state({crease}, grid, grid.film_point_m(8, j)).vv * grid.dy_m();
        EXPECT_NEAR(turn, 0.8 * crease.across().y, 0.01);
    }
    crease.fade_m = 0.03;
    EXPECT_EQ(crease_state({crease}, FilmGrid{17, 33, 0.3, 0.4}, {-0.01, 0.19}).vv, 0);
}

}  // namespace
}  // namespace radforge::physics
