// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/detector.h"

#include "synth/base/error.h"

#include <algorithm>

namespace radforge::xray {
namespace {

constexpr Vec2d kSides[] = {{0, -1}, {0, 1}, {1, 0}, {-1, 0}};  // head, feet, left, right in a frontal image

Vec2d side_of(const std::string& name, Rng& rng) {
    const uint64_t drawn = rng.below(4);
    for (uint64_t i = 0; i < 4; ++i) {
        static constexpr const char* kNames[] = {"head", "feet", "left", "right"};
        if (name == kNames[i]) return kSides[i];
    }
    return kSides[drawn];
}

/// Stages are drawn whether they are there or not, so that a change of one share moves no other number.
bool present(double part, Rng& rng) { return rng.uniform() < part; }

ExposureSettings settings_of(const View& view, const DetectorRecipe& r, double magnification) {
    ExposureSettings s;
    s.spectrum = r.monochromatic ? monochromatic(r.energy_kev) : tube_spectrum(r.tube);
    s.photons_per_pixel = r.photons_per_pixel;
    if (r.heel) {
        const Vec3d towards =
            r.anode.x * normalized(view.column_step_mm) + r.anode.y * normalized(view.row_step_mm);
        s.heel = Heel{r.tube.anode_angle_deg, r.heel_depth_um, towards};
    }
    if (r.collimator_width)
        s.collimator =
            Collimator{*r.collimator_width * view.width_px * length(view.column_step_mm),
                       *r.collimator_height * view.height_px * length(view.row_step_mm), r.penumbra_mm};
    if (r.focal_spot_mm) s.focal_spot = FocalSpot{*r.focal_spot_mm, *r.focal_spot_mm, magnification};
    s.scatter = r.scatter;
    s.grid = r.grid;
    s.scintillator = r.scintillator;
    s.noise = r.noise;
    return s;
}

}  // namespace

void validate(const DetectorConfig& config) {
    const ReadoutConfig& r = config.readout;
    if (r.mode == "film" && !(r.film_d_min < r.film_d_max))
        throw Error(ErrorKind::Usage, "the blackest film must be blacker than unexposed film")
            .where("detector.readout.film_d_min, detector.readout.film_d_max")
            .got(std::to_string(r.film_d_min) + ", " + std::to_string(r.film_d_max));
    if (r.mode == "window" && !(r.low.range().hi < r.high.range().lo))
        throw Error(ErrorKind::Usage, "a window must go upwards, whatever is drawn")
            .where("detector.readout.low, detector.readout.high")
            .got("low up to " + std::to_string(r.low.range().hi) + ", high from " +
                 std::to_string(r.high.range().lo));
}

DetectorRecipe draw_detector(const DetectorConfig& config, const SampleKey& key, bool cone) {
    Rng rng(key, Stream::Sensor);
    DetectorRecipe r;
    const TubeConfig& t = config.tube;
    r.monochromatic = t.spectrum == "mono";
    r.energy_kev = t.energy_kev.draw(rng);
    r.tube.kvp = t.kvp.draw(rng);
    r.tube.aluminium_mm = t.aluminium_mm.draw(rng);
    r.tube.copper_mm = t.copper_mm.draw(rng);
    r.tube.anode_angle_deg = t.anode_angle_deg.draw(rng);
    r.photons_per_pixel = t.photons_per_pixel.draw(rng);

    const BeamConfig& b = config.beam;
    r.heel = present(b.heel_part, rng);
    r.heel_depth_um = b.heel_depth_um.draw(rng);
    if (r.heel) r.tube.escape_um = r.heel_depth_um;  // the heel is the change of this path across the field
    r.anode = side_of(b.anode, rng);
    const bool collimated = present(b.collimator_part, rng);
    const double width = b.collimator_width.draw(rng), height = b.collimator_height.draw(rng);
    r.penumbra_mm = b.penumbra_mm.draw(rng);
    if (collimated) r.collimator_width = width, r.collimator_height = height;
    const bool spot = present(b.focal_spot_part, rng);
    const double spot_mm = b.focal_spot_mm.draw(rng);
    if (spot && cone) r.focal_spot_mm = spot_mm;

    const ScatterConfig& s = config.scatter;
    const bool scattered = present(s.scatter_part, rng), behind_grid = present(s.grid_part, rng);
    ScatterKernel kernel;
    kernel.amplitude = s.amplitude.draw(rng);
    kernel.narrow_sigma_mm = s.narrow_mm.draw(rng);
    kernel.wide_sigma_mm = s.wide_mm.draw(rng);
    kernel.wide_share = s.wide_share.draw(rng);
    if (scattered) r.scatter = kernel;
    const AntiScatterGrid grid{s.grid_primary.draw(rng), s.grid_scatter.draw(rng)};
    if (behind_grid) r.grid = grid;

    const PanelConfig& p = config.panel;
    const bool screen = present(p.scintillator_part, rng), counting = present(p.counting_part, rng),
               noisy = present(p.noise_part, rng);
    Scintillator csi;
    csi.counting = counting;
    csi.thickness_mm = p.thickness_mm.draw(rng);
    csi.swank = p.swank.draw(rng);
    csi.narrow_sigma_mm = p.narrow_mm.draw(rng);
    csi.wide_sigma_mm = p.wide_mm.draw(rng);
    csi.wide_share = p.wide_share.draw(rng);
    if (screen) r.scintillator = csi;
    const double electronic = p.electronic_kev.draw(rng);
    // Counters weigh pulses against a threshold above their electronic noise.
    const bool adds_electronic = !(screen && counting);
    if (noisy) r.noise = DetectorNoise{{key.root, key.index}, adds_electronic ? electronic : 0};

    const ReadoutConfig& o = config.readout;
    r.low = o.low.draw(rng);
    r.high = o.high.draw(rng);
    r.film = {o.film_d_min, o.film_d_max, 1, o.film_gamma.draw(rng)};
    r.film_exposure = o.film_exposure.draw(rng);
    return r;
}

Readout radiograph(const View& view, Span<const MaterialPath> paths, const DetectorConfig& config,
                   const DetectorRecipe& recipe, double magnification) {
    Exposure exposure = expose(view, paths, settings_of(view, recipe, magnification));
    const std::string& mode = config.readout.mode;
    if (mode == "signal") return {exposure.signal, 0};
    if (mode == "film") return {film_density(exposure, recipe.film, recipe.film_exposure), 0};
    // No flat-fielding where only blur and scatter arrive: that reads 0 and counts as clipped.
    const Span<float> flat = exposure.flat.values<float>();
    const float brightest = *std::max_element(flat.begin(), flat.end());
    for (float& open : flat)
        if (open < kNoBeam * brightest) open = 0;
    Readout log = log_readout(exposure, config.readout.floor);
    if (mode == "log") return log;
    const float low = float(recipe.low), span = float(recipe.high - recipe.low);
    const Span<float> values = log.image.values<float>();
    const Span<const float> signal = exposure.signal.values<float>();
    for (size_t i = 0; i < values.size(); ++i) {
        const float t = (values[i] - low) / span;
        values[i] = std::clamp(t, 0.f, 1.f);
        const bool counted = starved(double(signal[i]), double(flat[i]), config.readout.floor);
        log.clipped_px += !counted && (values[i] < t || values[i] > t);
    }
    return log;
}

}  // namespace radforge::xray
