// SPDX-License-Identifier: Apache-2.0
/// What a network that recovers films is to an evaluation.
#pragma once
#include "models/data/augment.h"
#include "models/infer/dewarp.h"
#include "synth/base/image.h"

#include <cstdint>
#include <string>

namespace radforge::eval {

/// What a network says of a photo; images f32 in [-1,1] of the photo's size, empty where it says nothing.
struct FilmEstimate {
    infer::PhotoMaps maps;  ///< with texture coordinates, or with the film mask alone, or empty
    Image bm;               ///< [h,w,2] backward map, of networks without texture coordinates
    Image wc, normal;       ///< [H,W,3], for pictures
};

/// Who is speaking.
struct NetworkCard {
    std::string task;     ///< "firenet", "dewarpnet"
    std::string variant;  ///< one of the names in film_report.h, or another
    std::string name;     ///< of the run, where variants alone do not tell runs apart
    std::string place;    ///< checkpoint as the user named it
    std::string sha256, revision;
    std::string data_sha256;  ///< of every set that it learned from, spaces between
    std::string config;       ///< all that it was told but for the seed: equal for runs that may be averaged
    std::string net;          ///< its size, in words
    int64_t step = 0, seed = 0;
    int side_px = 256, pad_px = 20;  ///< what it looks at: the film and so much around it, at this size
    loader::FilmRanges ranges;       ///< of its maps
};

class FilmNetwork {
public:
    virtual ~FilmNetwork() = default;
    virtual const NetworkCard& card() const = 0;
    /// @param photo  f32 [side_px,side_px,3] in [0,1]
    virtual FilmEstimate estimate(const Image& photo) = 0;
};

}  // namespace radforge::eval
