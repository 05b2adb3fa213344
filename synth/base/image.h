// SPDX-License-Identifier: Apache-2.0
/// Images (interleaved [H,W,C]) and n-dimensional arrays (C order), as plain values.
#pragma once
#include "synth/base/span.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace radforge {

enum class PixelType { U8, I16, U16, F16, F32 };
/// srgb: gamma-coded colour; linear: scene-linear Rec.709; data: measurements, never gamma-coded.
enum class ColorSpace { Srgb, Linear, Data };

size_t bytes_per_value(PixelType type);
template <class T>
constexpr PixelType pixel_type_of();
template <>
constexpr PixelType pixel_type_of<uint8_t>() {
    return PixelType::U8;
}
template <>
constexpr PixelType pixel_type_of<int16_t>() {
    return PixelType::I16;
}
template <>
constexpr PixelType pixel_type_of<uint16_t>() {
    return PixelType::U16;
}
template <>
constexpr PixelType pixel_type_of<float>() {
    return PixelType::F32;
}

/// Mutable or const view of interleaved pixels; `row_stride` counts values of T. For parameters only.
template <class T>
struct ImageView {
    T* data = nullptr;
    int height_px = 0, width_px = 0, channels = 0;
    ptrdiff_t row_stride = 0;
    T* pixel(int row, int column) const { return data + row * row_stride + ptrdiff_t(column) * channels; }
    T& operator()(int row, int column, int channel = 0) const { return pixel(row, column)[channel]; }
};

/// [H,W,C] interleaved pixels, row 0 on top.
struct Image {
    int height_px = 0, width_px = 0, channels = 0;
    PixelType type = PixelType::F32;
    ColorSpace space = ColorSpace::Data;
    std::vector<std::byte> bytes;

    Image() = default;
    /// Zero-filled. @throws Error when a side is not positive
    Image(int height, int width, int channel_count, PixelType pixel_type, ColorSpace color_space);

    size_t value_count() const { return size_t(height_px) * size_t(width_px) * size_t(channels); }
    template <class T>
    ImageView<T> view() {
        check(pixel_type_of<T>());
        return {reinterpret_cast<T*>(bytes.data()), height_px, width_px, channels,
                ptrdiff_t(width_px) * channels};
    }
    template <class T>
    ImageView<const T> view() const {
        check(pixel_type_of<T>());
        return {reinterpret_cast<const T*>(bytes.data()), height_px, width_px, channels,
                ptrdiff_t(width_px) * channels};
    }
    template <class T>
    Span<T> values() {
        check(pixel_type_of<T>());
        return {reinterpret_cast<T*>(bytes.data()), value_count()};
    }
    template <class T>
    Span<const T> values() const {
        check(pixel_type_of<T>());
        return {reinterpret_cast<const T*>(bytes.data()), value_count()};
    }

private:
    void check(PixelType wanted) const;
};

/// A dense array in C order; what an .npy member holds.
struct NdArray {
    PixelType type = PixelType::F32;
    std::vector<int64_t> shape;
    std::vector<std::byte> bytes;
};

/// sRGB transfer function of IEC 61966-2-1, both ways, on [0,1].
float srgb_from_linear(float linear);
float linear_from_srgb(float encoded);
/// Rec.709 luminance of a linear colour.
constexpr float luminance(float r, float g, float b) { return 0.2126f * r + 0.7152f * g + 0.0722f * b; }
/// Rounds [0,1] to 8 bits, clamping.
uint8_t quantize_u8(float value01);

}  // namespace radforge
