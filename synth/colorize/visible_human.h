// SPDX-License-Identifier: Apache-2.0
/// The Visible Human data as a set of pairs: which files belong together, which are defective, what a CT
/// number means, and how the photographs lie over the slices.
#pragma once
#include "synth/base/log.h"
#include "synth/colorize/raw_files.h"
#include "synth/colorize/registration.h"
#include "synth/volume/volume.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace radforge::colorize {

/// A photograph and a CT slice of one number, which counts mm from the vertex.
struct NumberedPair {
    int number = 0;
    std::string section, ct;  ///< paths
};

/// Files without a partner or that cannot be used, and why.
using LeftOut = std::vector<std::pair<std::string, std::string>>;

struct Listing {
    std::string body;                 ///< "male", "female"
    std::vector<NumberedPair> pairs;  ///< by number
    LeftOut left_out;
};

/// Pairs a_vmNNNN.raw (male) or avfNNNNa.raw (female; the b and c sections lie between the CT slices), each
/// also .raw.Z, with c_vmNNNN.fre or .fro, c_vfNNNN.fre, each also .Z, of two folders (searched deeply).
/// @throws Error when a folder is missing, when both bodies or both fresh and frozen CT are given, or nothing
/// pairs
Listing list_pairs(const std::string& anatomy, const std::string& ct);

/// What the user says where files do not.
struct VisibleHumanOptions {
    std::optional<SectionLayout> layout;   ///< default: by the size of each file
    double ct_pixel_mm = 0;                ///< of CT files that do not tell
    std::vector<TransformRow> transforms;  ///< empty: register
};

/// Stored value + offset = HU.
struct Calibration {
    int offset_hu = 0;
    int air_peak = 0;        ///< most frequent stored value of air
    int tissue_peak_hu = 0;  ///< most frequent CT number of the body, calibrated: near water when all is well
};

/// Counts of stored values, 65536 of them from -32768 on, inside the circles of reconstruction.
using StoredHistogram = std::vector<int64_t>;
void add_to_histogram(const Image& stored, StoredHistogram& histogram);
/// The air peak becomes -1000 HU: the most frequent value below Otsu's threshold between the 0.1 % and
/// the 99.9 % quantile, in windows of five.
/// @throws Error when there is no air or nothing but air
Calibration calibrate(const StoredHistogram& histogram);

struct UsablePair {
    NumberedPair files;
    double ct_pixel_mm = 0;
    Similarity transform;
};

/// Everything that is known after the whole set was read once.
struct Survey {
    std::string body;
    std::vector<UsablePair> pairs;
    LeftOut
        left_out;  ///< gaps of the saw, truncated files, slices that repeat the one before, partners missing
    Calibration calibration;
    std::vector<TransformRow> transforms;  ///< of each run of slices of one pixel size
    std::string content;                   ///< hash of what was used
};

/// Reads every file once, calibrates, and registers block by block unless transforms are given.
/// @throws Error when nothing can be used, or a pixel size is unknown
Survey survey(const Listing& listing, const VisibleHumanOptions& options, Logger& logger);

/// Photograph and CT slice of a pair, decoded and calibrated.
struct LoadedPair {
    Image photo;  ///< u8 [H,W,3]
    double photo_pixel_mm = 0;
    Image ct;  ///< i16 [h,w,1] HU
};
LoadedPair load_pair(const NumberedPair& files, const VisibleHumanOptions& options,
                     const Calibration& calibration);

/// By the height below the vertex of an adult body of 1.8 m.
BodyPart body_part_at(int number);

}  // namespace radforge::colorize
