// SPDX-License-Identifier: Apache-2.0
#include "render/picture/resize.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace radforge::picture {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// The weights of one new pixel over old pixels first, first + 1, ...; they sum to 1.
struct Taps {
    int first;
    std::vector<float> weights;
};

double lanczos3(double x) {
    if (x == 0) return 1;
    if (std::abs(x) >= 3) return 0;
    const double a = kPi * x;
    return 3 * std::sin(a) * std::sin(a / 3) / (a * a);
}

double area_weight(int old_index, double from, double to) {
    return std::max(0.0, std::min(to, old_index + 1.0) - std::max(from, double(old_index)));
}

std::vector<Taps> make_taps(int old_size, int new_size, Filter filter) {
    std::vector<Taps> all;
    all.reserve(size_t(new_size));
    const double ratio = double(old_size) / new_size, widening = std::max(1.0, ratio);
    for (int i = 0; i < new_size; ++i) {
        const double centre = (i + 0.5) * ratio, from = double(i) * old_size / new_size,
                     to = double(i + 1) * old_size / new_size;
        const bool area = filter == Filter::Area;
        const int lo = int(std::floor(area ? from : centre - 3 * widening));
        const int hi = int(std::ceil(area ? to : centre + 3 * widening));
        const int first = std::clamp(lo, 0, old_size - 1), last = std::clamp(hi - 1, first, old_size - 1);
        std::vector<double> weights(size_t(last - first + 1), 0.0);
        double sum = 0;
        for (int j = lo; j < hi; ++j) {
            const double w = area ? area_weight(j, from, to) : lanczos3((j + 0.5 - centre) / widening);
            weights[size_t(std::clamp(j, first, last) - first)] += w;
            sum += w;
        }
        Taps taps{first, {}};
        for (double w : weights) taps.weights.push_back(float(w / sum));
        all.push_back(std::move(taps));
    }
    return all;
}

using Plane = std::vector<float>;

Plane resize_rows(Span<const float> in, size_t row_values, const std::vector<Taps>& taps) {
    Plane out(taps.size() * row_values, 0.0f);
    for (size_t r = 0; r < taps.size(); ++r) {
        float* to = out.data() + r * row_values;
        const float* from = in.data() + size_t(taps[r].first) * row_values;
        for (const float w : taps[r].weights) {
            if (w != 0)
                for (size_t i = 0; i < row_values; ++i) to[i] += w * from[i];
            from += row_values;
        }
    }
    return out;
}

Plane resize_columns(const Plane& in, int rows, int old_width, int channels, const std::vector<Taps>& taps) {
    Plane out(size_t(rows) * taps.size() * size_t(channels));
    float* to = out.data();
    for (int r = 0; r < rows; ++r) {
        const float* row = in.data() + size_t(r) * size_t(old_width) * size_t(channels);
        for (const Taps& t : taps)
            for (int k = 0; k < channels; ++k) {
                const float* from = row + ptrdiff_t(t.first) * channels + k;
                float sum = 0;
                for (size_t j = 0; j < t.weights.size(); ++j)
                    sum += t.weights[j] * from[j * size_t(channels)];
                *to++ = sum;
            }
    }
    return out;
}

/// Largest linear value that still rounds to each of the 255 lower codes, and where to start looking.
class SrgbEncoder {
public:
    SrgbEncoder() {
        for (int k = 0; k < 255; ++k) upper_[size_t(k)] = linear_from_srgb((float(k) + 0.5f) / 255.0f);
        upper_[255] = std::numeric_limits<float>::infinity();
        size_t code = 0;
        for (size_t i = 0; i < start_.size(); ++i) {
            while (upper_[code] <= float(i) / kCells) ++code;
            start_[i] = uint8_t(code);
        }
    }
    uint8_t operator()(float linear) const {
        if (!(linear > 0)) return 0;
        if (linear >= 1) return 255;
        size_t code = start_[size_t(linear * kCells)];
        while (upper_[code] <= linear) ++code;
        return uint8_t(code);
    }

private:
    static constexpr float kCells = 4096;
    std::array<float, 256> upper_{};
    std::array<uint8_t, 4097> start_{};
};

