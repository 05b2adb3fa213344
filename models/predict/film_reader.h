// SPDX-License-Identifier: Apache-2.0
/// One photo of a film through all networks: found, flattened, freed of light, cut into slices, restored to
/// CT values (models.md 1.4 and 1.5).
#pragma once
#include "models/photo/film_check.h"
#include "models/photo/panel.h"
#include "models/tasks/film_predictor.h"
#include "models/tasks/recovery.h"
#include "synth/base/log.h"
#include "synth/dicom/writer.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace radforge::models {

/// Of the flat film, in parts of its width and height.
struct FilmBox {
    double left = 0, top = 0, right = 1, bottom = 1;
};

struct FilmReaderOptions {
    std::string checkpoint;                   ///< of FIReNet or DewarpNet
    std::string deillumination, restoration;  ///< empty: that step is left out
    int height_px = 0;                        ///< of the flat film; 0: as those two were trained, else 1024
    std::optional<std::array<double, 2>> film_mm;         ///< width and height; else its shape is estimated
    std::vector<FilmBox> slices;                          ///< empty: the film is one slice
    double window_center_hu = 40, window_width_hu = 400;  ///< that viewers begin with
    photo::FilmLimits limits;
};

/// What a photo turned out to show.
struct FilmReading {
    loader::Crop crop;  ///< part of the photo that the maps cover
    photo::FilmSigns signs;
    double aspect = 1;                           ///< width over height of the flat film
    Image film;                                  ///< u8 [H,W,3], flattened
    Image light_off;                             ///< u8 [H,W,3], or empty
    Image bm;                                    ///< f32 [H,W,2], positions in the whole photo
    Image maps;                                  ///< u8, what the network said, side by side: see map_names()
    std::array<double, infer::kOrigins> part{};  ///< as DewarpResult
    std::vector<dicom::RestoredSlice> slices;    ///< empty without restoration
};

/// Const use by one thread at a time.
class FilmReader {
public:
    /// @throws Error when a checkpoint is missing, damaged or of another model, or the restoration wants
    /// films
    ///               without light and none takes it off
    FilmReader(FilmReaderOptions options, torch::Device device, Logger& logger);

    /// @param photo  u8 [H,W,3], upright
    /// @throws Error(BadData) when the photo is smaller than 32 pixels a side, or shows no film
    FilmReading read(const Image& photo) const;

    int height_px() const { return height_px_; }
    /// Tiles of FilmReading::maps from the left.
    static std::vector<std::string> map_names();
    /// Task, file and step of every network, for reports.
    struct Network {
        std::string task, file;
        int64_t step = 0;
    };
    std::vector<Network> networks() const;
    const FilmReaderOptions& options() const { return options_; }

private:
    std::vector<dicom::RestoredSlice> restore(const torch::Tensor& film) const;

    FilmReaderOptions options_;
    FilmPredictor predictor_;
    std::unique_ptr<Recoverer> deillumination_, restoration_;
    int height_px_ = 1024;
};

/// Whole blocks of factor x factor pixels averaged; what does not fill one at the right and below is dropped.
/// @param photo  u8
Image reduced(const Image& photo, int factor);

/// The texels of a part of a flat film, held within it; parts of one size give boxes of one size.
/// @throws Error(Usage) when there are none
photo::Panel texels_of(const FilmBox& box, int height_px, int width_px);

/// Width over height of what a backward map flattens, by the lengths of its rows and columns in the photo,
/// the outer eighths left out: what lies there is often continued rather than seen. Right for a film seen
/// head-on; a slanted view shortens one of them.
double estimated_aspect(const Image& bm, int photo_height_px, int photo_width_px);

}  // namespace radforge::models
