// SPDX-License-Identifier: Apache-2.0
#include "physics/self_push.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace radforge::physics {
namespace {

// Softer than against obstacles: what presses on a node is far below a millinewton, and stiff diagonal blocks
// would hold back two layers that move together.
constexpr double kStiffness_n_per_m = 10, kStick_m = 2e-4;
constexpr int kNeighbours = 3;   // cells along the film within which it cannot reach itself
constexpr double kBeside = 0.1;  // of the reach, off a triangle's prism
constexpr int kSameFold = 2;     // cells; a pair there tells the side of another one

struct Nearest {
    double weight[3];
    Vec3d point;
};

/// The point of a triangle nearest to p. Source: Ericson, Real-Time Collision Detection, 2005, 5.1.5.
Nearest nearest_on(Vec3d p, Vec3d a, Vec3d b, Vec3d c) {
    const auto at = [&](double u, double v, double w) { return Nearest{{u, v, w}, a * u + b * v + c * w}; };
    const Vec3d ab = b - a, ac = c - a, ap = p - a, bp = p - b, cp = p - c;
    const double d1 = dot(ab, ap), d2 = dot(ac, ap), d3 = dot(ab, bp), d4 = dot(ac, bp), d5 = dot(ab, cp),
                 d6 = dot(ac, cp);
    if (d1 <= 0 && d2 <= 0) return at(1, 0, 0);
    if (d3 >= 0 && d4 <= d3) return at(0, 1, 0);
    if (d6 >= 0 && d5 <= d6) return at(0, 0, 1);
    const double vc = d1 * d4 - d3 * d2, vb = d5 * d2 - d1 * d6, va = d3 * d6 - d5 * d4;
    if (vc <= 0 && d1 >= 0 && d3 <= 0) return at(1 - d1 / (d1 - d3), d1 / (d1 - d3), 0);
    if (vb <= 0 && d2 >= 0 && d6 <= 0) return at(1 - d2 / (d2 - d6), 0, d2 / (d2 - d6));
    if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
        const double w = (d4 - d3) / ((d4 - d3) + (d5 - d6));
        return at(0, 1 - w, w);
    }
    const double sum = va + vb + vc;
    return at(va / sum, vb / sum, vc / sum);
}

struct Entry {
    int64_t x, y, z;
    int node;
    bool operator<(const Entry& o) const {
        return x != o.x ? x < o.x : y != o.y ? y < o.y : z != o.z ? z < o.z : node < o.node;
    }
};

}  // namespace

SelfPush::SelfPush(const FilmGrid& grid, double distance_m, double friction)
    : grid_(grid),
      distance_m_(distance_m),
      friction_(friction),
      reach_m_(std::max(grid.dx_m(), grid.dy_m())) {}

Vec3d SelfPush::apart(const Pair& pair, const std::vector<Vec3d>& x) const {
    Vec3d sum;
    for (size_t k = 0; k < 4; ++k) sum += x[size_t(pair.node[k])] * pair.weight[k];
    return sum;
}

bool SelfPush::same_fold(int a, int b) const {
    return std::abs(a % grid_.columns - b % grid_.columns) <= kSameFold &&
           std::abs(a / grid_.columns - b / grid_.columns) <= kSameFold;
}

double SelfPush::side_before(int node, const std::array<int, 3>& triangle) const {
    auto p = std::lower_bound(pairs_.begin(), pairs_.end(), node,
                              [](const Pair& pair, int n) { return pair.node[0] < n; });
    for (; p != pairs_.end() && p->node[0] == node; ++p)
        if (same_fold(p->node[1], triangle[0])) return p->side;
    return 0;
}

