// SPDX-License-Identifier: Apache-2.0
/// Badly exposed radiographs, what they should look like, and the maps that lead from one to the other: the
/// `enhance` kind of sample-format.md.
#pragma once
#include "synth/cache.h"
#include "synth/enhance/degrade.h"
#include "synth/enhance/enhance_config.h"
#include "synth/enhance/equalise.h"
#include "synth/enhance/subject.h"
#include "synth/generator.h"
#include "synth/sources.h"
#include "synth/stage_clock.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace radforge::enhance {

/// Every drawn number of one sample.
struct EnhanceRecipe {
    SampleKey key;
    size_t source = 0;
    Shot shot;
    Degradation degradation;
    Equalisation equalisation;
};

/// One sample before it is encoded.
struct EnhancePair {
    Image raw, target;  ///< u16 [H,W,1]
    Image maps;         ///< f32 [H/4,W/4,4]: a, b, wc, ww
    double white = 0, field_mm = 0, body_share = 0;
    int64_t ideal_clipped_px = 0, raw_clipped_px = 0, maps_clamped = 0;
};

class EnhanceGenerator final : public Generator {
public:
    /// @throws Error when the config contradicts itself, or no CT volume can be read
    EnhanceGenerator(EnhanceConfig config, std::vector<volume::CtSource> ct);

    std::string kind() const override { return "enhance"; }
    std::vector<FieldSpec> fields() const override;
    int group_size() const override { return config_.view.views_per_volume; }
    std::string split(const SampleKey& key) const override { return sources_.split(key); }
    std::vector<std::string> notes() const override { return sources_.notes(); }
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;

    EnhanceRecipe draw(const SampleKey& key) const;
    EnhancePair realise(const EnhanceRecipe& recipe, StageSeconds* seconds = nullptr) const;
    Sample encode(const EnhanceRecipe& recipe, const EnhancePair& pair) const;
    const EnhanceConfig& config() const { return config_; }
    /// @throws Error when the source cannot be read or shows no body
    std::shared_ptr<const Subject> subject(size_t source) const;

private:
    EnhanceRecipe draw(const SampleKey& key, const Subject& subject) const;
    EnhancePair realise(const EnhanceRecipe& recipe, const Subject& subject, StageSeconds* seconds) const;

    EnhanceConfig config_;
    VolumeSources sources_;
    mutable Cache<Subject> subjects_;
};

}  // namespace radforge::enhance
