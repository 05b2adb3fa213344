// SPDX-License-Identifier: Apache-2.0
/// Scores of restored slices (models.md 1.5, 1.6, 6.4): one slice of each photo, cut from the film flattened
/// by the true backward map, against the CT values that were printed. Texels without one, outside a scanner's
/// round field, do not count.
#pragma once
#include "models/eval/film_network.h"
#include "models/eval/film_photo.h"
#include "models/eval/report.h"
#include "models/metrics/feature_table.h"
#include "models/photo/film_part.h"
#include "synth/base/log.h"

#include <functional>
#include <string>
#include <vector>

namespace radforge::eval {

/// A network from films to CT values.
struct SliceNetwork {
    NetworkCard card;
    photo::PartConfig part;
    /// @param film  f32 [h,w,3] in [0,1] @returns f32 [h,w,1] in [0,1]: low_hu to high_hu
    std::function<Image(const Image& film)> restore;
};

/// Of one slice; grey and restored values are held in [0,1].
struct SliceScores {
    double psnr_db = 0, ssim = 0;  ///< over low_hu..high_hu
    double window_psnr_db = 0;     ///< both held in the print window, which is 0..1
    double mean_error_hu = 0;      ///< absolute
};

struct SliceEvaluation {
    struct Scored {
        std::string key, volume;
        int slice = 0, height_px = 0, width_px = 0;
    };
    std::vector<Scored> slices;
    std::vector<SliceScores> input, restored;  ///< the film's grey as if it were the answer; the network's
    /// Of the slices whose region is large enough: HU above -300, the largest piece of the true slice.
    std::vector<std::vector<metrics::Feature>> input_features, restored_features, true_features;
    int without_slice = 0;   ///< photos in which no slice's CT values are all seen
    int too_small = 0;       ///< photos in which some slices' are, but on too few texels to be scored
    int without_region = 0;  ///< slices with too little in them for features
    std::vector<PictureRow> pictures;
};

struct SliceOptions {
    Seed seed{1};      ///< draws the slice of each photo
    int pictures = 6;  ///< the first slices
    std::function<bool()> should_stop = [] { return false; };
};

/// @param photos   with the fields of photo::PartTransform::inputs(photo::Truth::Hu)
/// @throws Error    when a sample is damaged or no photo has a slice, or should_stop says so (TryAgain)
SliceEvaluation evaluate_slices(const FilmPhotos& photos, const SliceNetwork& network,
                                const SliceOptions& options, Logger& logger);

struct SliceReportSetup {
    std::string data_name, data_split, data_sha256, revision;
    bool trained_on_split = false, chosen_on_split = false;  ///< as of FilmReportSetup
    Seed seed{1};                                            ///< of the bootstrap
    int resamples = 2000;
};

/// PSNR and SSIM of input and result beside the paper's, and the tests of all radiomics features.
Report slice_report(SliceEvaluation evaluation, const SliceNetwork& network, const SliceReportSetup& setup);

}  // namespace radforge::eval
