// SPDX-License-Identifier: Apache-2.0
/// Bodies whose volume and line integrals have a closed form: truths for tests of phantoms and projectors.
#pragma once
#include "synth/base/span.h"
#include "synth/base/vec.h"

#include <vector>

namespace radforge::volume {

/// A uniform ellipsoid. Chord: A. C. Kak and M. Slaney, "Principles of Computerized Tomographic Imaging",
/// 1988, sec. 3.1.
struct Ellipsoid {
    Vec3d centre_mm, semi_axes_mm{1, 1, 1};
    Mat3d axes;        ///< rotation, world from the ellipsoid's frame
    double value = 1;  ///< density inside, any unit per mm (or HU); overlapping bodies add

    double volume_mm3() const;
    bool contains(Vec3d point_mm) const;
    /// Value times the chord of the whole line. @param direction unit length
    double line_integral(Vec3d origin_mm, Vec3d direction) const;
    /// Value times the chord between two points.
    double segment_integral(Vec3d from_mm, Vec3d to_mm) const;
    /// @throws Error when an axis is not positive and finite or `axes` is no rotation
    void validate() const;
};

/// value * exp(-|A^T (x - c) / sigma|^2 / 2): smooth, so quadrature and resampling converge fast.
struct GaussianBlob {
    Vec3d centre_mm, sigma_mm{1, 1, 1};
    Mat3d axes;        ///< rotation, world from the blob's frame
    double value = 1;  ///< at the centre

    double at(Vec3d point_mm) const;
    double integral_mm3() const;  ///< over all space, value * mm^3
    /// Over the whole line. @param direction unit length
    double line_integral(Vec3d origin_mm, Vec3d direction) const;
    double segment_integral(Vec3d from_mm, Vec3d to_mm) const;
    /// @throws Error when a sigma is not positive and finite or `axes` is no rotation
    void validate() const;
};

/// A sum of bodies.
struct AnalyticPhantom {
    std::vector<Ellipsoid> ellipsoids;
    std::vector<GaussianBlob> blobs;

    double at(Vec3d point_mm) const;
    double line_integral(Vec3d origin_mm, Vec3d direction) const;
    double segment_integral(Vec3d from_mm, Vec3d to_mm) const;
};

}  // namespace radforge::volume
