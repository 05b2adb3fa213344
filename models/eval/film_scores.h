// SPDX-License-Identifier: Apache-2.0
/// Scores of recovered films, photo by photo (models.md 1.6). The reference is the same photo flattened by
/// the true backward map, so that light is not scored; texels that the photo hides are black in both
/// pictures.
#pragma once
#include "models/eval/film_network.h"
#include "models/eval/film_photo.h"
#include "synth/base/log.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace radforge::eval {

/// Around the film, in pixels of the photo: what the photo as it is shows, and the frame in which every row's
/// lengths are measured, however much its network looks at.
constexpr int kFramePad_px = 20;

constexpr double kNotAvailable = std::numeric_limits<double>::quiet_NaN();

/// Of one flattened photo; not a number where a network has no such thing.
struct FilmScores {
    double psnr_db = kNotAvailable, ssim = kNotAvailable, ms_ssim = kNotAvailable;
    double local_distortion_px = kNotAvailable, uv_error_px = kNotAvailable, bm_error_px = kNotAvailable;
    double mask_iou = kNotAvailable, seen = kNotAvailable;
};

struct ScoreKind {
    const char* name;
    const char* unit;
    int decimals;
    bool larger_is_better;
    double FilmScores::*member;
    const char* about;
};
constexpr ScoreKind kScoreKinds[] = {
    {"PSNR", "dB", 2, true, &FilmScores::psnr_db, "of sRGB in [0,1], peak 1"},
    {"SSIM", "", 4, true, &FilmScores::ssim, "Gaussian window of 11, sigma 1.5, valid part"},
    {"MS-SSIM", "", 4, true, &FilmScores::ms_ssim, "five scales"},
    {"LD", "px", 2, false, &FilmScores::local_distortion_px,
     "local distortion in texels: how far what a texel shows lies from where it belongs, by the true map "
     "instead of an "
     "estimated flow"},
    {"uv", "px", 2, false, &FilmScores::uv_error_px,
     "end-point error of the texture coordinates in texels, over the film"},
    {"bm", "px", 2, false, &FilmScores::bm_error_px,
     "end-point error of the backward map, in pixels of the film and 20 px of the photo around it at as many "
     "pixels as texels"},
    {"IoU", "", 4, true, &FilmScores::mask_iou, "found and true film mask"},
    {"seen", "", 4, true, &FilmScores::seen,
     "part of the texels that the maps reach, before anything is filled"},
};

struct EvaluationOptions {
    int texels = 256;  ///< side of the flat film that is scored
    std::function<bool()> should_stop = [] { return false; };
};

/// One network, as it is and with its mean error of position taken off.
struct NetworkScores {
    NetworkCard card;
    std::vector<FilmScores> plain, deshifted;  ///< a row each photo
    int64_t no_film = 0;  ///< photos in which it found none: scored as a black picture, and without a length
};

struct FilmEvaluation {
    struct Scored {
        size_t set = 0;  ///< number of its dataset
        std::string key, volume, scenario;
    };
    std::vector<Scored> photos;
    std::vector<FilmScores> identity;  ///< the photo as it is
    std::vector<FilmScores> oracle;    ///< true texture coordinates, flattened as a network's are
    std::vector<NetworkScores> networks;
    int texels = 0;
};

using Networks = std::vector<std::unique_ptr<FilmNetwork>>;

/// @param networks  at least one
/// @throws Error    when a sample is damaged, or should_stop says so (TryAgain)
FilmEvaluation evaluate_films(const FilmPhotos& photos, const Networks& networks,
                              const EvaluationOptions& options, Logger& logger);

/// A line of pictures: what was seen, what came out of each, what should have.
struct PictureLine {
    std::string caption;
    std::vector<std::pair<std::string, Image>> tiles;  ///< u8 [H,W,3]
};

/// Photos and flattened photos of each network, from the best to the worst by the first network's PSNR; under
/// the first of them the maps of every network and the true ones.
std::vector<PictureLine> film_pictures(const FilmPhotos& photos, const Networks& networks,
                                       const FilmEvaluation& evaluation, int lines);

}  // namespace radforge::eval
