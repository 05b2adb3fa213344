// SPDX-License-Identifier: Apache-2.0
/// Whether surfaces pass through each other: edges of one that pierce triangles of the other.
#pragma once
#include "synth/base/mesh.h"

#include <cstdint>

namespace radforge::physics {

/// Sides of triangles of either mesh that pierce a triangle of the other; an edge between two triangles is a
/// side of both.
int64_t crossings(const Mesh& a, const Mesh& b);

}  // namespace radforge::physics
