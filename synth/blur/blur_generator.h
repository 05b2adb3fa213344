// SPDX-License-Identifier: Apache-2.0
/// CT slices sharp and blurred by random motion: the `blur` kind of sample-format.md.
#pragma once
#include "synth/blur/blur_config.h"
#include "synth/blur/convolve.h"
#include "synth/blur/kernel.h"
#include "synth/generator.h"
#include "synth/sources.h"

#include <string>
#include <vector>

namespace radforge::blur {

/// What stands in for voxels outside the scanned field: air.
constexpr int16_t kAir_hu = -1000;

/// Every drawn number of one sample.
struct BlurRecipe {
    SampleKey key;
    size_t source = 0;
    int slice = 0;
    double exposure = 1;
    bool rectilinear = false;
    MotionRecipe motion, through_plane;  ///< the second is used by motion = "volume" alone
    std::string window;                  ///< name; empty in compat mode
    Box crop;
};

/// One pair before it is encoded.
struct BlurPair {
    Image sharp, blurred;  ///< linear: i16 HU; compat: f32 in [0,1]; both [crop height, crop width, 1]
    optics::Psf psf;  ///< as applied: of sum 1 in multiples of 2^-15, or in compat mode of largest weight 1
    int impulses = 0;
    int64_t padding_px = 0;  ///< of the whole slice, replaced by kAir_hu
};

class BlurGenerator final : public Generator {
public:
    /// @throws Error when the config contradicts itself
    BlurGenerator(BlurConfig config, std::vector<volume::CtSource> ct);

    std::string kind() const override { return "blur"; }
    std::vector<FieldSpec> fields() const override;
    int group_size() const override { return config_.blur.pairs_per_volume; }
    std::string split(const SampleKey& key) const override { return sources_.split(key); }
    std::vector<std::string> notes() const override { return sources_.notes(); }
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;

    /// @throws Error when the crop is larger than the slice
    BlurRecipe draw(const SampleKey& key) const;
    std::vector<BlurPair> realise(Span<const BlurRecipe> recipes) const;
    const BlurConfig& config() const { return config_; }

private:
    BlurConfig config_;
    VolumeSources sources_;
};

/// DeblurGAN's application of a kernel to a slice: stretched to [0,1] by its smallest and largest value,
/// convolved with zeros beyond the edges, stretched again. @return f32 [H,W,1], the sharp and the blurred
/// picture
/// @throws Error when the slice is constant
struct StretchedPair {
    Image sharp, blurred;
};
StretchedPair blur_stretched(ImageView<const int16_t> slice, const optics::Psf& psf, int centre_px);

}  // namespace radforge::blur
