// SPDX-License-Identifier: Apache-2.0
/// Branching vessels of the procedural phantoms.
#pragma once
#include "synth/base/rng.h"
#include "synth/volume/phantom_scan.h"

#include <functional>
#include <vector>

namespace radforge::volume {

struct VesselSegment {
    Vec3f from, to;
    float radius_from_mm, radius_to_mm;
};

/// Grows a tree from `root` to `leaves` random points of a region: each point joins the nearest node by a
/// bent branch; radii follow Murray's law r^3 = sum of r^3 (C. D. Murray, PNAS 12, 1926).
/// @param draw  a random point of the region
std::vector<VesselSegment> grow_tree(Vec3f root, Vec3f heading, int leaves, float leaf_radius_mm,
                                     const std::function<Vec3f(Rng&)>& draw, Rng& rng);

/// Paints the segments with `tissue` over every tissue that `over` accepts.
void add_tree(Anatomy& anatomy, const std::vector<VesselSegment>& tree, Tissue tissue, Tissue over);

}  // namespace radforge::volume
