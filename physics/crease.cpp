// SPDX-License-Identifier: Apache-2.0
#include "physics/crease.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace radforge::physics {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLeastCells = 2.5;       // a raised cosine is sampled well from two cells on
constexpr double kLargestTurn_rad = 0.5;  // at one node; the refined mesh still follows the arc
constexpr int kProfilePoints = 256;

double smooth_step(double t) {
    t = std::clamp(t, 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

/// How much of the crease is there along its line, [0, 1].
double along_weight(const Crease& c, Vec2d p) {
    if (!(c.fade_m > 0)) return 1;
    const Vec2d line = c.to_m - c.from_m;
    const double size = length(line), s = dot(p - c.from_m, line) / size;
    return smooth_step(s / c.fade_m) * smooth_step((size - s) / c.fade_m);
}

}  // namespace

Vec2d Crease::across() const {
    const Vec2d line = to_m - from_m;
    const double size = length(line);
    RADFORGE_ASSERT(size > 0);
    return {-line.y / size, line.x / size};
}

double Crease::distance_m(Vec2d film_point_m) const { return dot(film_point_m - from_m, across()); }

double Crease::band_m(const FilmGrid& grid) const {
    const double cell = std::max(grid.dx_m(), grid.dy_m());
    return std::max({width_m, kLeastCells * cell, 2 * std::abs(angle_rad) / kLargestTurn_rad * cell});
}

CreaseState crease_state(const std::vector<Crease>& creases, const FilmGrid& grid, Vec2d p) {
    CreaseState state;
    for (const Crease& c : creases) {
        const double band = c.band_m(grid), d = c.distance_m(p);
        if (std::abs(d) >= 0.5 * band) continue;
        const double share = 0.5 * (1 + std::cos(2 * kPi * d / band)) * along_weight(c, p);
        const double curvature = 2 * c.angle_rad / band * share;
        const Vec2d n = c.across();
        state.uu += curvature * n.x * n.x;
        state.vv += curvature * n.y * n.y;
        state.uv += curvature * n.x * n.y;
        state.stiffness = std::min(state.stiffness, 1 - c.softening * share);
    }
    return state;
}

bool in_crease(const std::vector<Crease>& creases, const FilmGrid& grid, Vec2d p) {
    return std::any_of(creases.begin(), creases.end(), [&](const Crease& c) {
        const double half = 0.5 * c.band_m(grid);
        const Vec2d line = c.to_m - c.from_m;
        const double s = dot(p - c.from_m, line) / length(line);
        const bool beside = c.fade_m > 0 && (s < -half || s > length(line) + half);
        return !beside && std::abs(c.distance_m(p)) <= half + std::max(grid.dx_m(), grid.dy_m());
    });
}

std::function<Vec3d(Vec2d)> folded_shape(const Crease& crease, double angle_rad, double band_m) {
    // (across, height) at equal steps of the arc, from the start of the band to its end.
    auto profile = std::make_shared<std::vector<Vec2d>>();
    Vec2d at{-0.5 * band_m, 0};
    const double step = band_m / kProfilePoints;
    profile->push_back(at);
    for (int k = 0; k < kProfilePoints; ++k) {
        const double t = (k + 0.5) / kProfilePoints;
        const double turn = angle_rad * (t - std::sin(2 * kPi * t) / (2 * kPi));
        at = at + Vec2d{std::cos(turn), std::sin(turn)} * step;
        profile->push_back(at);
    }
    const Vec2d out{std::cos(angle_rad), std::sin(angle_rad)};
    return [=](Vec2d p) {
        const double d = crease.distance_m(p);
        Vec2d q{d, 0};
        if (d >= 0.5 * band_m)
            q = profile->back() + out * (d - 0.5 * band_m);
        else if (d > -0.5 * band_m) {
            const double s = (d + 0.5 * band_m) / step;
            const size_t k = std::min(size_t(s), size_t(kProfilePoints) - 1);
            const double f = s - double(k);
            q = (*profile)[k] * (1 - f) + (*profile)[k + 1] * f;
        }
        const Vec2d flat = p + crease.across() * (q.x - d);
        return Vec3d{flat.x, flat.y, q.y};
    };
}

}  // namespace radforge::physics