void SelfPush::look(const std::vector<Vec3d>& x) {
    // A triangle's own nodes lie within a cell's diagonal of any point of it.
    const double cell_m = reach_m_ + std::hypot(grid_.dx_m(), grid_.dy_m());
    const auto index = [&](double v) { return int64_t(std::floor(v / cell_m)); };
    std::vector<Entry> entries;
    entries.reserve(x.size());
    for (size_t k = 0; k < x.size(); ++k)
        entries.push_back({index(x[k].x), index(x[k].y), index(x[k].z), int(k)});
    std::sort(entries.begin(), entries.end());
    std::vector<Pair> found;
    std::vector<int> corners;  // of cells near the node
    for (int node = 0; node < int(x.size()); ++node) {
        const Vec3d p = x[size_t(node)];
        const int i = node % grid_.columns, j = node / grid_.columns;
        corners.clear();
        for (int64_t dx = -1; dx <= 1; ++dx)
            for (int64_t dy = -1; dy <= 1; ++dy) {
                const int64_t cx = index(p.x) + dx, cy = index(p.y) + dy, cz = index(p.z);
                for (auto e = std::lower_bound(entries.begin(), entries.end(), Entry{cx, cy, cz - 1, 0});
                     e != entries.end() && e->x == cx && e->y == cy && e->z <= cz + 1; ++e)
                    corners.push_back(e->node);
            }
        std::sort(corners.begin(), corners.end());
        for (const int corner : corners) {  // the cell's top left one
            const int ci = corner % grid_.columns, cj = corner / grid_.columns;
            if (ci + 1 >= grid_.columns || cj + 1 >= grid_.rows) continue;
            if (i >= ci - kNeighbours && i <= ci + 1 + kNeighbours && j >= cj - kNeighbours &&
                j <= cj + 1 + kNeighbours)
                continue;
            const int a = corner, b = grid_.id(ci + 1, cj), c = grid_.id(ci, cj + 1),
                      d = grid_.id(ci + 1, cj + 1);
            for (const std::array<int, 3>& t : {std::array<int, 3>{a, b, d}, std::array<int, 3>{a, d, c}}) {
                const Vec3d q0 = x[size_t(t[0])], q1 = x[size_t(t[1])], q2 = x[size_t(t[2])];
                const Nearest near = nearest_on(p, q0, q1, q2);
                const Vec3d way = p - near.point;
                if (length(way) > reach_m_) continue;
                const Vec3d up = normalized(cross(q1 - q0, q2 - q0));
                // Beside the triangle is another one, or the film's border, past which a node may go.
                if (length(way - up * dot(way, up)) > kBeside * reach_m_) continue;
                double side = side_before(node, t);
                if (side == 0) side = dot(way, up) >= 0 ? 1 : -1;
                found.push_back({{node, t[0], t[1], t[2]},
                                 {1, -near.weight[0], -near.weight[1], -near.weight[2]},
                                 up * side,
                                 side});
            }
        }
    }
    pairs_ = std::move(found);
}

double SelfPush::energy_j(const std::vector<Vec3d>& x) const {
    double sum = 0;
    for (const Pair& pair : pairs_) {
        const double depth = distance_m_ - dot(pair.normal, apart(pair, x));
        if (depth > 0) sum += 0.5 * kStiffness_n_per_m * depth * depth;
    }
    for (const Stick& s : sticks_) {
        const double y = length(slip_m(s, x));
        sum += s.limit_n *
               (y < kStick_m ? y * y / kStick_m - y * y * y / (3 * kStick_m * kStick_m) : y - kStick_m / 3);
    }
    return sum;
}

void SelfPush::add_to(Stiffness& system, const std::vector<Vec3d>& x) const {
    // Far nodes have no block of their own: each of the four gets a diagonal block that bounds the pair's own
    // from above.
    for (const Pair& pair : pairs_) {
        const double depth = distance_m_ - dot(pair.normal, apart(pair, x));
        if (depth <= 0) continue;
        for (size_t k = 0; k < 4; ++k) {
            system.add_gradient(pair.node[k], pair.normal * (-kStiffness_n_per_m * depth * pair.weight[k]));
            system.add_block(pair.node[k], pair.node[k],
                             {2 * kStiffness_n_per_m * std::abs(pair.weight[k]), 0, pair.normal}, 1);
        }
    }
    for (const Stick& s : sticks_) {
        const Vec3d along = slip_m(s, x);
        const double y = length(along),
                     per_metre = s.limit_n * (y < kStick_m ? (2 - y / kStick_m) / kStick_m : 1 / y);
        for (size_t k = 0; k < 4; ++k) {
            system.add_gradient(s.pair.node[k], along * (per_metre * s.pair.weight[k]));
            const double share = 2 * std::abs(s.pair.weight[k]);
            system.add_block(s.pair.node[k], s.pair.node[k], {0, per_metre, s.pair.normal}, share);
            if (y > 0) {  // along the slip it grows more slowly: see Contacts
                const double growth = s.limit_n * (y < kStick_m ? 2 * (1 - y / kStick_m) / kStick_m : 0.0);
                system.add_block(s.pair.node[k], s.pair.node[k], {growth - per_metre, 0, along / y}, share);
            }
        }
    }
}

Vec3d SelfPush::slip_m(const Stick& stick, const std::vector<Vec3d>& x) const {
    const Vec3d moved = apart(stick.pair, x) - stick.anchor_m;
    return moved - stick.pair.normal * dot(stick.pair.normal, moved);
}

void SelfPush::advance(const std::vector<Vec3d>& x) {
    std::vector<Stick> next;
    size_t old = 0;
    for (const Pair& pair : pairs_) {
        const Vec3d r = apart(pair, x);
        const double depth = distance_m_ - dot(pair.normal, r);
        if (depth <= 0) continue;
        Stick stick{pair, r, friction_ * kStiffness_n_per_m * depth};
        while (old < sticks_.size() && sticks_[old].pair.node[0] < pair.node[0]) ++old;
        for (size_t k = old; k < sticks_.size() && sticks_[k].pair.node[0] == pair.node[0]; ++k) {
            if (!same_fold(sticks_[k].pair.node[1], pair.node[1])) continue;
            // What friction holds already, on this triangle or on the one before.
            const Vec3d slip = slip_m(sticks_[k], x);
            stick.anchor_m = r - slip * std::min(1.0, kStick_m / std::max(length(slip), 1e-30));
            break;
        }
        next.push_back(stick);
    }
    sticks_ = std::move(next);
}

}  // namespace radforge::physics
