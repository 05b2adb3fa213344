// SPDX-License-Identifier: Apache-2.0
/// The film's rest shape against a quasi-static reference: the energy of the plate written anew, minimised by
/// L-BFGS (Liu and Nocedal, Mathematical Programming 45, 1989) from a start of its own.
#include "physics/settle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <vector>

namespace radforge::physics {
namespace {

constexpr double kGravity = 9.81;
constexpr double kContact_n_per_m = 100, kClearance_m = 5e-4;

using Shape = std::vector<Vec3d>;

double dot_of(const Shape& a, const Shape& b) {
    double sum = 0;
    for (size_t k = 0; k < a.size(); ++k) sum += dot(a[k], b[k]);
    return sum;
}

/// Stretching, bending, weight and obstacles without friction, on a grid of its own.
class Plate {
public:
    Plate(const FilmGrid& grid, const SheetSpec& sheet, const SheetSetup& setup, double stretch_n_per_m)
        : grid_(grid), setup_(setup), held_(grid.size(), 0) {
        for (const Grip& g : setup.grips) {
            const NodeRange r = g.held.nodes(grid);
            for (int j = r.row0; j <= r.row1; ++j)
                for (int i = r.column0; i <= r.column1; ++i) held_[size_t(grid.id(i, j))] = 1;
        }
        const SheetMaterial& m = sheet.material;
        const double d = m.flexural_rigidity_n_m(), dx = grid.dx_m(), dy = grid.dy_m();
        const int c = grid.columns, r = grid.rows;
        for (int j = 0; j < r; ++j)
            for (int i = 0; i < c; ++i) {
                const double edge_j = j == 0 || j == r - 1 ? 0.5 : 1, edge_i = i == 0 || i == c - 1 ? 0.5 : 1;
                weight_n_.push_back(edge_i * edge_j * dx * dy * m.areal_density_kg_per_m2() * kGravity);
                // A clamped node stands for half a cell of curvature (film-physics 5.2).
                const double clamp = held_[size_t(grid.id(i, j))] ? 2 : 1;
                if (i > 0 && i < c - 1)
                    bend({grid.id(i - 1, j), grid.id(i, j), grid.id(i, j), grid.id(i + 1, j)},
                         clamp * edge_j * d * dy / (dx * dx * dx));
                if (j > 0 && j < r - 1)
                    bend({grid.id(i, j - 1), grid.id(i, j), grid.id(i, j), grid.id(i, j + 1)},
                         clamp * edge_i * d * dx / (dy * dy * dy));
                if (i < c - 1 && j < r - 1)
                    bend({grid.id(i, j), grid.id(i + 1, j), grid.id(i, j + 1), grid.id(i + 1, j + 1)},
                         2 * d / (dx * dy));
                if (i < c - 1) spring(i, j, i + 1, j, 0.75 * stretch_n_per_m * dy / dx);
                if (j < r - 1) spring(i, j, i, j + 1, 0.75 * stretch_n_per_m * dx / dy);
                if (i < c - 1 && j < r - 1) {
                    spring(i, j, i + 1, j + 1, 0.375 * stretch_n_per_m);
                    spring(i + 1, j, i, j + 1, 0.375 * stretch_n_per_m);
                }
            }
    }

    double energy_j(const Shape& x, Shape& gradient) const {
        double sum = 0;
        gradient.assign(x.size(), Vec3d{});
        for (const Bend& b : bends_) {
            const Vec3d v = x[b.n[0]] - x[b.n[1]] - x[b.n[2]] + x[b.n[3]];
            sum += 0.5 * b.k * dot(v, v);
            gradient[b.n[0]] += v * b.k;
            gradient[b.n[1]] -= v * b.k;
            gradient[b.n[2]] -= v * b.k;
            gradient[b.n[3]] += v * b.k;
        }
        for (const Spring& s : springs_) {
            const Vec3d v = x[s.b] - x[s.a];
            const double size = length(v), stretch = size - s.rest_m;
            sum += 0.5 * s.k * stretch * stretch;
            gradient[s.b] += v * (s.k * stretch / size);
            gradient[s.a] -= v * (s.k * stretch / size);
        }
        for (size_t k = 0; k < x.size(); ++k) {
            sum += weight_n_[k] * x[k].y;
            gradient[k].y += weight_n_[k];
            for (const NamedCollider& c : setup_.colliders) {
                const SurfacePoint at = nearest_surface(c.collider, x[k]);
                const double depth = kClearance_m - at.distance_m;
                if (depth <= 0) continue;
                sum += 0.5 * kContact_n_per_m * depth * depth;
                gradient[k] -= at.normal * (kContact_n_per_m * depth);
            }
            if (held_[k]) gradient[k] = {};
        }
        return sum;
    }

