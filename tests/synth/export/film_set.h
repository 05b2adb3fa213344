// SPDX-License-Identifier: Apache-2.0
/// Film datasets whose every map is known in closed form: a sheet bent to a cylinder before a pinhole camera.
#pragma once
#include "synth/base/vec.h"
#include "synth/shard/plan.h"

#include <string>

namespace radforge::test {

/// The sheet, its pose and the camera.
struct BentFilm {
    int width_px = 64, height_px = 64;  ///< of the photo
    int bm_height_px = 48, bm_width_px = 40;
    int flat_height_px = 96, flat_width_px = 80;
    double width_m = 0.35, height_m = 0.43;
    double bend_per_m = 1.5;    ///< curvature about the film's vertical axis; 0: flat
    double distance_m = 0.62;   ///< of the camera
    double aside_m = 0.1;       ///< camera to the right of the film's normal
    double focal_widths = 0.8;  ///< focal length over the photo's width
    double roll_rad = 0;        ///< of the camera about its axis
    Vec3d turn_rad_per_s;       ///< of the camera as rows are read out; shows in the normals only
    double readout_s = 0.1;
    bool corner_unseen = true;      ///< the lower right tenth of texels has no place in the photo
    bool optional_members = false;  ///< clean.png and radiance.npy (half) as well
    bool grids = false;             ///< grid2d.npy and grid3d.npy as well
    bool white_sheet = false;       ///< shading.npy (half) as well: radiance 2 left of the middle, else 1
    std::string kind = "film";

    Vec3d on_sheet(double u, double v) const;  ///< in the film's frame, metres
    Vec3d normal_at(double u) const;           ///< towards the viewer
    Pose pose() const;                         ///< world from film frame
    Mat3d turned(int row) const;               ///< camera frame from that of the camera at the row
    Pose camera() const;                       ///< world from camera (x right, y down, z forward)
    Vec2d project(Vec3d world_m) const;        ///< photo pixels by edges
    /// Where a ray through the photo meets the sheet. @returns whether it does
    bool hit(double x_px, double y_px, double& u, double& v) const;
    /// What is printed, linear; a function of the place on the film.
    static Vec3d ink(double u, double v);
};

/// The plan and one sample of it; odd indices are mirrored in nothing, all samples show the same sheet but
/// for a bend that grows with the index.
DatasetPlan film_plan(const BentFilm& film, const std::string& directory, uint64_t count);
Sample film_member_set(const BentFilm& film, const DatasetPlan& plan, uint64_t index,
                       const std::string& split);

/// Writes `count` samples: the last third as split "val" in a shard of its own.
void write_film_set(const BentFilm& film, const std::string& directory, uint64_t count);

}  // namespace radforge::test
