// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/colorize_generator.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/colorize/body_mask.h"
#include "synth/colorize/classify.h"
#include "synth/colorize/colorize_record.h"
#include "synth/colorize/contour.h"
#include "synth/enhance/body.h"

#include <algorithm>
#include <cmath>

namespace radforge::colorize {
namespace {

constexpr double kTurn_rad = 6.283185307179586;
constexpr HuRange kWholeCt{-1000, 3096};
constexpr size_t kCachedPatients = 6;  // as many as VolumeSources keeps volumes

/// A seed that is the same for all slices of one source.
uint32_t texture_seed_of(const std::string& id, Seed root) {
    const std::string text = std::to_string(root.value) + "/texture/" + id;
    return uint32_t(xxh3_64(bytes_of(text)));
}

ScanRecipe draw_scan(const ScannerConfig& config, int size_px, Rng& rng) {
    ScanRecipe scan;
    scan.noise_hu = config.noise_hu.draw(rng);
    scan.noise_seed = rng.next_u32();
    if (rng.uniform() < config.ring_probability)
        for (uint64_t i = 0, n = 1 + rng.below(4); i < n; ++i) {
            const double radius_px = rng.uniform(0.03, 0.4) * size_px;
            scan.rings.push_back({radius_px, rng.uniform(-30, 30)});
        }
    if (rng.uniform() < config.streak_probability) {
        // All through one place, as from one dense object.
        const double row_px = rng.uniform(0.3, 0.7) * size_px, column_px = rng.uniform(0.3, 0.7) * size_px;
        for (uint64_t i = 0, n = 2 + rng.below(5); i < n; ++i) {
            const double heading_rad = rng.uniform(0, kTurn_rad / 2);
            scan.streaks.push_back({row_px, column_px, heading_rad, rng.uniform(-60, 60)});
        }
    }
    return scan;
}

/// Where a resampled line takes its values: from one old pixel and the next, with the part of the latter.
struct Tap {
    size_t at;
    double part;
    size_t nearest() const { return part < 0.5 ? at : at + 1; }
};

std::vector<Tap> taps(int count, double spacing_mm, double pixel_mm) {
    constexpr double kSame = 1.001;  // spacings that differ by rounding
    const bool same = spacing_mm < kSame * pixel_mm;
    const int wanted = same ? count : std::max(1, int(std::lround(count * spacing_mm / pixel_mm)));
    std::vector<Tap> out;
    for (int i = 0; i < wanted; ++i) {
        const double x = same ? i : std::clamp((i + 0.5) * pixel_mm / spacing_mm - 0.5, 0.0, count - 1.0);
        const int at = std::min(int(x), std::max(count - 2, 0));
        out.push_back({size_t(at), x - at});
    }
    return out;
}

/// A slice on square pixels as narrow as its own are one way: what follows counts in pixels.
struct SquareSlice {
    Image ct, body;          ///< the second u8, not zero where the patient is
    int64_t padding_px = 0;  ///< of the slice as scanned, taken as air
    double pixel_mm = 1;
    SliceFrame frame{};
};

/// @param patient  enhance::body_mask() of the volume
SquareSlice square_slice(const Volume& volume, const std::vector<uint8_t>& patient, int slice) {
    const ImageView<const int16_t> in = volume.slice(slice);
    SquareSlice out;
    out.pixel_mm = std::min(volume.column_spacing_mm, volume.row_spacing_mm);
    const std::vector<Tap> columns = taps(volume.columns, volume.column_spacing_mm, out.pixel_mm),
                           rows = taps(volume.rows, volume.row_spacing_mm, out.pixel_mm);
    std::vector<int16_t> hu(in.data, in.data + size_t(volume.rows) * size_t(volume.columns));
    for (int16_t& v : hu)
        if (v == Volume::kHuPadding) v = kOutside_hu, ++out.padding_px;
    out.ct = Image(int(rows.size()), int(columns.size()), 1, PixelType::I16, ColorSpace::Data);
    const size_t down = volume.rows > 1 ? size_t(volume.columns) : 0, right = volume.columns > 1 ? 1 : 0;
    out.body = Image(out.ct.height_px, out.ct.width_px, 1, PixelType::U8, ColorSpace::Data);
    int16_t* to = out.ct.values<int16_t>().data();
    uint8_t* body = out.body.values<uint8_t>().data();
    const uint8_t* seen = patient.data() + size_t(slice) * size_t(volume.rows) * size_t(volume.columns);
    for (const Tap& r : rows)
        for (const Tap& c : columns) {
            const int16_t* from = hu.data() + r.at * size_t(volume.columns) + c.at;
            const double above = from[0] + c.part * (from[right] - from[0]),
                         below = from[down] + c.part * (from[down + right] - from[down]);
            *to++ = int16_t(std::lround(above + r.part * (below - above)));
            *body++ = seen[r.nearest() * size_t(volume.columns) + c.nearest()];
        }
    // Faces stay where they are, so that the first centre moves with the width of its pixel.
    const double column_mm =
                     columns.size() == size_t(volume.columns) ? volume.column_spacing_mm : out.pixel_mm,
                 row_mm = rows.size() == size_t(volume.rows) ? volume.row_spacing_mm : out.pixel_mm;
    out.frame = {to_float(volume.slice_origin_mm[size_t(slice)] +
                          0.5 * (column_mm - volume.column_spacing_mm) * volume.row_direction +
                          0.5 * (row_mm - volume.row_spacing_mm) * volume.column_direction),
                 to_float(volume.row_direction * column_mm), to_float(volume.column_direction * row_mm)};
    return out;
}

}  // namespace

void finish_pair(const ContourConfig& config, SectionPair& pair) {
    const Span<const uint8_t> inside = std::as_const(pair.mask).values<uint8_t>();
    const Span<int16_t> ct = pair.ct.values<int16_t>();
    const Span<uint8_t> labels = pair.labels.values<uint8_t>(), rgb = pair.rgb.values<uint8_t>();
    for (size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] != 0) continue;
        ct[i] = kOutside_hu, labels[i] = 0;
        for (size_t k = 0; k < 3; ++k) rgb[3 * i + k] = 0;
    }
    const ImageView<const int16_t> view = std::as_const(pair.ct).view<int16_t>();
    std::vector<Image> edges;
    if (config.mode == "full") {
        edges.push_back(sobel_in_range(view, kWholeCt));
    } else {
        edges.push_back(sobel_in_range(view, {config.fat_low_hu, config.fat_high_hu}));
        edges.push_back(sobel_in_range(view, {config.bone_low_hu, config.bone_high_hu}));
    }
    const int channels = config.mode == "two" ? 2 : 1;
    pair.contour = Image(view.height_px, view.width_px, channels, PixelType::F32, ColorSpace::Data);
    const Span<float> out = pair.contour.values<float>();
    for (size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == 0) continue;
        for (size_t k = 0; k < edges.size(); ++k) {
            float& to = out[channels == 2 ? 2 * i + k : i];
            to = std::max(to, std::as_const(edges[k]).values<float>()[i]);
        }
    }
}

