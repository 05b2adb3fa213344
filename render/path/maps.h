// SPDX-License-Identifier: Apache-2.0
/// Exact ground truth of a photo: one ray through each pixel centre, distortion included, no lens blur, no
/// filter.
#pragma once
#include "render/optics/camera.h"
#include "render/path/scene.h"
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <cstdint>

namespace radforge::path {

/// All [H,W,C] of the camera's size. A pixel belongs to the film when the first surface on its ray is film 0;
/// further films (a stack's lower ones) are surroundings. Film and camera, the camera frame too, are where
/// the middle of the row's exposure finds them.
struct GroundTruth {
    Image mask;      ///< u8 1: 255 film 0, 0 else
    Image coverage;  ///< u8 1: share of the pixel's area on the film, 255 = all, by 8 x 8 rays at the rim
    Image uv;        ///< f32 2: u right, v down, [0,1]; 0 outside
    Image wc_m;      ///< f32 3: world position, metres; 0 outside
    Image depth_m;   ///< f32 1: z in the camera frame, metres; 0 outside
    Image normal;    ///< f32 3: unit geometric normal in the camera frame, towards the camera; 0 outside
    Image albedo;    ///< f32 3, linear: film transmittance averaged over the pixel's footprint; 0 outside
    Image side;      ///< u8 1: 1 image side (reads unmirrored), 2 back side, 0 outside
    Image
        object_id;  ///< u16 1: first surface of any kind: 0 none, then films, objects, panels in scene order
    Image face;     ///< u32 as two u16 (low, high): face of the film mesh; 0 outside
    // Empty unless asked for:
    Image distance_m;      ///< f32 1: from the pinhole to the film, metres; 0 outside
    Image shading_normal;  ///< f32 3: as `normal`, interpolated between vertices and with the orange peel
    /// f32 4: du/dx, dv/dx, du/dy, dv/dy per pixel, on the tangent plane and from row to row in time; 0
    /// outside
    Image uv_step;
    Image twin;  ///< f32 3, linear: as `albedo`, of another texture on the same film
};

/// What render_maps() makes beyond the usual.
struct MapRequest {
    bool surface = false;           ///< distance_m, shading_normal, uv_step
    const Texture* twin = nullptr;  ///< lies on film 0's uv like its own texture
    bool coverage = true;           ///< a fifth of the time; false: left empty
};

/// @throws Error when the camera is not valid
GroundTruth render_maps(const Scene& scene, const optics::Camera& camera, const MapRequest& request = {});

enum class Visibility : uint8_t { Visible = 1, Occluded = 2, BackFacing = 3, OutOfFrame = 4 };

/// Velocity of the point of a film that is at world_m at time 0, m/s. Arguments as for visibility().
Vec3d film_velocity(const Scene& scene, Vec3d world_m, int film, uint32_t face);

/// Whether the camera sees a point of a film at its row's mid-exposure: inside the frame, and the first
/// surface on the ray from the pinhole. BackFacing: seen, from side B (mirrored).
/// @param world_m of the point at time 0
/// @param film index of the film in the scene; @param face its face on which the point lies
Visibility visibility(const Scene& scene, const optics::Camera& camera, Vec3d world_m, int film,
                      uint32_t face);

/// A point of a film, and what the camera sees of it.
struct FilmPoint {
    Vec3d world_m;  ///< at time 0
    uint32_t face = 0;
    Vec2d px;  ///< in the photo, as project() says with the film's velocity there; NaN as there
    Visibility seen = Visibility::OutOfFrame;
};
/// Fills in px and seen, as visibility() has it; soonest for points side by side.
void look(const Scene& scene, const optics::Camera& camera, int film, Span<FilmPoint> points);

constexpr bool is_visible(Visibility v) { return v == Visibility::Visible || v == Visibility::BackFacing; }

}  // namespace radforge::path