    void hold(Shape& x, double time_s) const {
        for (const Grip& g : setup_.grips) {
            const NodeRange r = g.held.nodes(grid_);
            for (int j = r.row0; j <= r.row1; ++j)
                for (int i = r.column0; i <= r.column1; ++i)
                    x[size_t(grid_.id(i, j))] = g.position_m(grid_.film_point_m(i, j), time_s);
        }
    }

private:
    struct Bend {
        size_t n[4];
        double k;
    };
    struct Spring {
        size_t a, b;
        double rest_m, k;
    };
    void bend(const std::array<int, 4>& n, double k) {
        bends_.push_back({{size_t(n[0]), size_t(n[1]), size_t(n[2]), size_t(n[3])}, k});
    }
    void spring(int i0, int j0, int i1, int j1, double k) {
        const double rest = length(grid_.film_point_m(i1, j1) - grid_.film_point_m(i0, j0));
        springs_.push_back({size_t(grid_.id(i0, j0)), size_t(grid_.id(i1, j1)), rest, k});
    }
    FilmGrid grid_;
    const SheetSetup& setup_;
    std::vector<char> held_;
    std::vector<double> weight_n_;
    std::vector<Bend> bends_;
    std::vector<Spring> springs_;
};

/// @returns the norm of the forces left, newtons
double minimise(const Plate& plate, Shape& x, int iterations, double force_n) {
    constexpr size_t kMemory = 30;
    struct Pair {
        Shape s, y;
        double rho;
    };
    std::deque<Pair> pairs;
    Shape g, direction(x.size()), trial(x.size()), next;
    double value = plate.energy_j(x, g);
    for (int k = 0; k < iterations && std::sqrt(dot_of(g, g)) > force_n; ++k) {
        direction = g;
        std::vector<double> alpha;
        for (auto p = pairs.rbegin(); p != pairs.rend(); ++p) {
            alpha.push_back(p->rho * dot_of(p->s, direction));
            for (size_t i = 0; i < x.size(); ++i) direction[i] -= p->y[i] * alpha.back();
        }
        const double scale =
            pairs.empty() ? 1e-5 : 1 / (pairs.back().rho * dot_of(pairs.back().y, pairs.back().y));
        for (Vec3d& d : direction) d = d * scale;
        size_t a = alpha.size();
        for (const Pair& p : pairs) {
            const double beta = p.rho * dot_of(p.y, direction);
            --a;
            for (size_t i = 0; i < x.size(); ++i) direction[i] += p.s[i] * (alpha[a] - beta);
        }
        const double slope = -dot_of(g, direction);
        double share = 1, tried = 0;
        for (int halving = 0; halving < 40; ++halving, share *= 0.5) {
            for (size_t i = 0; i < x.size(); ++i) trial[i] = x[i] - direction[i] * share;
            tried = plate.energy_j(trial, next);
            if (tried <= value + 1e-4 * share * slope) break;
        }
        if (!(tried < value)) {
            if (pairs.empty()) break;
            pairs.clear();
            continue;
        }
        Pair pair;
        for (size_t i = 0; i < x.size(); ++i) {
            pair.s.push_back(trial[i] - x[i]);
            pair.y.push_back(next[i] - g[i]);
        }
        const double curvature = dot_of(pair.s, pair.y);
        if (curvature > 0) {
            pair.rho = 1 / curvature;
            pairs.push_back(std::move(pair));
            if (pairs.size() > kMemory) pairs.pop_front();
        }
        x = trial;
        g = next;
        value = tried;
    }
    return std::sqrt(dot_of(g, g));
}

/// Rest shape by the reference solver: the grips move in twenty steps, each followed by a minimisation.
Shape reference_shape(const SheetSpec& sheet, const SheetSetup& setup, const FilmGrid& grid, Vec3d push_m) {
    Shape x;
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) {
            const Vec2d p = grid.film_point_m(i, j);
            const double u = p.x / sheet.width_m, v = p.y / sheet.height_m;
            x.push_back(setup.start(p) + push_m * (16 * u * (1 - u) * v * (1 - v)));
        }
    const Plate soft(grid, sheet, setup, 2e3), stiff(grid, sheet, setup, 4e4);
    constexpr int kSteps = 20;
    for (int k = 1; k <= kSteps; ++k) {
        soft.hold(x, setup.motion_s * k / kSteps);
        minimise(soft, x, 150, 1e-4);
    }
    minimise(soft, x, 3000, 1e-5);
    EXPECT_LT(minimise(stiff, x, 30000, 3e-4), 5e-3);  // the film weighs 0.36 N
    return x;
}

TEST(Reference, QuasiStaticMinimumAgreesWithTheSettledFilmWithinTwoMillimetres) {
    // Without friction and rest curvature the shape is a matter of energy alone.
    struct Case {
        const char* scenario;
        Vec3d push_m;  ///< of the middle, at the reference's start
    };
    for (const Case& c : {Case{"hanging_two_corners", {0, 0, 0.01}}, Case{"hanging_corner", {0, 0, 0.02}},
                          Case{"desk_edge", {0, 0.02, 0}}}) {
        Rng rng(SampleKey{Seed{77}, 4}, Stream::Geometry);
        SheetSpec sheet = draw_sheet(PhysicsConfig{}, 0.3556, 0.4318, rng);
        sheet.curl_per_m = 0;
        sheet.friction = 0;
        ScenarioRecipe recipe = draw(c.scenario, sheet, rng);
        if (recipe.name == "hanging_two_corners") recipe.set("bow", 1);
        // Two cells of the film's grid, one of the reference's: both hold the same strip.
        if (recipe.name != "desk_edge") recipe.set("clip_m", sheet.height_m / 16);
        const SheetSetup setup = scenario(recipe.name).build(recipe);
        SolverOptions options;
        options.long_side_nodes = 33;
        options.refine_cell_m = 0.1;  // none
        const SettledSheet film = settle(recipe, options);
        EXPECT_TRUE(film.report.imbalance < 0.005) << c.scenario;
        const FilmGrid grid{14, 17, sheet.width_m, sheet.height_m};
        const Shape x = reference_shape(sheet, setup, grid, c.push_m);
        double sum = 0;
        for (int j = 0; j < grid.rows; ++j)
            for (int i = 0; i < grid.columns; ++i) {
                const double u = double(i) / (grid.columns - 1) * (film.columns - 1),
                             v = double(j) / (grid.rows - 1) * (film.rows - 1);
                const int a = std::min(int(u), film.columns - 2), b = std::min(int(v), film.rows - 2);
                const auto at = [&](int p, int q) {
                    return to_double(film.mesh.positions_m[size_t(q) * size_t(film.columns) + size_t(p)]);
                };
                const double s = u - a, t = v - b;
                const Vec3d y = (at(a, b) * (1 - s) + at(a + 1, b) * s) * (1 - t) +
                                (at(a, b + 1) * (1 - s) + at(a + 1, b + 1) * s) * t;
                const Vec3d off = x[size_t(grid.id(i, j))] - y;
                sum += dot(off, off);
            }
        const double rms_m = std::sqrt(sum / double(grid.size()));
        RecordProperty(std::string(c.scenario) + "_rms_um", int(1e6 * rms_m));
        EXPECT_LT(rms_m, 2e-3) << c.scenario;
        EXPECT_GT(rms_m, 1e-7) << c.scenario;
    }
}

}  // namespace
}  // namespace radforge::physics
