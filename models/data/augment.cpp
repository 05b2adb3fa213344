// SPDX-License-Identifier: Apache-2.0
#include "models/data/augment.h"

#include "synth/base/error.h"
#include "synth/base/image.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace radforge::loader {
namespace {

enum Input { kPhoto, kMask, kUv, kWc, kDepth, kNormal, kAlbedo, kBm, kInputs };

using Colour = std::array<float, 3>;

Colour draw_colour(Rng& rng) {
    Colour colour{};
    for (float& c : colour) c = float(rng.uniform());
    return colour;
}

/// Three octaves of lattice noise between two colours: neither the film's shapes nor its greys.
class Texture {
public:
    explicit Texture(Rng& rng)
        : seed_(rng.next_u64()),
          dark_(draw_colour(rng)),
          light_(draw_colour(rng)),
          cells_(rng.uniform(2, 24)) {}
    Colour at(double x, double y) const {
        double mix = 0;
        for (uint32_t octave = 0; octave < 3; ++octave) {
            const double scale = cells_ * (1 << octave);
            mix += lattice(x * scale, y * scale, octave) / (1 << octave) / 1.75;
        }
        Colour colour{};
        for (size_t k = 0; k < 3; ++k) colour[k] = float(dark_[k] + (light_[k] - dark_[k]) * mix);
        return colour;
    }

private:
    double point(int64_t i, int64_t j, uint32_t octave) const {
        return double(philox(seed_, {uint32_t(i), uint32_t(j), octave, 0})[0]) * 0x1p-32;
    }
    double lattice(double x, double y, uint32_t octave) const {
        const auto i = int64_t(std::floor(x)), j = int64_t(std::floor(y));
        double u = x - double(i), v = y - double(j);
        u = u * u * (3 - 2 * u);
        v = v * v * (3 - 2 * v);
        return (point(i, j, octave) * (1 - u) + point(i + 1, j, octave) * u) * (1 - v) +
               (point(i, j + 1, octave) * (1 - u) + point(i + 1, j + 1, octave) * u) * v;
    }
    uint64_t seed_;
    Colour dark_, light_;
    double cells_;
};

/// Puts something else behind the film.
/// @param photo   three planes in [0,1]
/// @param alpha   part of each pixel that the film covers
template <class F>
void replace_background(float* photo, const std::vector<float>& alpha, int side, const F& colour_at) {
    const size_t plane = alpha.size();
    for (size_t i = 0; i < plane; ++i) {
        const Colour behind =
            colour_at((double(i % size_t(side)) + 0.5) / side, (double(i / size_t(side)) + 0.5) / side);
        for (size_t k = 0; k < 3; ++k)
            photo[k * plane + i] = alpha[i] * photo[k * plane + i] + (1 - alpha[i]) * behind[k];
    }
}

void compress(float* photo, int side, int quality) {
    const size_t plane = size_t(side) * size_t(side);
    Image image(side, side, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < plane; ++i)
        for (size_t k = 0; k < 3; ++k) image.bytes[3 * i + k] = std::byte(quantize_u8(photo[k * plane + i]));
    const std::string bytes = shard::encode_jpg(image, quality);
    image = shard::decode_jpg(
        Span<const std::byte>(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()));
    for (size_t i = 0; i < plane; ++i)
        for (size_t k = 0; k < 3; ++k) photo[k * plane + i] = float(uint8_t(image.bytes[3 * i + k])) / 255.0f;
}

/// A backward map at another number of texels; NaN where one of the four texels around is not seen.
void resize_backward_map(const float* in, const Shape& shape, int side, float* out) {
    const size_t plane = size_t(shape.height_px) * size_t(shape.width_px);
    for (size_t k = 0; k < 2; ++k)
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) {
                const double y = std::clamp((r + 0.5) * shape.height_px / side - 0.5, 0.0,
                                            shape.height_px - 1.0),
                             x = std::clamp((c + 0.5) * shape.width_px / side - 0.5, 0.0,
                                            shape.width_px - 1.0);
                const int y0 = int(y), x0 = int(x);
                const int y1 = std::min(y0 + 1, shape.height_px - 1),
                          x1 = std::min(x0 + 1, shape.width_px - 1);
                const auto fy = float(y - y0), fx = float(x - x0);
                const auto at = [&](int j, int i) {
                    return in[k * plane + size_t(j) * size_t(shape.width_px) + size_t(i)];
                };
                *out++ = (at(y0, x0) * (1 - fx) + at(y0, x1) * fx) * (1 - fy) +
                         (at(y1, x0) * (1 - fx) + at(y1, x1) * fx) * fy;
            }
}

