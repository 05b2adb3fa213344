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

/// The faces cut along a u + b v = c; vertices of the cuts are added to the mesh.
std::vector<Tri> cut(Mesh& mesh, const std::vector<Tri>& faces, double a, double b, double c) {
    const auto excess = [&](uint32_t i) { return a * double(mesh.uv[i].x) + b * double(mesh.uv[i].y) - c; };
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> crossings;
    const auto crossing = [&](uint32_t i, uint32_t j) {
        const auto [lo, hi] = std::minmax(i, j);
        const auto [entry, fresh] = crossings.try_emplace({lo, hi}, uint32_t(mesh.positions_m.size()));
        if (fresh) {
            const double t = excess(lo) / (excess(lo) - excess(hi));
            const auto mix = [&](float x, float y) { return float(double(x) * (1 - t) + double(y) * t); };
            const Vec2f from = mesh.uv[lo], to = mesh.uv[hi];
            mesh.positions_m.push_back(
                to_float(to_double(mesh.positions_m[lo]) * (1 - t) + to_double(mesh.positions_m[hi]) * t));
            mesh.uv.push_back({mix(from.x, to.x), mix(from.y, to.y)});
        }
        return entry->second;
    };
    std::vector<Tri> inside;
    for (const Tri& face : faces) {
        const double e[] = {excess(face[0]), excess(face[1]), excess(face[2])};
        if (e[0] <= 0 && e[1] <= 0 && e[2] <= 0) {
            inside.push_back(face);
            continue;
        }
        std::array<uint32_t, 4> kept;  // Sutherland and Hodgman, CACM 17(1), 1974, for one line
        size_t count = 0;
        for (size_t k = 0; k < 3; ++k) {
            const size_t next = (k + 1) % 3;
            if (e[k] <= 0) kept[count++] = face[k];
            if ((e[k] < 0 && e[next] > 0) || (e[k] > 0 && e[next] < 0))
                kept[count++] = crossing(face[k], face[next]);
        }
        for (size_t k = 2; k < count; ++k) inside.push_back({kept[0], kept[k - 1], kept[k]});
    }
    return inside;
}

}  // namespace

Mesh clip_uv(const Mesh& mesh, double a, double b, double c) {
    Mesh out = mesh;
    out.faces = cut(out, mesh.faces, a, b, c);
    return compact(out);
}

Mesh with_rounded_corners(const Mesh& mesh, double width_m, double height_m, double radius_m, int segments) {
    if (!(radius_m >= 0 && 2 * radius_m <= std::min(width_m, height_m)) || segments < 1 || segments > 64)
        throw Error(ErrorKind::BadData, "impossible rounded corners")
            .got(std::to_string(radius_m) + " m in " + std::to_string(segments) + " segments")
            .expected("0 m to half of the shorter side, 1..64 segments");
    if (radius_m == 0) return mesh;
    constexpr double kQuarterTurn = 1.57079632679489661923;
    struct Chord {
        double a, b, c;
    };
    Mesh out = mesh;
    std::vector<char> beyond;
    for (const double side_x : {-1.0, 1.0})
        for (const double side_y : {-1.0, 1.0}) {
            const double cx = side_x < 0 ? radius_m : width_m - radius_m,
                         cy = side_y < 0 ? radius_m : height_m - radius_m;
            std::vector<Chord> chords;
            for (int i = 0; i < segments; ++i) {
                const double middle = kQuarterTurn * (i + 0.5) / segments,
                             half = 0.5 * kQuarterTurn / segments;
                const double nx = side_x * std::cos(middle), ny = side_y * std::sin(middle);
                const double reach = nx * cx + ny * cy + radius_m * std::cos(half);
                chords.push_back({nx * width_m, ny * height_m, reach});
            }
            // Only faces with a vertex beyond a chord are cut, by this chord or those that follow.
            beyond.assign(out.uv.size(), 0);
            for (size_t k = 0; k < out.uv.size(); ++k)
                for (const Chord& chord : chords)
                    beyond[k] |= chord.a * double(out.uv[k].x) + chord.b * double(out.uv[k].y) > chord.c;
            const auto rest = std::stable_partition(out.faces.begin(), out.faces.end(), [&](const Tri& face) {
                return !(beyond[face[0]] || beyond[face[1]] || beyond[face[2]]);
            });
            std::vector<Tri> corner(rest, out.faces.end());
            out.faces.erase(rest, out.faces.end());
            for (const Chord& chord : chords) corner = cut(out, corner, chord.a, chord.b, chord.c);
            out.faces.insert(out.faces.end(), corner.begin(), corner.end());
        }
    return compact(out);
}

}  // namespace radforge::geometry