template <class T>
void decode(const Image& image, Plane& out) {
    const auto values = image.values<T>();
    std::transform(values.begin(), values.end(), out.begin(), [](T v) { return float(v); });
}

template <class T>
void encode(const Plane& in, Image& image) {
    const float lo = float(std::numeric_limits<T>::min()), hi = float(std::numeric_limits<T>::max());
    std::transform(in.begin(), in.end(), image.values<T>().begin(),
                   [&](float v) { return T(std::lround(std::clamp(v, lo, hi))); });
}

}  // namespace

Image resize(const Image& image, int height_px, int width_px, Filter filter) {
    if (image.type == PixelType::F16) throw Error(ErrorKind::BadData, "half images cannot be resized");
    Image out(height_px, width_px, image.channels, image.type, image.space);
    const bool gamma = image.space == ColorSpace::Srgb;
    const float full = image.type == PixelType::U8 ? 255.0f : image.type == PixelType::U16 ? 65535.0f : 1.0f;
    const bool ready = image.type == PixelType::F32 && !gamma;
    Plane plane(ready ? 0 : image.value_count());
    switch (image.type) {
        case PixelType::U8:
            decode<uint8_t>(image, plane);
            break;
        case PixelType::I16:
            decode<int16_t>(image, plane);
            break;
        case PixelType::U16:
            decode<uint16_t>(image, plane);
            break;
        default:
            if (!ready) decode<float>(image, plane);
            break;
    }
    if (gamma && image.type == PixelType::U8) {
        std::array<float, 256> table{};
        for (size_t i = 0; i < 256; ++i) table[i] = linear_from_srgb(float(i) / 255);
        for (float& v : plane) v = table[size_t(v)];
    } else if (gamma) {
        for (float& v : plane) v = linear_from_srgb(v / full);
    }
    plane = resize_rows(ready ? image.values<float>() : Span<const float>(plane.data(), plane.size()),
                        size_t(image.width_px) * size_t(image.channels),
                        make_taps(image.height_px, height_px, filter));
    plane = resize_columns(plane, height_px, image.width_px, image.channels,
                           make_taps(image.width_px, width_px, filter));
    if (gamma && image.type == PixelType::U8) {
        std::transform(plane.begin(), plane.end(), out.values<uint8_t>().begin(), SrgbEncoder());
        return out;
    }
    if (gamma)
        for (float& v : plane) v = full * srgb_from_linear(v);
    switch (image.type) {
        case PixelType::U8:
            encode<uint8_t>(plane, out);
            break;
        case PixelType::I16:
            encode<int16_t>(plane, out);
            break;
        case PixelType::U16:
            encode<uint16_t>(plane, out);
            break;
        default:
            std::copy(plane.begin(), plane.end(), out.values<float>().begin());
            break;
    }
    return out;
}

Image srgb_u8_from_linear(const Image& linear) {
    Image out(linear.height_px, linear.width_px, linear.channels, PixelType::U8, ColorSpace::Srgb);
    const auto in = linear.values<float>();
    if (std::any_of(in.begin(), in.end(), [](float v) { return std::isnan(v); }))
        throw Error(ErrorKind::BadData, "a picture holds NaN").expected("linear light");
    std::transform(in.begin(), in.end(), out.values<uint8_t>().begin(), SrgbEncoder());
    return out;
}

Image linear_from_srgb_u8(const Image& encoded) {
    Image out(encoded.height_px, encoded.width_px, encoded.channels, PixelType::F32, ColorSpace::Linear);
    std::array<float, 256> table{};
    for (size_t i = 0; i < 256; ++i) table[i] = linear_from_srgb(float(i) / 255);
    const auto in = encoded.values<uint8_t>();
    std::transform(in.begin(), in.end(), out.values<float>().begin(), [&](uint8_t v) { return table[v]; });
    return out;
}

}  // namespace radforge::picture
