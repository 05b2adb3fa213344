// SPDX-License-Identifier: Apache-2.0
/// A trained network that finds a film in a photo: FIReNet in all its variants, or DewarpNet.
#pragma once
#include "models/data/augment.h"
#include "models/infer/dewarp.h"
#include "models/nets/firenet.h"
#include "models/train/checkpoint.h"
#include "synth/base/log.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace radforge::models {

/// What a network says about one photo.
struct FoundFilm {
    loader::Crop crop;  ///< part of the photo that the maps cover, whole pixels
    FilmMaps maps;      ///< batches of one; undefined where the network has no such head
};

class FilmPredictor {
public:
    /// @param path  as of open_trained()
    FilmPredictor(const std::string& path, torch::Device device, Logger& logger);
    const std::string& file() const { return file_; }
    const std::string& task() const { return task_; }  ///< firenet or dewarpnet
    const std::string& config_toml() const { return config_toml_; }
    int64_t step() const { return step_; }
    /// Side of the square that the network was trained on.
    int side_px() const { return augment_.size_px; }
    const loader::AugmentConfig& augment() const { return augment_; }
    const loader::FilmRanges& ranges() const { return ranges_; }  ///< of wc and depth

    /// @param photo  [B,3,S,S] in [-1,1], S = side_px()
    /// @returns      maps on the same device. DewarpNet: wc and, where those are above 0, bg; bm at 128 x 128
    FilmMaps operator()(const torch::Tensor& photo) const { return run_(photo); }

    /// Looks twice: at the whole photo, then at the part around the film that was seen first, as large as in
    /// training.
    /// @param photo  u8 or f32 in [0,1], one channel or three, gamma-coded, upright
    /// @throws Error(BadData) when the network sees no film
    FoundFilm find(const Image& photo) const;

private:
    std::string file_, task_, config_toml_;
    int64_t step_ = 0;
    torch::Device device_;
    loader::AugmentConfig augment_;
    loader::FilmRanges ranges_;
    std::function<FilmMaps(const torch::Tensor&)> run_;
};

/// Part of a photo around the film in a mask over all of it, padded as the films of training were; whole
/// pixels.
/// @param mask  u8, of any size; not 0 on the film
/// @throws Error(BadData) when there is none
loader::Crop crop_around(const Image& mask, const Image& photo, const loader::AugmentConfig& augment);

/// A part of a photo for a network: [1,3,side,side] in [-1,1], means over the area of each pixel.
/// @param photo  as of FilmPredictor::find()
torch::Tensor network_input(const Image& photo, const loader::Crop& crop, int side_px);

/// How far what is found goes along when the photo is moved within the frame, four times: 1 as far as the
/// photo, as a film does; 0 not at all, as what a network makes up because that is where films were in
/// training. Nothing where what is found fills the frame.
/// @param find   bg of photos [B,3,S,S]: above 0 is film
/// @param photo  [1,3,S,S] with `bg` [1,1,S,S], what was found in it
/// @param by_px  less than the background around the film
std::optional<double> following(const std::function<torch::Tensor(const torch::Tensor&)>& find,
                                const torch::Tensor& photo, const torch::Tensor& bg, int64_t by_px);

/// One row of maps for models/infer. @throws Error when they hold no texture coordinates
infer::PhotoMaps photo_maps(const FilmMaps& maps, int64_t row);

/// Flattens what the maps cover, by texture coordinates or by the backward map, whichever there is.
/// @param photo  what the maps cover
infer::DewarpResult flatten(const FilmMaps& maps, int64_t row, const Image& photo,
                            const infer::DewarpOptions& options);

/// Whole pixels of a photo.
Image cut_out(const Image& photo, const loader::Crop& crop);

/// Positions in a part of a photo as positions in the photo.
void to_whole_photo(Image& bm, const loader::Crop& crop, int height_px, int width_px);

}  // namespace radforge::models
