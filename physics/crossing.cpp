// SPDX-License-Identifier: Apache-2.0
#include "physics/crossing.h"

#include "synth/base/vec.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::physics {
namespace {

constexpr int kMostCells = 128;  // each way

struct Box {
    Vec3d lo{1e30, 1e30, 1e30}, hi{-1e30, -1e30, -1e30};
    void add(Vec3d p) {
        for (int k = 0; k < 3; ++k) {
            lo[k] = std::min(lo[k], p[k]);
            hi[k] = std::max(hi[k], p[k]);
        }
    }
};

Box box_of(const Mesh& mesh, const Tri& f) {
    Box box;
    for (const uint32_t v : f) box.add(to_double(mesh.positions_m[v]));
    return box;
}

/// The triangles of a mesh by the cells of a grid over its bounding box that their own boxes touch.
class TriangleGrid {
public:
    explicit TriangleGrid(const Mesh& mesh) {
        double longest = 0;
        for (const Tri& f : mesh.faces) {
            const Box box = box_of(mesh, f);
            whole_.add(box.lo);
            whole_.add(box.hi);
            for (int k = 0; k < 3; ++k) longest = std::max(longest, box.hi[k] - box.lo[k]);
        }
        for (int k = 0; k < 3; ++k) {
            const double side = whole_.hi[k] - whole_.lo[k];
            cell_m_[k] = std::max({longest, side / kMostCells, 1e-9});
            cells_[k] = int(side / cell_m_[k]) + 1;
        }
        start_.assign(size_t(cells_[0]) * size_t(cells_[1]) * size_t(cells_[2]) + 1, 0);
        for (const Tri& f : mesh.faces) visit(box_of(mesh, f), [&](size_t cell) { ++start_[cell + 1]; });
        for (size_t k = 1; k < start_.size(); ++k) start_[k] += start_[k - 1];
        faces_.resize(start_.back());
        std::vector<size_t> next(start_.begin(), start_.end() - 1);
        for (uint32_t k = 0; k < mesh.faces.size(); ++k)
            visit(box_of(mesh, mesh.faces[k]), [&](size_t cell) { faces_[next[cell]++] = k; });
    }

    /// Triangles near a box, each once, in order.
    void near(const Box& box, std::vector<uint32_t>& found) const {
        found.clear();
        for (int k = 0; k < 3; ++k)
            if (box.hi[k] < whole_.lo[k] || box.lo[k] > whole_.hi[k]) return;
        visit(box, [&](size_t cell) {
            found.insert(found.end(), faces_.begin() + std::ptrdiff_t(start_[cell]),
                         faces_.begin() + std::ptrdiff_t(start_[cell + 1]));
        });
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
    }

private:
    template <class Do>
    void visit(const Box& box, const Do& act) const {
        int lo[3], hi[3];
        for (int k = 0; k < 3; ++k) {
            lo[k] = std::clamp(int(std::floor((box.lo[k] - whole_.lo[k]) / cell_m_[k])), 0, cells_[k] - 1);
            hi[k] = std::clamp(int(std::floor((box.hi[k] - whole_.lo[k]) / cell_m_[k])), 0, cells_[k] - 1);
        }
        for (int z = lo[2]; z <= hi[2]; ++z)
            for (int y = lo[1]; y <= hi[1]; ++y)
                for (int x = lo[0]; x <= hi[0]; ++x)
                    act((size_t(z) * size_t(cells_[1]) + size_t(y)) * size_t(cells_[0]) + size_t(x));
    }

    Box whole_;
    double cell_m_[3];
    int cells_[3];
    std::vector<size_t> start_;
    std::vector<uint32_t> faces_;
};

/// Source: Moeller and Trumbore, Fast, Minimum Storage Ray-Triangle Intersection, JGT 1997.
bool pierces(Vec3d from, Vec3d to, Vec3d a, Vec3d b, Vec3d c) {
    const Vec3d along = to - from, ab = b - a, ac = c - a, p = cross(along, ac);
    const double det = dot(ab, p);
    if (det == 0) return false;  // parallel
    const Vec3d s = from - a, q = cross(s, ab);
    const double u = dot(s, p) / det, v = dot(along, q) / det, t = dot(ac, q) / det;
    return u >= 0 && v >= 0 && u + v <= 1 && t >= 0 && t <= 1;
}

int64_t edges_through(const Mesh& edges, const Mesh& mesh) {
    const TriangleGrid grid(mesh);
    std::vector<uint32_t> found;
    int64_t count = 0;
    for (const Tri& f : edges.faces)
        for (size_t k = 0; k < 3; ++k) {
            const Vec3d from = to_double(edges.positions_m[f[k]]),
                        to = to_double(edges.positions_m[f[(k + 1) % 3]]);
            Box box;
            box.add(from);
            box.add(to);
            grid.near(box, found);
            for (const uint32_t face : found) {
                const Tri& t = mesh.faces[face];
                count += pierces(from, to, to_double(mesh.positions_m[t[0]]),
                                 to_double(mesh.positions_m[t[1]]), to_double(mesh.positions_m[t[2]]));
            }
        }
    return count;
}

}  // namespace

int64_t crossings(const Mesh& a, const Mesh& b) {
    if (a.faces.empty() || b.faces.empty()) return 0;
    return edges_through(a, b) + edges_through(b, a);
}

}  // namespace radforge::physics