ColorizeGenerator::ColorizeGenerator(ColorizeConfig config, std::vector<volume::CtSource> ct)
    : config_(std::move(config)),
      sources_(std::move(ct), config_.phantom, config_.dataset, config_.section.pairs_per_volume),
      patients_(kCachedPatients) {
    if (config_.section.pairs_per_volume > config_.dataset.samples_per_shard)
        throw Error(ErrorKind::Usage, "samples that share a volume share a shard")
            .where("section.pairs_per_volume")
            .got(std::to_string(config_.section.pairs_per_volume))
            .expected("at most dataset.samples_per_shard = " +
                      std::to_string(config_.dataset.samples_per_shard));
    const ContourConfig& c = config_.contour;
    if (!(c.fat_low_hu < c.fat_high_hu && c.bone_low_hu < c.bone_high_hu))
        throw Error(ErrorKind::Usage, "a range of HU must go upwards").where("contour");
    sources_.require_one();
}

ColorizeRecipe ColorizeGenerator::draw(const SampleKey& key) const {
    ColorizeRecipe recipe;
    recipe.key = key;
    recipe.source = sources_.of(key);
    recipe.texture_seed = texture_seed_of(sources_.id(recipe.source), {uint64_t(config_.dataset.seed)});
    Rng cut(key, Stream::Augment);
    const int slices = phantoms() ? config_.phantom.slices : sources_.load(recipe.source)->slices;
    recipe.slice = int(cut.below(uint64_t(slices)));
    if (phantoms()) {
        Rng noise(key, Stream::Noise);
        recipe.scan = draw_scan(config_.scanner, config_.phantom.size_px, noise);
    }
    Rng light(key, Stream::Light), sensor(key, Stream::Sensor);
    recipe.photo.ramp_counts = config_.photo.ramp_counts.draw(light);
    recipe.photo.ramp_heading_rad = light.uniform(0, kTurn_rad);
    recipe.photo.noise_counts = config_.photo.noise_counts.draw(sensor);
    recipe.photo.noise_seed = sensor.next_u32();
    return recipe;
}

