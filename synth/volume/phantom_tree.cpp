// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_tree.h"

#include "synth/volume/phantom_shape.h"

#include <cmath>

namespace radforge::volume {
namespace {

struct Node {
    Vec3f at;
    int parent;
    float cubed = 0;  ///< radius^3, mm^3
    float path_mm = 0;
};

}  // namespace

std::vector<VesselSegment> grow_tree(Vec3f root, Vec3f heading, int leaves, float leaf_radius_mm,
                                     const std::function<Vec3f(Rng&)>& draw, Rng& rng) {
    std::vector<Node> nodes{{root, -1}};
    nodes.push_back({root + heading, 0, 0, length(heading)});
    const float leaf_cubed = leaf_radius_mm * leaf_radius_mm * leaf_radius_mm;
    for (int i = 0; i < leaves; ++i) {
        const Vec3f target = draw(rng);
        int best = 1;
        float best_cost = 1e30f;
        for (int n = 1; n < int(nodes.size()); ++n) {
            // A little weight on the way back to the root keeps branches pointing outwards.
            const float cost = length(nodes[size_t(n)].at - target) + 0.35f * nodes[size_t(n)].path_mm;
            if (cost < best_cost) best = n, best_cost = cost;
        }
        const Vec3f start = nodes[size_t(best)].at, way = target - start;
        const float span = length(way);
        if (span < 2) continue;
        const Vec3f sag{float(rng.uniform(-0.12, 0.12)) * span, float(rng.uniform(-0.12, 0.12)) * span,
                        float(rng.uniform(-0.12, 0.12)) * span};
        const int steps = std::max(2, int(span / 9));
        int parent = best;
        for (int k = 1; k <= steps; ++k) {
            const float u = float(k) / float(steps);
            const float path = nodes[size_t(parent)].path_mm + span / float(steps);
            nodes.push_back({start + way * u + sag * (4 * u * (1 - u)), parent, 0, path});
            parent = int(nodes.size()) - 1;
        }
        for (int n = parent; n >= 0; n = nodes[size_t(n)].parent) nodes[size_t(n)].cubed += leaf_cubed;
    }
    std::vector<VesselSegment> tree;
    for (size_t n = 1; n < nodes.size(); ++n) {
        if (nodes[n].cubed == 0) continue;
        const Node& parent = nodes[size_t(nodes[n].parent)];
        const float radius = std::cbrt(nodes[n].cubed),
                    wide = std::min(std::cbrt(parent.cubed), radius * 1.15f);
        tree.push_back({parent.at, nodes[n].at, wide, radius});
    }
    return tree;
}

void add_tree(Anatomy& anatomy, const std::vector<VesselSegment>& tree, Tissue tissue, Tissue over) {
    for (const VesselSegment& s : tree)
        anatomy.add(box_between(s.from, s.to, std::max(s.radius_from_mm, s.radius_to_mm) + 0.2f),
                    [s, tissue, over](Vec3f p, Tissue under) {
                        return under == over &&
                                       tube_distance(p, s.from, s.to, s.radius_from_mm, s.radius_to_mm) < 0
                                   ? tissue
                                   : under;
                    });
}

}  // namespace radforge::volume
