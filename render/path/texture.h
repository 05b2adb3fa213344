// SPDX-License-Identifier: Apache-2.0
/// Colour textures in memory as a pyramid of area averages, three channels in half precision.
#pragma once
#include "render/path/half.h"
#include "render/path/wide_pages.h"
#include "synth/base/image.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace radforge::path {

enum class Wrap { Clamp, Repeat };

/// Immutable after construction, copies share the texels; const methods are thread-safe.
/// u right, v down, texel (row i, column j) has its centre at ((j + 0.5) / W, (i + 0.5) / H).
class Texture {
public:
    /// @param image f32 (linear), u16 or u8 (linear or sRGB by its color space, full scale = 1), 1 or 3
    /// channels
    /// @throws Error when a value is not finite, negative, or the form differs
    Texture(const Image& image, Wrap wrap);

    /// Trilinear lookup. @param footprint_texels width of the filter in texels of the finest level; up to 1:
    /// that level
    Vec3f sample(Vec2f uv, float footprint_texels) const;
    /// Mean of the bilinear interpolant over a parallelogram centred at uv with edges a, b (uv units); of the
    /// finest level unless the shorter edge exceeds 32 texels or the longer one 512.
    Vec3f sample_parallelogram(Vec2d uv, Vec2d a, Vec2d b) const;
    /// Bilinear value of one level.
    Vec3f bilinear(int level, Vec2f uv) const;

    int width_px() const { return levels_[0].width; }
    int height_px() const { return levels_[0].height; }
    int level_count() const { return level_count_; }
    Vec3f mean() const;

private:
    struct Level {
        int width, height;
        WideVector<HalfRgb> texels;
    };
    static Rgbx fetch(const Level& level, int row, int column);
    Rgbx bilinear_at(const Level& level, Vec2f uv) const;

    std::shared_ptr<const Level[]> levels_;
    int level_count_ = 0;
    Wrap wrap_;
};

}  // namespace radforge::path