/// Smaller parts of a photo show no background any more, once enlarged.
constexpr int kLeastBesidePx = 8;

/// From the world's axes to the camera's: x right, y down, z ahead.
struct CameraPose {
    std::array<std::array<double, 4>, 3> rows{};
    explicit CameraPose(const std::string& meta) {
        try {
            const nlohmann::json json = nlohmann::json::parse(meta);
            for (size_t r = 0; r < 3; ++r)
                for (size_t c = 0; c < 4; ++c)
                    rows[r][c] = json.at("camera").at("world_to_camera").at(r).at(c);
        } catch (const nlohmann::json::exception& error) {
            throw Error(ErrorKind::BadData, std::string("meta.json tells no camera: ") + error.what())
                .hint("ranges.axes = \"world\" needs none");
        }
    }
};

/// Coordinates about the world's origin, the film's middle, along the camera's axes; depths beyond it.
/// @param wc  three planes
void turn_to_camera(const CameraPose& pose, Span<const uint8_t> film, float* wc, float* depth) {
    const size_t plane = film.size();
    for (size_t i = 0; i < plane; ++i) {
        if (!film[i]) continue;
        const double world[3] = {wc[i], wc[plane + i], wc[2 * plane + i]};
        for (size_t k = 0; k < 3; ++k) {
            const auto& row = pose.rows[k];
            const double along = row[0] * world[0] + row[1] * world[1] + row[2] * world[2];
            wc[k * plane + i] = float(k == 0 ? along : -along);
        }
        depth[i] = float(double(depth[i]) - pose.rows[2][3]);
    }
}

}  // namespace

FilmRanges FilmRanges::of_dataset(const std::string& directory) {
    const std::string path = directory + "/stats.json";
    if (!shard::file_exists(path))
        throw Error(ErrorKind::BadData, "the dataset is not finished: no stats.json")
            .where(directory)
            .hint("run `radforge synth` to its end, or `radforge index`");
    const nlohmann::json stats = nlohmann::json::parse(shard::read_text_file(path), nullptr, false);
    FilmRanges ranges;
    try {
        for (size_t k = 0; k < 4; ++k) {
            const nlohmann::json& channel =
                stats.at("fields").at(k < 3 ? "wc" : "depth").at("channels").at(k % 3);
            ranges.low[k] = channel.at("lowest");
            ranges.high[k] = channel.at("highest");
            if (!(ranges.high[k] > ranges.low[k]))
                throw Error(ErrorKind::BadData, "a map that is the same everywhere").where(path);
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::BadData, std::string("no ranges of wc and depth: ") + error.what())
            .where(path);
    }
    return ranges;
}

Crop film_crop(Span<const float> mask, const Shape& shape, int pad_px, const std::array<int, 4>& cut_px) {
    int left = shape.width_px, top = shape.height_px, right = 0, bottom = 0;
    for (int r = 0; r < shape.height_px; ++r)
        for (int c = 0; c < shape.width_px; ++c)
            if (mask[size_t(r) * size_t(shape.width_px) + size_t(c)] > 0.5f) {
                left = std::min(left, c);
                top = std::min(top, r);
                right = std::max(right, c + 1);
                bottom = std::max(bottom, r + 1);
            }
    if (right == 0) throw Error(ErrorKind::BadData, "there is no film in the photo");
    return {double(std::max(0, left - pad_px + cut_px[0])), double(std::max(0, top - pad_px + cut_px[1])),
            double(std::min(shape.width_px, right + pad_px - cut_px[2])),
            double(std::min(shape.height_px, bottom + pad_px - cut_px[3]))};
}

double mean_film_px(const std::vector<std::string>& directories, bool tolerant) {
    constexpr uint64_t kLooks = 64;  // of each set
    SourceOptions options;
    options.fields = {"mask"};
    double sum = 0;
    int64_t n = 0;
    for (const std::string& directory : directories) {
        const Source source(directory, options, tolerant);
        uint64_t size = 0, index = 0;
        for (const uint32_t count : source.counts()) size += count;
        const uint64_t stride = std::max<uint64_t>(1, size / kLooks);
        std::vector<float> mask;
        Shape shape;
        DecodeBuffers buffers;
        for (uint32_t shard = 0; shard < source.counts().size(); ++shard)
            for (uint32_t row = 0; row < source.counts()[shard]; ++row, ++index) {
                if (index % stride != 0) continue;
                try {
                    source.sample(shard, row, buffers, Destination::Near, [&](size_t, const Shape& found) {
                        shape = found;
                        mask.resize(shape.values());
                        return mask.data();
                    });
                    const Crop film = film_crop(mask, shape, 0, {});
                    sum += (film.width_px() + film.height_px()) / 2;
                    ++n;
                } catch (const Error&) {
                    continue;
                }
            }
    }
    if (n == 0) throw Error(ErrorKind::BadData, "no film in the photos that are for training");
    return sum / double(n);
}

