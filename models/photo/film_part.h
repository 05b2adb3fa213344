// SPDX-License-Identifier: Apache-2.0
/// Parts of flattened films and what they should look like, cut from film samples (models.md 1.5): the photo
/// is flattened by the true backward map; the truth is the film's own picture, or the CT values below it.
#pragma once
#include "models/data/loader.h"
#include "models/photo/panel.h"
#include "synth/base/image.h"
#include "synth/config/schema.h"

#include <string>
#include <vector>

namespace radforge::photo {

struct PartConfig {
    int film_height_px = 1024, crop_px = 256;
    double low_hu = -1024, high_hu = 3071;

    template <class V>
    void visit(V& v) {
        v("film_height_px", film_height_px, "px", Range{16, 16384}, "height of the flattened film");
        v("crop_px", crop_px, "px", Range{8, 4096}, "side of the part that the network sees");
        v("low_hu", low_hu, "HU", Range{-32767., 32767.}, "CT value that 0 stands for");
        v("high_hu", high_hu, "HU", Range{-32767., 32767.}, "CT value that 1 stands for");
    }
};

enum class Truth {
    Flat,  ///< the film without light and camera, [0,1]
    Hu,    ///< (HU - low) / (high - low), held in [0,1]; the part lies within one slice
};

/// Fields of one sample after the transform: film [3,S,S] in [0,1], 0 where the photo does not show it; truth
/// [3,S,S] or [1,S,S]; counts [1,S,S], 1 where both are known; place [1,1,2], (x, y) of the part's centre in
/// texels of flat.png. A slice smaller than the part is continued by mirroring, which does not count. The
/// place is drawn anew every epoch.
class PartTransform final : public loader::Transform {
public:
    /// @throws Error unless low_hu lies below high_hu
    PartTransform(PartConfig config, Truth truth);

    /// photo, bm and the truth's field: load in this order.
    static std::vector<std::string> inputs(Truth truth);
    std::vector<std::pair<std::string, loader::Shape>> outputs(
        const std::vector<std::pair<std::string, loader::Shape>>& in) const override;
    void apply(const std::vector<loader::FieldBlock>& in, Rng& rng,
               const std::vector<float*>& out) const override;
    /// meta.json tells slices apart that touch each other.
    bool reads_meta() const override { return truth_ == Truth::Hu; }
    /// @throws Error when a film has no slices, or is smaller than the part in truth Flat
    void apply_with_meta(const std::vector<loader::FieldBlock>& in, const std::string& meta, Rng& rng,
                         const std::vector<float*>& out) const override;

private:
    PartConfig config_;
    Truth truth_;
};

/// Samples a backward map between its texels; NaN where one of the four around is not seen.
/// @param bm    planar (x, y), of `shape`
/// @param u, v  film coordinates in [0,1] of the columns and rows asked for
/// @returns     f32 [rows,columns,2]
Image backward_map_at(Span<const float> bm, const loader::Shape& shape, Span<const double> u,
                      Span<const double> v);

}  // namespace radforge::photo
