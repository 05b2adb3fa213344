// SPDX-License-Identifier: Apache-2.0
#include "synth/preview.h"

#include "render/path/half.h"
#include "render/picture/resize.h"
#include "render/picture/text.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace radforge {
namespace {

constexpr int kGap_px = 6, kLabel_px = 18;

/// Decoded values of a stored array, NaN where the field says "invalid".
std::vector<float> values_of(const NdArray& array, const FieldSpec& spec) {
    const size_t count = array.bytes.size() / bytes_per_value(array.type);
    std::vector<float> values(count);
    const bool marked = !spec.invalid.empty() && array.type == PixelType::I16;
    for (size_t i = 0; i < count; ++i) {
        if (array.type == PixelType::F32) {
            values[i] = reinterpret_cast<const float*>(array.bytes.data())[i];
        } else if (array.type == PixelType::I16) {
            const int16_t stored = reinterpret_cast<const int16_t*>(array.bytes.data())[i];
            values[i] = marked && std::to_string(stored) == spec.invalid
                            ? std::numeric_limits<float>::quiet_NaN()
                            : float(stored * spec.scale + spec.offset);
        } else if (array.type == PixelType::F16) {
            const uint16_t bits = reinterpret_cast<const uint16_t*>(array.bytes.data())[i];
            const float size = path::float_from_half(bits & 0x7fffu);
            values[i] = (bits & 0x8000u) != 0 ? -size : size;
        } else if (array.type == PixelType::U8) {
            values[i] = float(std::to_integer<int>(array.bytes[i]) * spec.scale + spec.offset);
        } else {
            throw Error(ErrorKind::BadData, "no picture of this number type").where(spec.name);
        }
    }
    return values;
}

struct Stretch {
    float lo, hi;
};

Stretch span_of(const float* begin, size_t count, bool ignore_zero) {
    Stretch s{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
    for (size_t i = 0; i < count; ++i) {
        if (!std::isfinite(begin[i]) || (ignore_zero && begin[i] == 0)) continue;
        s.lo = std::min(s.lo, begin[i]);
        s.hi = std::max(s.hi, begin[i]);
    }
    if (!(s.hi > s.lo)) s.hi = s.lo + 1;
    return s;
}

Image as_rgb(const Image& image) {
    const Image u8 = image.type == PixelType::U8
                         ? image
                         : throw Error(ErrorKind::BadData, "a picture member is not 8 bits deep");
    Image out(u8.height_px, u8.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto in = u8.view<uint8_t>();
    const auto to = out.view<uint8_t>();
    for (int r = 0; r < u8.height_px; ++r)
        for (int c = 0; c < u8.width_px; ++c)
            for (int k = 0; k < 3; ++k) to(r, c, k) = in(r, c, u8.channels >= 3 ? k : 0);
    return out;
}

bool shows_classes(const std::string& name) {
    return name == "labels" || name == "slices" || name == "state" || name == "side";
}

/// Numbers of classes in colours that differ from one to the next; 0 is black.
Image as_classes(const Image& labels) {
    Image out(labels.height_px, labels.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto in = labels.view<uint8_t>();
    const auto to = out.view<uint8_t>();
    for (int r = 0; r < labels.height_px; ++r)
        for (int c = 0; c < labels.width_px; ++c)
            for (int k = 0; in(r, c) != 0 && k < 3; ++k) {
                // Steps of the golden section around the colour circle.
                const double turn = 6.283185307179586 * (0.618033988749895 * in(r, c) + k / 3.0);
                to(r, c, k) = uint8_t(150 + 100 * std::cos(turn));
            }
    return out;
}

void paste(Image& sheet, const Image& tile, int top, int left) {
    const auto in = tile.view<uint8_t>();
    const auto to = sheet.view<uint8_t>();
    for (int r = 0; r < tile.height_px; ++r)
        for (int c = 0; c < tile.width_px; ++c)
            for (int k = 0; k < 3; ++k) to(top + r, left + c, k) = in(r, c, tile.channels == 3 ? k : 0);
}

void label(Image& sheet, const std::string& text, int left, int baseline) {
    Image coverage(sheet.height_px, sheet.width_px, 1, PixelType::U8, ColorSpace::Data);
    const picture::PixelBox box =
        picture::Font(picture::Typeface::Sans, 13).draw(coverage, text, left, baseline);
    const auto ink = coverage.view<uint8_t>();
    const auto to = sheet.view<uint8_t>();
    for (int r = std::max(0, box.top_px); r < std::min(sheet.height_px, box.bottom_px()); ++r)
        for (int c = std::max(0, box.left_px); c < std::min(sheet.width_px, box.right_px()); ++c)
            for (int k = 0; k < 3; ++k) to(r, c, k) = std::max(to(r, c, k), ink(r, c));
}

}  // namespace

std::optional<Image> show(const Field& field, const FieldSpec& spec) {
    if (const auto* picture = std::get_if<Image>(&field.value))
        return shows_classes(spec.name) && picture->channels == 1 ? as_classes(*picture) : as_rgb(*picture);
    const auto* array = std::get_if<NdArray>(&field.value);
    if (!array || array->shape.size() != 3) return std::nullopt;
    const auto channels = size_t(array->shape[0]);
    const auto h = int(array->shape[1]), w = int(array->shape[2]);
    const size_t plane = size_t(h) * size_t(w);
    const std::vector<float> values = values_of(*array, spec);
    Stretch stretch[3];
    bool invert = false;
    for (size_t k = 0; k < 3; ++k) {
        const float* begin = values.data() + std::min(k, channels - 1) * plane;
        if (spec.name == "uv")
            stretch[k] = {0, 1};
        else if (spec.name == "bm" || spec.name == "normal")
            stretch[k] = {-1, 1};
        else if (spec.unit == "HU")
            stretch[k] = {-160, 240};
        else
            stretch[k] = span_of(begin, plane, spec.name == "depth" || spec.name == "wc");
        invert = spec.name == "depth";
    }
    Image out(h, w, 3, PixelType::U8, ColorSpace::Srgb);
    const auto to = out.view<uint8_t>();
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            const size_t at = size_t(r) * size_t(w) + size_t(c);
            bool blank = true;  // an all-zero or NaN pixel lies outside the mask
            for (size_t k = 0; k < channels; ++k)
                blank = blank && (!(values[k * plane + at] < 0) && !(values[k * plane + at] > 0));
            if (blank && spec.unit != "HU") continue;
            for (size_t k = 0; k < 3; ++k) {
                if (channels == 2 && k == 2) continue;
                const float v = values[std::min(k, channels - 1) * plane + at];
                if (!std::isfinite(v)) continue;
                const float t = (v - stretch[k].lo) / (stretch[k].hi - stretch[k].lo);
                to(r, c, int(k)) = quantize_u8(invert ? 1 - 0.85f * t : t);
            }
        }
    return out;
}

std::vector<Tile> tiles(const Sample& sample, const std::vector<FieldSpec>& specs) {
    std::vector<Tile> list;
    for (size_t i = 0; i < sample.fields.size(); ++i)
        if (std::optional<Image> picture = show(sample.fields[i], specs[i]))
            list.push_back({sample.fields[i].name, std::move(*picture)});
    return list;
}

Image contact_sheet(const std::vector<Sample>& samples, const std::vector<FieldSpec>& specs, int tile_px) {
    std::vector<std::vector<Tile>> rows;
    for (const Sample& sample : samples) rows.push_back(tiles(sample, specs));
    return tile_sheet(samples, rows, tile_px);
}

Image tile_sheet(const std::vector<Sample>& samples, const std::vector<std::vector<Tile>>& pictures,
                 int tile_px) {
    RADFORGE_ASSERT(!samples.empty() && samples.size() == pictures.size());
    std::vector<std::vector<Image>> rows;
    std::vector<int> widths;
    for (const std::vector<Tile>& row : pictures) {
        std::vector<Image> resized;
        for (const Tile& tile : row) {
            const int width = std::max(
                1, int(std::lround(double(tile.picture.width_px) * tile_px / tile.picture.height_px)));
            if (widths.size() == resized.size()) widths.push_back(0);
            widths[resized.size()] = std::max(widths[resized.size()], width);
            resized.push_back(picture::resize(tile.picture, tile_px, width, picture::Filter::Area));
        }
        rows.push_back(std::move(resized));
    }
    int total = kGap_px;
    for (const int w : widths) total += w + kGap_px;
    const int row_height = tile_px + kLabel_px + kGap_px;
    Image sheet(kLabel_px + kGap_px + int(rows.size()) * row_height, total, 3, PixelType::U8,
                ColorSpace::Srgb);
    for (std::byte& b : sheet.bytes) b = std::byte{28};
    for (size_t r = 0; r < rows.size(); ++r) {
        const int top = kLabel_px + kGap_px + int(r) * row_height;
        int left = kGap_px;
        for (size_t k = 0; k < rows[r].size(); ++k) {
            if (r == 0) label(sheet, pictures[0][k].name, left, kLabel_px - 3);
            paste(sheet, rows[r][k], top, left);
            left += widths[k] + kGap_px;
        }
        const std::string key = samples[r].split + " " + std::to_string(samples[r].key.index);
        label(sheet, key, kGap_px, top + tile_px + kLabel_px - 5);
    }
    return sheet;
}

}  // namespace radforge
