// SPDX-License-Identifier: Apache-2.0
/// Pictures of iso-surfaces of plain float volumes: the fixed render by which reconstructions are compared,
/// and freer ones for people (any direction, cut-away, stereo, colour).
///
/// Frame of a view: x to the right, y down, z away from the observer. The unit cube is centred on the origin;
/// its edge spans the longest side of the volume. Voxels have their centres at half-integers, between which
/// values are trilinear, zero outside.
#pragma once
#include "synth/base/image.h"
#include "synth/base/vec.h"

#include <optional>

namespace radforge::geometry {

/// [nz,ny,nx] values, x fastest. For parameters only.
struct FieldView {
    const float* data = nullptr;
    int nx = 0, ny = 0, nz = 0;
};

/// Takes away what lies beyond a plane: keeps dot(normal, p) <= offset, p in the unit cube along the volume's
/// axes.
struct CutPlane {
    Vec3d normal{0, 0, -1};  ///< any length but zero
    double offset = 0;       ///< in units of the cube's edge, for the normal scaled to unit length
};

struct IsosurfaceOptions {
    int size_px = 256;       ///< of the square picture, 8..8192
    int supersampling = 1;   ///< rays per pixel and axis, 1..8
    double iso = 0.1;        ///< > 0
    double width = 1;        ///< of the scene that the picture shows, in cube edges
    Mat3d view_from_volume;  ///< rotation; identity: the volume is already in the frame of the view
    std::optional<CutPlane> cut;
    Vec3d colour{1, 1, 1};          ///< multiplies the diffuse light of the surface
    Vec3d section_colour{1, 1, 1};  ///< of the cut face at value 1, unlit; at the iso value half of it
    Vec3d background{1, 1, 1};

    /// @throws Error naming the option that is out of range
    void validate() const;
};

/// The canonical render: 256 x 256, grey, orthographic along +z of a volume in the frame of the view, iso
/// 0.1.
/// @return f32 [256,256,1] in [0,1], background 1
/// @throws Error when the volume is empty
Image canonical_render(FieldView field);

/// @return f32 [size_px,size_px,3], values in [0,1] shown as they are (no transfer curve is applied)
Image render_isosurface(FieldView field, const IsosurfaceOptions& options);

/// Red from the left eye, green and blue from the right, each of them grey. What lies before the centre of
/// the cube appears before the picture.
/// @param eyes_deg  angle between the two directions of sight, 0..45
Image render_anaglyph(FieldView field, const IsosurfaceOptions& options, double eyes_deg = 6);

/// The rotation `view_from_volume` of an observer who looks along `direction` and sees `up` pointing up.
/// @throws Error when the two are parallel or zero
Mat3d look_along(Vec3d direction, Vec3d up);

}  // namespace radforge::geometry
