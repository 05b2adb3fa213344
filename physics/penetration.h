// SPDX-License-Identifier: Apache-2.0
/// Depth of a mesh in obstacles by triangle tests, independent of the solver's own distances: Bullet's
/// Gilbert-Johnson-Keerthi and expanding-polytope algorithms on each triangle and the obstacle's convex
/// shape.
#pragma once
#include "physics/setup.h"

namespace radforge::physics {

/// Deepest overlap of any triangle with any obstacle in metres, 0 when nothing overlaps.
double deepest_penetration_m(const Mesh& mesh, const std::vector<NamedCollider>& colliders);

}  // namespace radforge::physics
