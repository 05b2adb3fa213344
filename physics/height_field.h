// SPDX-License-Identifier: Apache-2.0
/// A surface that lies on the desk, as heights over the ground: what a film that lies on other films touches.
#pragma once
#include "synth/base/mesh.h"

#include <vector>

namespace radforge::physics {

/// Heights on a square raster, smoothed to a surface without kinks (quadratic B-spline).
class HeightField {
public:
    /// The upper side of `meshes` seen from above; beyond them it falls away at 45 degrees.
    HeightField(const std::vector<Mesh>& meshes, double raster_m);

    struct Point {
        double height_m, slope_x, slope_z;
    };
    /// Far below everything outside the raster.
    Point at(double x_m, double z_m) const;

private:
    double& cell(int i, int j) { return heights_m_[size_t(j) * size_t(columns_) + size_t(i)]; }
    double cell(int i, int j) const { return heights_m_[size_t(j) * size_t(columns_) + size_t(i)]; }
    void raise_to(const Mesh& mesh);
    void fall_away();
    double raster_m_, x0_m_, z0_m_;
    int columns_, rows_;
    std::vector<double> heights_m_;
};

}  // namespace radforge::physics
