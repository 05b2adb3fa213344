// SPDX-License-Identifier: Apache-2.0
/// X-ray images paired with the volume behind them, in the frame of the view: the `xray` kind of
/// sample-format.md.
#pragma once
#include "synth/generator.h"
#include "synth/xray/detector.h"
#include "synth/xray/view_plan.h"
#include "synth/xray/xray_config.h"
#include "synth/xray/xray_volumes.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace radforge::xray {

/// Every drawn number of one sample.
struct XrayRecipe {
    SampleKey key;
    Place place;
    ViewRecipe view;
    std::optional<DetectorRecipe> detector;
};

/// One sample before it is encoded.
struct XrayShot {
    std::shared_ptr<const PreparedVolume> volume;
    View view;
    Mat3d cube_from_view;    ///< mirrored where the sample is
    Image opacity;           ///< f32 [H,W,1] in [0,1]
    int64_t clipped_px = 0;  ///< integrals below 0 (interpolation overshoot), counted as 0
    NdArray density;         ///< in the view frame; empty in mode "reference"
    std::optional<Readout> detector;
};

class XrayGenerator final : public Generator {
public:
    /// @throws Error when the config contradicts itself, or no input can be used
    XrayGenerator(XrayConfig config, std::vector<volume::CtSource> ct);

    std::string kind() const override { return "xray"; }
    std::vector<FieldSpec> fields() const override;
    /// A launch on CUDA. On the CPU a view and its mirror image, which the nearer caches hold until they are
    /// written.
    int group_size() const override;
    std::string split(const SampleKey& key) const override { return volumes_.split(volume_of(key)); }
    std::vector<std::string> notes() const override { return volumes_.notes(); }
    uint64_t samples_per_source() const override { return plan_.samples_per_volume(); }
    PlannedSource source(const SampleKey& key) const override;
    std::string source_file(const SampleKey& key) const override;
    std::vector<Sample> generate(Span<const SampleKey> keys) const override;
    void generate_each(Span<const SampleKey> keys, const std::function<void(Sample)>& take) const override;

    XrayRecipe draw(const SampleKey& key) const;
    std::vector<XrayShot> realise(Span<const XrayRecipe> recipes) const;
    const XrayConfig& config() const { return config_; }
    const ViewPlan& plan() const { return plan_; }
    const XrayVolumes& volumes() const { return volumes_; }

private:
    void check_device() const;
    /// @throws Error for a sample beyond the last view of the last volume
    uint64_t volume_of(const SampleKey& key) const;
    using TakeShot = std::function<void(const XrayRecipe&, XrayShot)>;
    void realise_each(Span<const XrayRecipe> recipes, const TakeShot& take) const;
    void realise_run(Span<const XrayRecipe> recipes, const TakeShot& take) const;

    XrayConfig config_;
    ViewPlan plan_;
    XrayVolumes volumes_;
};

}  // namespace radforge::xray