std::optional<Crop> crop_beside_film(Span<const float> mask, const Shape& shape, int least_px, double part) {
    const Crop film = film_crop(mask, shape, 0, {});
    const double w = shape.width_px, h = shape.height_px;
    const std::array<Crop, 4> sides = {Crop{0, 0, film.left_px, h}, Crop{film.right_px, 0, w, h},
                                       Crop{0, 0, w, film.top_px}, Crop{0, film.bottom_px, w, h}};
    const auto side_of = [](const Crop& c) { return std::min(c.width_px(), c.height_px()); };
    const Crop& widest = *std::max_element(
        sides.begin(), sides.end(), [&](const Crop& a, const Crop& b) { return side_of(a) < side_of(b); });
    const double side = side_of(widest);
    if (side < least_px) return std::nullopt;
    const double left = widest.left_px + part * (widest.width_px() - side),
                 top = widest.top_px + part * (widest.height_px() - side);
    return Crop{left, top, left + side, top + side};
}

void crop_backward_map(Span<float> bm, const Shape& photo, const Crop& crop) {
    const size_t plane = bm.size() / 2;
    for (size_t i = 0; i < plane; ++i) {
        const double x = (double(bm[i]) + 1) / 2 * photo.width_px,
                     y = (double(bm[plane + i]) + 1) / 2 * photo.height_px;
        bm[i] = float(2 * (x - crop.left_px) / crop.width_px() - 1);
        bm[plane + i] = float(2 * (y - crop.top_px) / crop.height_px() - 1);
    }
}

FilmTransform::FilmTransform(AugmentConfig config, FilmRanges ranges, Mode mode)
    : config_(std::move(config)), ranges_(ranges), mode_(mode) {
    if (config_.recrop_px.range().hi > config_.pad_px)
        throw Error(ErrorKind::Usage, "recrop_px may cut into the film")
            .got(std::to_string(config_.recrop_px.range().hi))
            .expected("at most pad_px = " + std::to_string(config_.pad_px));
    if (config_.background_texture + config_.background_flat > 1)
        throw Error(ErrorKind::Usage, "background_texture and background_flat add up to more than 1");
    if (ranges_.axes == FilmRanges::Axes::Camera) {
        double reach = 0;
        for (size_t k = 0; k < 3; ++k)
            reach = std::max({reach, std::fabs(ranges_.low[k]), std::fabs(ranges_.high[k])});
        ranges_.low.fill(-reach);
        ranges_.high.fill(reach);
    }
}

std::vector<std::string> FilmTransform::inputs() {
    return {"photo", "mask", "uv", "wc", "depth", "normal", "albedo", "bm"};
}

std::vector<std::pair<std::string, Shape>> FilmTransform::outputs(
    const std::vector<std::pair<std::string, Shape>>& in) const {
    const std::vector<std::string> wanted = inputs();
    for (size_t f = 0; f < wanted.size(); ++f)
        if (f >= in.size() || in[f].first != wanted[f])
            throw Error(ErrorKind::BadData, "film samples need the field '" + wanted[f] + "' here")
                .got(f < in.size() ? in[f].first : "nothing");
    const int s = config_.size_px;
    return {{"photo", {3, s, s}},  {"wc", {3, s, s}},     {"depth", {1, s, s}},
            {"normal", {3, s, s}}, {"bg", {1, s, s}},     {"uv", {2, s, s}},
            {"df", {2, s, s}},     {"albedo", {3, s, s}}, {"bm", {2, s, s}}};
}

void FilmTransform::apply(const std::vector<FieldBlock>& in, Rng& rng, const std::vector<float*>& out) const {
    apply_with_meta(in, "", rng, out);
}

