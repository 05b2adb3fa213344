// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/rounded_corners.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace radforge::geometry {
namespace {

constexpr uint32_t kUnused = std::numeric_limits<uint32_t>::max();

Mesh compact(const Mesh& mesh) {
    std::vector<uint32_t> moved(mesh.positions_m.size(), kUnused);
    Mesh out;
    out.positions_m.reserve(mesh.positions_m.size());
    out.uv.reserve(mesh.uv.size());
    out.faces.reserve(mesh.faces.size());
    for (Tri face : mesh.faces) {
        for (uint32_t& i : face) {
            if (moved[i] == kUnused) {
                moved[i] = uint32_t(out.positions_m.size());
                out.positions_m.push_back(mesh.positions_m[i]);
                out.uv.push_back(mesh.uv[i]);
            }
            i = moved[i];
        }
        out.faces.push_back(face);
    }
    return out;
}

}  // namespace

Mesh clip_uv(const Mesh& mesh, double a, double b, double c) {
    std::vector<double> excess;
    excess.reserve(mesh.uv.size());
    for (const Vec2f& p : mesh.uv) excess.push_back(a * double(p.x) + b * double(p.y) - c);
    if (std::none_of(excess.begin(), excess.end(), [](double e) { return e > 0; })) return mesh;
    Mesh cut = mesh;
    cut.faces.clear();
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> crossings;
    const auto crossing = [&](uint32_t i, uint32_t j) {
        const auto [lo, hi] = std::minmax(i, j);
        const auto [entry, fresh] = crossings.try_emplace({lo, hi}, uint32_t(cut.positions_m.size()));
        if (fresh) {
            const double t = excess[lo] / (excess[lo] - excess[hi]);
            cut.positions_m.push_back(
                to_float(to_double(mesh.positions_m[lo]) * (1 - t) + to_double(mesh.positions_m[hi]) * t));
            const auto mix = [&](float x, float y) { return float(double(x) * (1 - t) + double(y) * t); };
            cut.uv.push_back({mix(mesh.uv[lo].x, mesh.uv[hi].x), mix(mesh.uv[lo].y, mesh.uv[hi].y)});
        }
        return entry->second;
    };
    for (const Tri& face : mesh.faces) {
        if (excess[face[0]] <= 0 && excess[face[1]] <= 0 && excess[face[2]] <= 0) {
            cut.faces.push_back(face);
            continue;
        }
        std::array<uint32_t, 4> kept;  // Sutherland and Hodgman, CACM 17(1), 1974, for one line
        size_t count = 0;
        for (size_t k = 0; k < 3; ++k) {
            const uint32_t i = face[k], j = face[(k + 1) % 3];
            if (excess[i] <= 0) kept[count++] = i;
            if ((excess[i] < 0 && excess[j] > 0) || (excess[i] > 0 && excess[j] < 0))
                kept[count++] = crossing(i, j);
        }
        for (size_t k = 2; k < count; ++k) cut.faces.push_back({kept[0], kept[k - 1], kept[k]});
    }
    return compact(cut);
}

Mesh with_rounded_corners(const Mesh& mesh, double width_m, double height_m, double radius_m, int segments) {
    if (!(radius_m >= 0 && 2 * radius_m <= std::min(width_m, height_m)) || segments < 1 || segments > 64)
        throw Error(ErrorKind::BadData, "impossible rounded corners")
            .got(std::to_string(radius_m) + " m in " + std::to_string(segments) + " segments")
            .expected("0 m to half of the shorter side, 1..64 segments");
    if (radius_m == 0) return mesh;
    constexpr double kQuarterTurn = 1.57079632679489661923;
    Mesh out = mesh;
    for (const double side_x : {-1.0, 1.0})
        for (const double side_y : {-1.0, 1.0}) {
            const double cx = side_x < 0 ? radius_m : width_m - radius_m,
                         cy = side_y < 0 ? radius_m : height_m - radius_m;
            for (int i = 0; i < segments; ++i) {
                const double middle = kQuarterTurn * (i + 0.5) / segments,
                             half = 0.5 * kQuarterTurn / segments;
                const double nx = side_x * std::cos(middle), ny = side_y * std::sin(middle);
                const double reach = nx * cx + ny * cy + radius_m * std::cos(half);
                out = clip_uv(out, nx * width_m, ny * height_m, reach);
            }
        }
    return out;
}

}  // namespace radforge::geometry
