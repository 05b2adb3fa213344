// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/blur_generator.h"

#include "synth/base/error.h"
#include "synth/blur/blur_record.h"

#include <algorithm>
#include <cstring>

namespace radforge::blur {
namespace {

Centring centring_of(const MotionConfig& config) {
    return config.center == "box" ? Centring::Box : Centring::Centroid;
}

/// The slices that a kernel reads, with air outside the scanned field.
class CleanSlices {
public:
    /// @param reach  slices to each side of `slice` that are read
    CleanSlices(const Volume& volume, int slice, int reach) {
        const int first = std::max(0, slice - reach), last = std::min(volume.slices - 1, slice + reach);
        for (int s = 0; s < volume.slices; ++s) views_.push_back(volume.slice(s));
        const size_t pixels = size_t(volume.rows) * size_t(volume.columns);
        for (int s = first; s <= last; ++s) {
            const int16_t* in = views_[size_t(s)].data;
            const int64_t padding = std::count(in, in + pixels, Volume::kHuPadding);
            if (s == slice) padding_px_ = padding;
            if (padding == 0) continue;
            copies_.emplace_back(in, in + pixels);
            std::replace(copies_.back().begin(), copies_.back().end(), Volume::kHuPadding, kAir_hu);
            views_[size_t(s)].data = copies_.back().data();
        }
    }
    Span<const ImageView<const int16_t>> all() const { return views_; }
    ImageView<const int16_t> at(int slice) const { return views_[size_t(slice)]; }
    int64_t padding_px() const { return padding_px_; }

private:
    std::vector<std::vector<int16_t>> copies_;
    std::vector<ImageView<const int16_t>> views_;
    int64_t padding_px_ = 0;
};

template <class T>
Image cropped(ImageView<const T> from, Box box) {
    Image out(box.height_px, box.width_px, 1, pixel_type_of<T>(), ColorSpace::Data);
    const auto to = out.view<T>();
    for (int r = 0; r < box.height_px; ++r)
        std::memcpy(to.pixel(r, 0), from.pixel(box.top_px + r, box.left_px),
                    size_t(box.width_px) * sizeof(T));
    return out;
}

/// Maps the smallest value to 0 and the largest to 1.
template <class T>
Image stretched(Span<const T> values, int height_px, int width_px) {
    const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
    if (*lo == *hi)
        throw Error(ErrorKind::BadData, "a constant slice cannot be stretched to [0, 1]")
            .got(std::to_string(*lo) + " everywhere");
    const double least = *lo, span = double(*hi) - least;
    Image out(height_px, width_px, 1, PixelType::F32, ColorSpace::Data);
    const Span<float> to = out.values<float>();
    for (size_t i = 0; i < values.size(); ++i) to[i] = float((values[i] - least) / span);
    return out;
}

/// Places of the slices along the stack, which in a tilted scan runs aslant through them, as the table does:
/// there every slice shows the same pixel beside the same pixel, and motion needs no shift in the plane.
std::vector<double> places_along_stack(const Volume& volume, double unit_mm) {
    std::vector<double> places = {0};
    for (size_t s = 1; s < volume.slice_origin_mm.size(); ++s)
        places.push_back(places.back() +
                         length(volume.slice_origin_mm[s] - volume.slice_origin_mm[s - 1]) / unit_mm);
    return places;
}

}  // namespace

StretchedPair blur_stretched(ImageView<const int16_t> slice, const optics::Psf& psf, int centre_px) {
    const Span<const int16_t> hu(slice.data, size_t(slice.height_px) * size_t(slice.width_px));
    const int16_t least = *std::min_element(hu.begin(), hu.end());
    // Stretching commutes with the convolution: the smallest value beyond the edges is zero after the
    // stretch.
    const std::vector<int32_t> sums = convolve_framed(slice, psf, centre_px, least);
    return {stretched<int16_t>(hu, slice.height_px, slice.width_px),
            stretched<int32_t>(sums, slice.height_px, slice.width_px)};
}

BlurGenerator::BlurGenerator(BlurConfig config, std::vector<volume::CtSource> ct)
    : config_(std::move(config)),
      sources_(std::move(ct), config_.phantom, config_.dataset, config_.blur.pairs_per_volume,
               config_.blur.motion == "volume" ? Reading::BetweenSlices : Reading::Slices) {
    const MotionConfig& m = config_.blur;
    if (m.motion == "volume" && (m.mode != "linear" || m.center != "centroid"))
        throw Error(ErrorKind::Usage,
                    "motion through the slices needs mode = \"linear\" and center = \"centroid\"")
            .where("blur.motion")
            .got("mode = \"" + m.mode + "\", center = \"" + m.center + "\"");
    if (m.pairs_per_volume > config_.dataset.samples_per_shard)
        throw Error(ErrorKind::Usage, "samples that share a volume share a shard")
            .where("blur.pairs_per_volume")
            .got(std::to_string(m.pairs_per_volume))
            .expected("at most dataset.samples_per_shard = " +
                      std::to_string(config_.dataset.samples_per_shard));
    if (sources_.ct().empty() && config_.crop.size_px > config_.phantom.size_px)
        throw Error(ErrorKind::Usage, "the crop is larger than the phantoms' slices")
            .where("crop.size_px")
            .got(std::to_string(config_.crop.size_px))
            .expected("at most phantom.size_px = " + std::to_string(config_.phantom.size_px));
    sources_.require_one();
}

BlurRecipe BlurGenerator::draw(const SampleKey& key) const {
    const MotionConfig& m = config_.blur;
    BlurRecipe recipe;
    recipe.key = key;
    recipe.source = sources_.of(key);
    const std::shared_ptr<const Volume> volume = sources_.load(recipe.source);

    if (m.motion == "volume" && volume->slices < 2)
        throw Error(ErrorKind::BadData, "motion through the slices needs more than one")
            .where("blur.motion")
            .got("1 slice in volume " + sources_.id(recipe.source))
            .hint("leave this volume out, or set blur.motion to plane");

    Rng motion(key, Stream::Geometry);
    const double anxiety = m.anxiety.draw(motion);
    recipe.exposure = m.exposure.draw(motion);
    recipe.rectilinear = motion.uniform() < m.rectilinear_probability;
    recipe.motion = draw_motion(anxiety, recipe.rectilinear, motion);
    recipe.through_plane = draw_motion(anxiety, recipe.rectilinear, motion);

    Rng cut(key, Stream::Augment);
    recipe.slice = int(cut.below(uint64_t(volume->slices)));
    const int size = config_.crop.size_px;
    if (size > std::min(volume->rows, volume->columns))
        throw Error(ErrorKind::BadData, "the crop is larger than the slice")
            .where("crop.size_px")
            .got(std::to_string(size) + " px, slices of " + std::to_string(volume->columns) + " x " +
                 std::to_string(volume->rows));
    recipe.crop = {0, 0, volume->rows, volume->columns};
    if (size > 0)
        recipe.crop = {int(cut.below(uint64_t(volume->rows - size) + 1)),
                       int(cut.below(uint64_t(volume->columns - size) + 1)), size, size};
    if (m.mode == "linear") recipe.window = config_.windows.of(volume->body_part).draw(cut);
    return recipe;
}

std::vector<BlurPair> BlurGenerator::realise(Span<const BlurRecipe> recipes) const {
    const bool linear = config_.blur.mode == "linear", through = config_.blur.motion == "volume";
    const Centring centring = centring_of(config_.blur);
    std::vector<MotionRequest> requests;
    for (const BlurRecipe& r : recipes) {
        const int points = points_needed(r.exposure, centring);
        requests.push_back({r.motion, r.key, Stream::Noise, points});
        if (through) requests.push_back({r.through_plane, r.key, Stream::Transport, points});
    }
    const std::vector<MotionPath> paths = follow(requests);

    std::vector<BlurPair> pairs(recipes.size());
    for (size_t i = 0; i < recipes.size(); ++i) {
        const BlurRecipe& r = recipes[i];
        BlurPair& pair = pairs[i];
        const std::shared_ptr<const Volume> volume = sources_.load(r.source);
        const MotionPath& path = paths[through ? 2 * i : i];
        pair.impulses = path.impulses;
        if (through) {
            const std::vector<double> places_px =
                places_along_stack(*volume, config_.blur.through_plane_ratio * volume->column_spacing_mm);
            pair.psf = make_kernel(path, paths[2 * i + 1], places_px, r.slice, r.exposure);
        } else {
            pair.psf = make_kernel(path, r.exposure, centring);
        }
        normalise(pair.psf);
        const CleanSlices slices(*volume, r.slice, pair.psf.depth);
        pair.padding_px = slices.padding_px();
        const KernelCentre centre = centre_of(pair.psf, centring);
        if (linear) {
            pair.sharp = cropped(slices.at(r.slice), r.crop);
            pair.blurred = convolve_mirrored(slices.all(), r.slice, pair.psf, centre, r.crop);
        } else {
            const StretchedPair whole = blur_stretched(slices.at(r.slice), pair.psf, centre.px);
            pair.sharp = cropped(whole.sharp.view<float>(), r.crop);
            pair.blurred = cropped(whole.blurred.view<float>(), r.crop);
            pair.psf.scale(1 / double(pair.psf.largest()));
        }
    }
    return pairs;
}

std::vector<FieldSpec> BlurGenerator::fields() const { return blur_fields(config_); }

std::vector<Sample> BlurGenerator::generate(Span<const SampleKey> keys) const {
    std::vector<BlurRecipe> recipes;
    for (const SampleKey& key : keys) recipes.push_back(draw(key));
    const std::vector<BlurPair> pairs = realise(recipes);
    std::vector<Sample> samples;
    for (size_t i = 0; i < keys.size(); ++i) {
        Sample sample;
        sample.key = keys[i];
        sample.split = split(keys[i]);
        sample.fields =
            blur_members(config_, recipes[i], pairs[i], sources_.id(recipes[i].source), sample.split);
        samples.push_back(std::move(sample));
    }
    return samples;
}

}  // namespace radforge::blur