SectionPair ColorizeGenerator::phantom_pair(const ColorizeRecipe& recipe) const {
    LabelSlice slice =
        phantom_section(config_.phantom, {uint64_t(config_.dataset.seed)}, recipe.source, recipe.slice);
    const Image fine = refine_labels(std::as_const(slice.labels).view<uint8_t>());
    SectionPair pair;
    pair.origin = "phantom";
    pair.body_part = slice.body_part;
    pair.pixel_mm = slice.pixel_mm;
    pair.height_mm = slice.height_mm;
    pair.ct = scan_section(fine, slice.frame, recipe.scan, recipe.texture_seed);
    pair.mask = body_mask(std::as_const(pair.ct).view<int16_t>());
    pair.labels = std::move(slice.labels);
    pair.rgb = masked_photo(paint_section(fine, slice.frame, recipe.photo, recipe.texture_seed), pair.mask);
    return pair;
}

std::shared_ptr<const std::vector<uint8_t>> ColorizeGenerator::patient(size_t source) const {
    return patients_.get(sources_.id(source), [&] {
        return std::make_shared<const std::vector<uint8_t>>(enhance::body_mask(*sources_.load(source)));
    });
}

SectionPair ColorizeGenerator::pseudo_pair(const ColorizeRecipe& recipe) const {
    const std::shared_ptr<const Volume> volume = sources_.load(recipe.source);
    SectionPair pair;
    pair.origin = "pseudo";
    pair.body_part = volume->body_part;
    SquareSlice square = square_slice(*volume, *patient(recipe.source), recipe.slice);
    pair.pixel_mm = square.pixel_mm;
    pair.height_mm = volume->slice_positions_mm()[size_t(recipe.slice)];
    pair.padding_px = square.padding_px;
    pair.ct = std::move(square.ct);
    const ImageView<const int16_t> view = std::as_const(pair.ct).view<int16_t>();
    pair.mask = body_mask(view, scan_opening_px(square.pixel_mm), &square.body);
    SliceFacts facts;
    facts.body_part = volume->body_part;
    facts.pixel_mm = square.pixel_mm;
    facts.columns_run_left = volume->row_direction.x > 0;
    facts.rows_run_back = volume->column_direction.y > 0;
    pair.labels = classify(view, pair.mask, facts);
    const Image fine = refine_labels(std::as_const(pair.labels).view<uint8_t>());
    pair.rgb = masked_photo(paint_section(fine, square.frame, recipe.photo, recipe.texture_seed), pair.mask);
    return pair;
}

SectionPair ColorizeGenerator::realise(const ColorizeRecipe& recipe) const {
    SectionPair pair = phantoms() ? phantom_pair(recipe) : pseudo_pair(recipe);
    finish_pair(config_.contour, pair);
    return pair;
}

std::vector<FieldSpec> ColorizeGenerator::fields() const {
    return colorize_fields(config_.dataset.profile, config_.contour,
                           phantoms() ? config_.phantom.size_px : -1);
}

std::vector<Sample> ColorizeGenerator::generate(Span<const SampleKey> keys) const {
    std::vector<Sample> samples;
    for (const SampleKey& key : keys) {
        const ColorizeRecipe recipe = draw(key);
        const SectionPair pair = realise(recipe);
        Sample sample;
        sample.key = key;
        sample.split = split(key);
        sample.fields = colorize_members(config_, recipe, pair, sources_.id(recipe.source), sample.split);
        samples.push_back(std::move(sample));
    }
    return samples;
}

}  // namespace radforge::colorize