void FilmTransform::apply_with_meta(const std::vector<FieldBlock>& in, const std::string& meta, Rng& rng,
                                    const std::vector<float*>& out) const {
    const bool train = mode_ == Mode::Train;
    const int side = config_.size_px;
    const size_t plane = size_t(side) * size_t(side);
    float *const photo = out[0], *const wc = out[1], *const depth = out[2], *const normal = out[3],
                 *const bg = out[4], *const uv = out[5], *const df = out[6], *const albedo = out[7],
                 *const bm = out[8];
    const Shape& frame = in[kMask].shape;
    for (const Input f : {kPhoto, kUv, kWc, kDepth, kNormal, kAlbedo})
        if (in[f].shape.height_px != frame.height_px || in[f].shape.width_px != frame.width_px)
            throw Error(ErrorKind::BadData, "maps of another size than the mask").where(in[f].name);

    // Everything is drawn, whatever is used, so that one setting does not change the draws of another.
    std::array<int, 4> cut{};
    for (int& c : cut) c = config_.recrop_px.draw(rng);
    if (!train) cut = {};
    const double behind = rng.uniform();
    const Texture texture(rng);
    const Colour flat = draw_colour(rng);
    const auto contrast = float(config_.contrast.draw(rng)), brightness = float(config_.brightness.draw(rng));
    const double noise = config_.noise.draw(rng);
    const int quality = config_.jpeg_quality.draw(rng);
    const bool film = !(rng.uniform() < config_.no_film) || !train;
    const double beside = rng.uniform();

    const Crop crop = film_crop(in[kMask].values, frame, config_.pad_px, cut);
    std::optional<Crop> seen = crop;
    if (!film) seen = crop_beside_film(in[kMask].values, frame, kLeastBesidePx, beside);
    if (seen) resample_area(in[kPhoto].values, in[kPhoto].shape, *seen, side, side, photo);
    if (train) {
        const bool textured = behind < config_.background_texture || !seen;
        if (textured || behind < config_.background_texture + config_.background_flat) {
            std::vector<float> alpha(plane, 0.0f);
            if (film) resample_area(in[kMask].values, frame, crop, side, side, alpha.data());
            if (textured)
                replace_background(photo, alpha, side, [&](double x, double y) { return texture.at(x, y); });
            else
                replace_background(photo, alpha, side, [&](double, double) { return flat; });
        }
        for (size_t i = 0; i < 3 * plane; ++i)
            photo[i] = std::clamp(
                (photo[i] - 0.5f) * contrast + 0.5f + brightness + float(noise * rng.normal()), 0.0f, 1.0f);
        if (quality > 0) compress(photo, side, quality);
    }
    for (size_t i = 0; i < 3 * plane; ++i) photo[i] = 2 * photo[i] - 1;
    if (!film) {
        for (float* const vectors : {wc, normal, albedo}) std::fill_n(vectors, 3 * plane, 0.0f);
        for (float* const pairs : {uv, df}) std::fill_n(pairs, 2 * plane, 0.0f);
        std::fill_n(depth, plane, 0.0f);
        std::fill_n(bg, plane, -1.0f);
        std::fill_n(bm, 2 * plane, std::numeric_limits<float>::quiet_NaN());
        return;
    }

    resample_area(in[kAlbedo].values, in[kAlbedo].shape, crop, side, side, albedo);
    const PointSampler points(in[kMask].values, in[kUv].values, frame, crop, side, side);
    const size_t in_plane = size_t(frame.height_px) * size_t(frame.width_px);
    const auto sample = [&](Input field, size_t channel, float* to) {
        points.apply(in[field].values.data() + channel * in_plane, to);
    };
    const auto scale = [&](float* to, double low, double high) {
        const double factor = 2 / (high - low);
        for (size_t i = 0; i < plane; ++i)
            to[i] = points.film()[i] ? float((double(to[i]) - low) * factor - 1) : 0.0f;
    };
    const auto map = [&](Input field, size_t channel, float* to, double low, double high) {
        sample(field, channel, to);
        scale(to, low, high);
    };
    for (size_t k = 0; k < 3; ++k) {
        sample(kWc, k, wc + k * plane);
        map(kNormal, k, normal + k * plane, -1, 1);
    }
    sample(kDepth, 0, depth);
    if (ranges_.axes == FilmRanges::Axes::Camera) turn_to_camera(CameraPose(meta), points.film(), wc, depth);
    for (size_t k = 0; k < 3; ++k) scale(wc + k * plane, ranges_.low[k], ranges_.high[k]);
    scale(depth, ranges_.low[3], ranges_.high[3]);
    for (size_t k = 0; k < 2; ++k) {
        map(kUv, k, uv + k * plane, 0, 1);
        for (size_t i = 0; i < plane; ++i) {
            const double centre = (2.0 * double(k == 0 ? i % size_t(side) : i / size_t(side)) + 1) / side - 1;
            df[k * plane + i] = points.film()[i] ? float((double(uv[k * plane + i]) - centre) / 2) : 0.0f;
        }
    }
    for (size_t i = 0; i < plane; ++i) bg[i] = points.film()[i] ? 1.0f : -1.0f;
    resize_backward_map(in[kBm].values.data(), in[kBm].shape, side, bm);
    crop_backward_map({bm, 2 * plane}, frame, crop);
}

}  // namespace radforge::loader
