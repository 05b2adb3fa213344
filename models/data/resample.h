// SPDX-License-Identifier: Apache-2.0
/// A rectangle of a planar picture at another size. Positions are pixel edges: pixel i covers [i, i + 1].
#pragma once
#include "models/data/planar.h"
#include "synth/base/span.h"

#include <vector>

namespace radforge::loader {

struct Crop {
    double left_px = 0, top_px = 0, right_px = 0, bottom_px = 0;
    double width_px() const { return right_px - left_px; }
    double height_px() const { return bottom_px - top_px; }
};

/// Means over the area of each new pixel; linear between pixel centres where the picture grows. Clamps at its
/// border.
/// @param in   planar, of `shape`
/// @param out  planar, channels x height x width
void resample_area(Span<const float> in, const Shape& shape, const Crop& crop, int height_px, int width_px,
                   float* out);

/// Where point samples for each new pixel's centre come from: four neighbours and their bilinear weights, or
/// one of them where they do not belong to one surface.
class PointSampler {
public:
    /// @param mask  film where > 0.5, [1,H,W] of `shape`
    /// @param uv    two planes; neighbours that differ by more than `jump` lie on two sides of a fold
    PointSampler(Span<const float> mask, Span<const float> uv, const Shape& shape, const Crop& crop,
                 int height_px, int width_px, double jump = 0.05);
    /// Whether the nearest sample to each new pixel's centre is film.
    const std::vector<uint8_t>& film() const { return film_; }
    /// One plane at the new pixels; 0 outside the film.
    void apply(const float* plane, float* out) const;

private:
    struct Tap {
        uint32_t at[4];
        float weight[4];
    };
    std::vector<Tap> taps_;
    std::vector<uint8_t> film_;
};

}  // namespace radforge::loader
