// SPDX-License-Identifier: Apache-2.0
/// The photo's maps in the film's own frame, as the document datasets have them.
#pragma once
#include "synth/export/film_grid.h"
#include "synth/export/film_sample.h"

namespace radforge::exporter {

/// What every layout needs, worked out once.
struct Aligned {
    FilmFrame frame;
    Image wc_grid;  ///< f32 [h,w,3] world positions on the film, holes filled
};
Aligned align(const FilmSample& film);

/// Doc3D's axes: +x to the top of the page, u grows along -y, z towards the viewer; long side 2.13 units.
class Doc3dFrame {
public:
    Doc3dFrame(const FilmSample& film, const Aligned& aligned);
    double units_per_m() const { return scale_; }
    Vec3d point(Vec3d world_m) const;
    Vec3d direction(Vec3d world) const;

private:
    FilmFrame frame_;
    double scale_;
};

/// f32 [H,W,3] (x, y, z) in Doc3D units; background exactly 0, film never 0 in any channel (zeros become
/// 1e-6).
Image doc3d_wc(const FilmSample& film, const Doc3dFrame& frame);
/// f32 [H,W,3] geometric normal in the same axes; background 0.
Image doc3d_normal(const FilmSample& film, const Doc3dFrame& frame);
/// f32 [H,W,3]: three equal channels of planar depth in the same units; background 1e10.
Image doc3d_depth(const FilmSample& film, const Doc3dFrame& frame);
/// f32 [H,W,3] (u, v up, 1); background 0.
Image uv_up(const FilmSample& film);

/// Reverses the order of channels: what OpenCV hands over for an RGB picture.
Image reversed_channels(const Image& image);

/// Smallest and largest value of each of three channels under the mask.
struct Bounds {
    Vec3d least, most;
};
/// @throws Error when no pixel is set
Bounds bounds_of(const Image& map, const Image& mask);

/// @throws Error when the film reaches the frame's edge: crops around the mask would cut it
void expect_margin(const FilmSample& film);

}  // namespace radforge::exporter
