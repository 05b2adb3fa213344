// SPDX-License-Identifier: Apache-2.0
#include "tests/models/train/film_set.h"

#include "synth/base/log.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/names.h"
#include "synth/shard/quantise.h"
#include "synth/shard/shard_writer.h"

#include <cmath>
#include <filesystem>

namespace radforge::test {
namespace {

constexpr int kHeight = 40, kWidth = 56, kTexels = 16;
constexpr size_t kPixels = size_t(kHeight) * kWidth;

const shard::NumericField kUv{"uv", {2, kHeight, kWidth}, "1", {0, 1}, false, false, {}},
    kWc{"wc", {3, kHeight, kWidth}, "m", {-10, 10}, true, false, {}},
    kDepth{"depth", {1, kHeight, kWidth}, "m", {0, 10}, true, false, {}},
    kNormal{"normal", {3, kHeight, kWidth}, "1", {-1.00001, 1.00001}, false, false, {}},
    kBm{"bm", {2, kTexels, kTexels}, "1", {-1, 1}, true, true, {}};

FieldSpec picture(const char* name, int channels) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = "png";
    spec.shape = {kHeight, kWidth, channels};
    return spec;
}

/// Where a pixel lies on the film: a unit square, turned and moved by the sample's number.
struct Film {
    explicit Film(uint64_t index) : turn(0.02 * double(index % 7)), left(12 + double(index % 5)) {}
    void texture(double x, double y, double& u, double& v) const {
        const double p = x - left, q = y - 8;
        u = (p * std::cos(turn) + q * std::sin(turn)) / 32;
        v = (q * std::cos(turn) - p * std::sin(turn)) / 24;
    }
    void position(double u, double v, double& x, double& y) const {
        x = left + 32 * u * std::cos(turn) - 24 * v * std::sin(turn);
        y = 8 + 24 * v * std::cos(turn) + 32 * u * std::sin(turn);
    }
    double turn, left;
};

Sample sample_of(const DatasetPlan& plan, uint64_t index, const std::string& split) {
    const Film film(index);
    Image photo(kHeight, kWidth, 3, PixelType::U8, ColorSpace::Srgb),
        albedo = photo, mask(kHeight, kWidth, 1, PixelType::U8, ColorSpace::Data);
    std::vector<float> uv(2 * kPixels), wc(3 * kPixels), depth(kPixels), normal(3 * kPixels), bm;
    for (size_t i = 0; i < kPixels; ++i) {
        double u = 0, v = 0;
        film.texture(double(i % kWidth) + 0.5, double(i / kWidth) + 0.5, u, v);
        const bool inside = u >= 0 && u <= 1 && v >= 0 && v <= 1;
        const double print = inside ? 0.3 + 0.5 * u * v : 0.9;
        for (size_t k = 0; k < 3; ++k) {
            photo.bytes[3 * i + k] = std::byte(quantize_u8(float(print * (1 - 0.1 * double(k)))));
            albedo.bytes[3 * i + k] = std::byte(quantize_u8(inside ? float(print) : 0.0f));
        }
        mask.bytes[i] = std::byte(inside ? 255 : 0);
        if (!inside) continue;
        uv[i] = float(u);
        uv[kPixels + i] = float(v);
        wc[i] = float(u - 0.5);
        wc[kPixels + i] = float(v - 0.5);
        wc[2 * kPixels + i] = float(0.1 * u);
        depth[i] = float(1 - 0.1 * u);
        normal[2 * kPixels + i] = -1;
    }
    bm.resize(2 * kTexels * kTexels);
    for (size_t i = 0; i < size_t(kTexels) * kTexels; ++i) {
        double x = 0, y = 0;
        film.position((double(i % kTexels) + 0.5) / kTexels, (double(i / kTexels) + 0.5) / kTexels, x, y);
        bm[i] = float(2 * x / kWidth - 1);
        bm[size_t(kTexels) * kTexels + i] = float(2 * y / kHeight - 1);
    }
    const auto raw = shard::Profile::Raw;
    Sample sample;
    sample.key = {plan.seed, index};
    sample.split = split;
    sample.fields = {
        {"photo", "png", photo},
        {"mask", "png", mask},
        {"albedo", "png", albedo},
        store(kUv, raw, uv, kUv.shape),
        store(kWc, raw, wc, kWc.shape),
        store(kDepth, raw, depth, kDepth.shape),
        store(kNormal, raw, normal, kNormal.shape),
        store(kBm, raw, bm, kBm.shape),
        {"meta", "json", shard::make_meta({plan.kind, split, plan.name, sample.key}, "{}", "{}")}};
    return sample;
}

}  // namespace

void write_film_set(const std::string& directory, uint32_t train, uint32_t val) {
    Logger logger(LogFormat::Text, true);
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "films";
    plan.kind = "film";
    plan.seed = {3};
    plan.count = train + val;
    plan.samples_per_shard = int(std::max(train, val));
    plan.config_toml = "[dataset]\nname = \"films\"\n";
    plan.provenance_json = R"({"revision":"abc"})";
    plan.split_parts = {{"train", 0.5}, {"val", 0.5}};
    const auto raw = shard::Profile::Raw;
    FieldSpec meta;
    meta.name = "meta";
    meta.extension = "json";
    plan.fields = {picture("photo", 3),   picture("mask", 1), picture("albedo", 3),
                   spec_of(kUv, raw),     spec_of(kWc, raw),  spec_of(kDepth, raw),
                   spec_of(kNormal, raw), spec_of(kBm, raw),  meta};
    std::filesystem::create_directories(directory + "/index");
    shard::write_text_file(directory, "config.toml", plan.config_toml);
    shard::write_text_file(directory, "plan.json", shard::plan_json(plan));
    uint64_t first = 0, number = 0;
    for (const auto& [split, count] : {std::pair<std::string, uint32_t>{"train", train}, {"val", val}}) {
        shard::ShardWriter writer(
            plan,
            {number++, shard::shard_file_name(plan.kind, split, 0), split, first, first + count - 1, count},
            shard::plan_digest(plan));
        for (uint64_t i = first; i < first + count; ++i)
            writer.add(i, shard::encode_sample(sample_of(plan, i, split), plan));
        writer.commit(logger);
        first += count;
    }
    shard::rebuild_index(directory);
}

}  // namespace radforge::test
