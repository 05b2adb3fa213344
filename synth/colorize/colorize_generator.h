// SPDX-License-Identifier: Apache-2.0
/// CT slices and photographs of the frozen section at the same place: the `colorize` kind of
/// sample-format.md.
#pragma once
#include "synth/cache.h"
#include "synth/colorize/colorize_config.h"
#include "synth/colorize/painter.h"
#include "synth/colorize/phantom_section.h"
#include "synth/generator.h"
#include "synth/sources.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::colorize {

/// What stands outside the body mask: air.
constexpr int16_t kOutside_hu = -1000;

/// Every drawn number of one sample.
struct ColorizeRecipe {
    SampleKey key;
    size_t source = 0;
    int slice = 0;
    uint32_t texture_seed = 0;  ///< of the source, whatever the slice
    ScanRecipe scan;            ///< phantoms only; streaks by the share of the image's sides
    PhotoRecipe photo;
};

/// One pair before it is encoded; everything is 0 (ct: -1000) outside the mask.
struct SectionPair {
    std::string origin;  ///< "phantom", "pseudo" or "measured"
    BodyPart body_part = BodyPart::Unknown;
    double pixel_mm = 1;
    double height_mm = 0;    ///< along the patient
    int64_t padding_px = 0;  ///< of the CT slice, taken as air
    Image ct;                ///< i16 [H,W,1] HU, square pixels: slices with others are resampled
    Image rgb;               ///< u8 [H,W,3] sRGB
    Image mask;              ///< u8 [H,W,1], 255 in the body
    Image labels;            ///< u8 [H,W,1], enum class volume::Tissue
    Image contour;           ///< f32 [H,W,1|2] in [0,1], of `ct` as it stands
};

/// Clears what lies outside pair.mask, and makes pair.contour.
void finish_pair(const ContourConfig& config, SectionPair& pair);

/// Thread-safe, as every Generator.
class ColorizeGenerator final : public Generator {
public:
    /// @throws Error when the config contradicts itself or no CT can be read
    ColorizeGenerator(ColorizeConfig config, std::vector<volume::CtSource> ct);

    std::string kind() const override { return "colorize"; }
    std::vector<FieldSpec> fields() const override;
    int group_size() const override { return config_.section.pairs_per_volume; }
    std::string split(const SampleKey& key) const override { return sources_.split(key); }
    std::vector<std::string> notes() const override { return sources_.notes(); }
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;

    ColorizeRecipe draw(const SampleKey& key) const;
    /// @throws Error when the slice shows no body
    SectionPair realise(const ColorizeRecipe& recipe) const;
    const ColorizeConfig& config() const { return config_; }

private:
    bool phantoms() const { return sources_.ct().empty(); }
    SectionPair phantom_pair(const ColorizeRecipe& recipe) const;
    SectionPair pseudo_pair(const ColorizeRecipe& recipe) const;
    /// Which voxels of a CT volume are the patient, who is one part in all its slices together.
    std::shared_ptr<const std::vector<uint8_t>> patient(size_t source) const;

    ColorizeConfig config_;
    VolumeSources sources_;
    mutable Cache<std::vector<uint8_t>> patients_;
};

}  // namespace radforge::colorize
