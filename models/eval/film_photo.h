// SPDX-License-Identifier: Apache-2.0
/// Photos of films and all that is known of them, one by one, in the order of the dataset.
#pragma once
#include "models/data/augment.h"
#include "models/data/resample.h"
#include "models/data/source.h"
#include "models/infer/dewarp.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::eval {

struct FilmPhoto {
    size_t set = 0;                ///< number of its dataset
    std::string key;               ///< of several sets with the folder of its own: "set/film-000000012"
    std::string volume, scenario;  ///< volume: "phantom-15", or the hash of a real one
    std::string meta;              ///< meta.json
    std::vector<loader::FieldBlock> fields;
    bool phantom() const { return volume.rfind("phantom", 0) == 0; }
};

/// One split of film datasets, one set after the other.
class FilmPhotos {
public:
    /// @throws Error  when there is no such dataset or split, it is of another kind or lacks a field, or two
    ///                are of the same data
    /// @param fields  to load, in this order
    FilmPhotos(const std::vector<std::string>& directories, const std::string& split,
               const std::vector<std::string>& fields = loader::FilmTransform::inputs());
    /// Leaves the first so many photos, and only sets that have some of them.
    void keep_first(size_t count);
    size_t size() const { return places_.size(); }
    /// @throws Error  when the sample is damaged
    FilmPhoto read(size_t i) const;
    /// Names of the sets, as their makers gave them.
    std::string name() const;
    const std::string& split() const { return split_; }
    /// Of every set, spaces between; what a run that learned from them has in its checkpoint.
    std::string data_sha256() const;
    /// Whether one of the sets is among those of such a text.
    bool among(const std::string& data_sha256) const;

private:
    struct Place {
        size_t set;
        uint32_t shard, row;
    };
    struct Set {
        std::string folder;
        std::unique_ptr<loader::Source> source;
    };
    std::string split_;
    std::vector<Set> sets_;
    std::vector<Place> places_;
};

/// The photo around the film as a network sees it, and what is true of it, all side x side.
struct TrueMaps {
    Image photo;            ///< f32 [S,S,3] in [0,1]
    infer::PhotoMaps maps;  ///< in [-1,1]
    Image wc, normal, bm;   ///< f32; bm [S,S,2] with NaN where a texel is hidden
    Image film;             ///< u8 [S,S,1], 255 on the film
};
TrueMaps true_maps(const FilmPhoto& photo, int side_px, int pad_px, const loader::FilmRanges& ranges);

/// The part of the photo that they show. @throws Error when there is no film
loader::Crop film_frame(const FilmPhoto& photo, int pad_px);

/// The same part of the photo as it was taken. @returns f32 [h,w,3] in [0,1], not to be averaged in linear
/// light
Image cropped_photo(const FilmPhoto& photo, int pad_px);

}  // namespace radforge::eval
