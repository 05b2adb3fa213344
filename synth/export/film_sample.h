// SPDX-License-Identifier: Apache-2.0
/// One film sample out of a dataset, as the exporters want it: floats, interleaved, with the numbers of
/// meta.json.
#pragma once
#include "synth/base/image.h"
#include "synth/base/vec.h"
#include "synth/shard/plan.h"
#include "synth/shard/sample.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace radforge::exporter {

/// A box on the flat film, in texels of `flat`.
struct FlatBox {
    int left_px = 0, top_px = 0, width_px = 0, height_px = 0;
};

/// H x W is the photo, h x w the backward map. Maps are 0 outside the mask, bm is NaN where the film is not
/// seen.
struct FilmSample {
    std::string key, split;
    uint64_t index = 0;
    Image photo, albedo;           ///< u8 [H,W,3] sRGB
    Image mask;                    ///< u8 [H,W,1]
    Image uv;                      ///< f32 [H,W,2], v down
    Image wc_m;                    ///< f32 [H,W,3], world
    Image depth_m;                 ///< f32 [H,W,1], planar
    Image normal;                  ///< f32 [H,W,3], frame of the camera as it exposes the row
    Image bm;                      ///< f32 [h,w,2], (x, y) in [-1,1] by pixel edges
    Image flat;                    ///< u8 [h',w',3] sRGB
    std::optional<Image> checker;  ///< u8 [H,W,3], where the dataset has it
    /// Of nodes from edge to edge of the film, hidden ones too, where the dataset has them: f32 (x, y) in
    /// pixels of the photo by edges; and the place in the camera's frame, metres.
    std::optional<Image> grid2d, grid3d_m;
    /// Further members on the photo's pixels, by name: f32 maps, and u8 pictures.
    std::map<std::string, Image> layers, pictures;
    std::string meta_json;
    double width_m = 0, height_m = 0;  ///< of the film
    Mat3d camera_from_world;           ///< rotation, in the middle of the frame
    Vec3d camera_from_world_t;         ///< translation, metres
    Vec3d turn_rad_per_s;              ///< of the hand, about the camera's axes
    double readout_s = 0;              ///< from the first row's exposure to the last one's
    double fx_px = 0;
    std::vector<FlatBox> panels;  ///< printed slices
    std::vector<FlatBox> text;    ///< lines of text
};

/// Turns what `normal` holds in a row into the world's frame.
Mat3d world_from_row(const FilmSample& film, int row);

/// @throws Error naming the member that is missing or of an unexpected shape
FilmSample film_sample(const Sample& sample, const DatasetPlan& plan);

/// Real values of a stored [C,H,W] member, int16 scaled by its spec. @return f32 [H,W,C]
/// @throws Error when the array is not three-dimensional or of a type without values
Image image_of(const NdArray& array, const FieldSpec& spec);

}  // namespace radforge::exporter
