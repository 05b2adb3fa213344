// SPDX-License-Identifier: Apache-2.0
#include "tests/models/eval/film_set.h"

#include "synth/base/log.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/names.h"
#include "synth/shard/plan.h"
#include "synth/shard/quantise.h"
#include "synth/shard/shard_writer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

namespace radforge::test {
namespace {

constexpr double kPi = 3.14159265358979323846, kFirst = 0.15, kExtent = 0.7, kBend = 0.05;
constexpr auto kRaw = shard::Profile::Raw;

constexpr int kFlat = 96, kSliceTop = 4, kSliceBottom = 92, kSliceMargin = 2, kCorner = 10;

/// Columns of the two slices of a film.
struct Columns {
    int first, end;
};
Columns slice_columns(int slice, const FilmSetOptions& options) {
    const int inner = options.touching ? 0 : kSliceMargin;
    return slice == 0 ? Columns{kSliceMargin, kFlat / 2 - inner}
                      : Columns{kFlat / 2 + inner, kFlat - kSliceMargin};
}

bool contains(const std::vector<uint64_t>& numbers, uint64_t number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

int slice_bottom(const FilmSetOptions& options, uint64_t sample) {
    return contains(options.small, sample) ? kSliceTop + 20 : kSliceBottom;
}

bool has_value(int row, int column, const FilmSetOptions& options, uint64_t sample) {
    const int bottom = slice_bottom(options, sample);
    const Columns slice = slice_columns(column < kFlat / 2 ? 0 : 1, options);
    if (row < kSliceTop || row >= bottom || column < slice.first || column >= slice.end) return false;
    return !options.round_field || std::min(column - slice.first, slice.end - 1 - column) +
                                           std::min(row - kSliceTop, bottom - 1 - row) >=
                                       kCorner;
}

std::string panels(const FilmSetOptions& options, uint64_t sample) {
    std::string out;
    for (int k = 0; k < 2; ++k) {
        const Columns slice = slice_columns(k, options);
        out += std::string(k > 0 ? "," : "") + "{\"slice\":" + std::to_string(10 + k) +
               ",\"left_px\":" + std::to_string(slice.first) +
               ",\"width_px\":" + std::to_string(slice.end - slice.first) +
               ",\"top_px\":" + std::to_string(kSliceTop) +
               ",\"height_px\":" + std::to_string(slice_bottom(options, sample) - kSliceTop) +
               ",\"visible_share\":1.0,\"scout\":false,\"window_center_hu\":" + (k == 0 ? "500" : "2000") +
               ",\"window_width_hu\":" + (k == 0 ? "1000" : "2000") + "}";
    }
    return "\"film\":{\"panels\":[" + out + "]}";
}

/// What is at a point of the photo, both in [0,1].
struct Warp {
    double bend;
    double u(double x, double y) const { return (x - kFirst - bend * std::sin(kPi * v(y))) / kExtent; }
    double v(double y) const { return (y - kFirst) / kExtent; }
    double x(double u, double v) const { return kFirst + kExtent * u + bend * std::sin(kPi * v); }
    double y(double v) const { return kFirst + kExtent * v; }
};

double pattern(double u, double v, int channel) {
    return 0.5 + 0.2 * std::sin(2 * kPi * (3 * u + 0.3 * channel)) + 0.2 * std::cos(2 * kPi * (4 * v + u));
}

shard::NumericField field(const std::string& name, int channels, int side, Range<double> range, bool floating,
                          bool nan) {
    return {name, {channels, side, side}, "1", range, floating, nan, {}};
}

struct Maker {
    const FilmSetOptions& options;
    int side, texels;
    shard::NumericField uv, wc, depth, normal, bm, hu;

    explicit Maker(const FilmSetOptions& o)
        : options(o),
          side(o.side_px),
          texels(o.side_px / 2),
          uv(field("uv", 2, side, {0, 1}, false, false)),
          wc(field("wc", 3, side, {-1, 1}, true, false)),
          depth(field("depth", 1, side, {0, 10}, true, false)),
          normal(field("normal", 3, side, {-1, 1}, false, false)),
          bm(field("bm", 2, texels, {-1, 1}, true, true)),
          hu{"hu", {1, kFlat, kFlat}, "HU", {-2048, 4095}, false, true, shard::Affine{1, 0}} {}

    bool has(const std::string& name) const {
        return std::find(options.without.begin(), options.without.end(), name) == options.without.end();
    }

    std::vector<FieldSpec> specs() const {
        std::vector<FieldSpec> all;
        const auto picture = [&](const char* name, int channels) {
            FieldSpec spec;
            spec.name = name;
            spec.extension = "png";
            spec.shape = {side, side, channels};
            if (has(name)) all.push_back(spec);
        };
        picture("photo", 3);
        picture("albedo", 3);
        picture("mask", 1);
        for (const auto* f : {&uv, &wc, &depth, &normal, &bm, &hu})
            if (has(f->name)) all.push_back(spec_of(*f, kRaw));
        FieldSpec meta;
        meta.name = "meta";
        meta.extension = "json";
        all.push_back(meta);
        return all;
    }

    Sample sample(const DatasetPlan& plan, uint64_t index, const std::string& split) const {
        const Warp warp{index % 2 == 0 ? kBend : -kBend};
        const size_t plane = size_t(side) * size_t(side);
        Image photo(side, side, 3, PixelType::U8, ColorSpace::Srgb),
            albedo = photo, mask(side, side, 1, PixelType::U8, ColorSpace::Data);
        std::vector<float> uv_values(2 * plane), wc_values(3 * plane), depth_values(plane),
            normal_values(3 * plane);
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) {
                const double x = (c + 0.5) / side, y = (r + 0.5) / side, u = warp.u(x, y), v = warp.v(y);
                const bool film = u >= 0 && u <= 1 && v >= 0 && v <= 1;
                const size_t i = size_t(r) * size_t(side) + size_t(c);
                for (int k = 0; k < 3; ++k) {
                    const double colour = film ? pattern(u, v, k) : 0.1 + 0.05 * ((r / 4 + c / 4) % 2);
                    photo.view<uint8_t>()(r, c, k) = quantize_u8(float(colour * (0.8 + 0.2 * x)));
                    albedo.view<uint8_t>()(r, c, k) = quantize_u8(film ? float(colour) : 0.0f);
                }
                if (!film) continue;
                mask.view<uint8_t>()(r, c) = 255;
                uv_values[i] = float(u);
                uv_values[plane + i] = float(v);
                wc_values[i] = float(u - 0.5) / 2;
                wc_values[plane + i] = float(0.5 - v) / 2;
                wc_values[2 * plane + i] = float(0.1 * std::sin(kPi * v));
                depth_values[i] = float(1 - 0.1 * std::sin(kPi * v));
                normal_values[2 * plane + i] = -1;
            }
        const size_t flat = size_t(texels) * size_t(texels);
        std::vector<float> bm_values(2 * flat);
        for (int r = 0; r < texels; ++r)
            for (int c = 0; c < texels; ++c) {
                const double u = (c + 0.5) / texels, v = (r + 0.5) / texels;
                const size_t i = size_t(r) * size_t(texels) + size_t(c);
                bm_values[i] = float(2 * warp.x(u, v) - 1);
                bm_values[flat + i] = float(2 * warp.y(v) - 1);
                if ((options.round_field && r + c < 5) || contains(options.hidden, index))
                    bm_values[i] = bm_values[flat + i] = std::numeric_limits<float>::quiet_NaN();
            }
        std::vector<float> hu_values(size_t(kFlat) * kFlat, std::numeric_limits<float>::quiet_NaN());
        for (int r = 0; r < kFlat; ++r)
            for (int c = 0; c < kFlat; ++c)
                if (has_value(r, c, options, index))
                    hu_values[size_t(r) * kFlat + size_t(c)] =
                        float(-1024 + 4095 * pattern((c + 0.5) / kFlat, (r + 0.5) / kFlat, 1));
        Sample out;
        out.key = {plan.seed, index};
        out.split = split;
        const auto add = [&](const char* name, Field value) {
            if (has(name)) out.fields.push_back(std::move(value));
        };
        add("photo", {"photo", "png", photo});
        add("albedo", {"albedo", "png", albedo});
        add("mask", {"mask", "png", mask});
        add("uv", store(uv, kRaw, uv_values, uv.shape));
        add("wc", store(wc, kRaw, wc_values, wc.shape));
        add("depth", store(depth, kRaw, depth_values, depth.shape));
        add("normal", store(normal, kRaw, normal_values, normal.shape));
        add("bm", store(bm, kRaw, bm_values, bm.shape));
        add("hu", store(hu, kRaw, hu_values, hu.shape));
        out.fields.push_back(
            {"meta", "json",
             shard::make_meta({plan.kind, split, plan.name, out.key}, "{}",
                              "{\"volume\":\"phantom-" + std::to_string(index) + "\"}",
                              "{" + panels(options, index) + ",\"scenario\":{\"name\":\"bent" +
                                  (index % 2 == 0 ? "" : " back") + "\"}}")});
        return out;
    }
};

}  // namespace

void write_film_set(const std::string& directory, const FilmSetOptions& options) {
    Logger logger(LogFormat::Text, true);
    const Maker maker(options);
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "bent";
    plan.kind = "film";
    plan.seed = {11};
    plan.config_toml = "[dataset]\nname = \"bent\"\nseed = 11\n";
    for (const std::string& split : options.splits)
        plan.split_parts[split] = 1.0 / double(options.splits.size());
    plan.fields = maker.specs();
    plan.count = uint64_t(options.samples) * options.splits.size();
    plan.samples_per_shard = options.samples;
    std::filesystem::create_directories(directory + "/index");
    shard::write_text_file(directory, "config.toml", plan.config_toml);
    shard::write_text_file(directory, "plan.json", shard::plan_json(plan));
    uint64_t first = 0;
    for (size_t s = 0; s < options.splits.size(); ++s) {
        const std::string& split = options.splits[s];
        shard::ShardWriter writer(plan,
                                  {s, shard::shard_file_name(plan.kind, split, 0), split, first,
                                   first + uint64_t(options.samples) - 1, uint32_t(options.samples)},
                                  shard::plan_digest(plan));
        for (int i = 0; i < options.samples; ++i, ++first)
            writer.add(first, shard::encode_sample(maker.sample(plan, first, split), plan));
        writer.commit(logger);
    }
    shard::rebuild_index(directory);
}

}  // namespace radforge::test
