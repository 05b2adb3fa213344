// SPDX-License-Identifier: Apache-2.0
#include "models/data/planar.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/image.h"
#include "synth/shard/codec.h"
#include "synth/shard/number_text.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace radforge::loader {
namespace {

constexpr size_t kPiece = 16384;  ///< values: 32 to 64 kB, which stay in the nearer caches
constexpr size_t kLine = 64;      ///< bytes of a line of the caches

bool is_picture(const FieldSpec& spec) { return spec.extension == "png" || spec.extension == "jpg"; }

/// Contents of an npy are not aligned to more than 64 bytes after a 512-byte tar header of odd offset, so
/// values are taken by memcpy, which the compiler turns into plain loads.
template <class T>
void affine(const std::byte* in, float* out, size_t count, float scale, float offset) {
    for (size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, in + i * sizeof(T), sizeof(T));
        out[i] = float(value) * scale + offset;
    }
}

#ifdef __AVX2__
/// Values up to the first that lies on a multiple of `bytes`.
size_t to_alignment(const float* out, size_t count, size_t bytes) {
    return std::min(count, (bytes - reinterpret_cast<uintptr_t>(out) % bytes) % bytes / sizeof(float));
}

__m128i load_16(const std::byte* in) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in)); }

/// Eight values at a time past the caches by put(i), the ragged ends by rest(i, count). Each line of the
/// input asks for the one a piece ahead, which comes while values go out: behind a member lies the next one,
/// and what is not there is not fetched.
template <size_t Size, class Put, class Rest>
void stream(const std::byte* in, float* out, size_t count, Put put, Rest rest) {
    constexpr size_t kPerLine = kLine / Size;
    size_t i = to_alignment(out, count, 32);
    rest(0, i);
    for (; i + kPerLine <= count; i += kPerLine) {
        _mm_prefetch(reinterpret_cast<const char*>(in) + (i + kPiece) * Size, _MM_HINT_T1);
        for (size_t k = 0; k < kPerLine; k += 8) put(i + k);
    }
    for (; i + 8 <= count; i += 8) put(i);
    _mm_sfence();
    rest(i, count - i);
}

/// affine() of int16_t; the same operations, so the same bits.
void stream_affine(const std::byte* in, float* out, size_t count, float scale, float offset) {
    const __m256 factor = _mm256_set1_ps(scale), shift = _mm256_set1_ps(offset);
    stream<sizeof(int16_t)>(
        in, out, count,
        [&](size_t i) {
            const __m256 values = _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(load_16(in + 2 * i)));
            _mm256_stream_ps(out + i, _mm256_add_ps(_mm256_mul_ps(values, factor), shift));
        },
        [&](size_t i, size_t n) { affine<int16_t>(in + 2 * i, out + i, n, scale, offset); });
}

void stream_copy(const std::byte* in, float* out, size_t count) {
    stream<sizeof(float)>(
        in, out, count,
        [&](size_t i) {
            _mm256_stream_si256(reinterpret_cast<__m256i*>(out + i),
                                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 4 * i)));
        },
        [&](size_t i, size_t n) { std::memcpy(out + i, in + 4 * i, n * sizeof(float)); });
}
#else
void stream_affine(const std::byte* in, float* out, size_t count, float scale, float offset) {
    affine<int16_t>(in, out, count, scale, offset);
}
void stream_copy(const std::byte* in, float* out, size_t count) {
    std::memcpy(out, in, count * sizeof(float));
}
#endif

template <class T>
void mark_invalid(const std::byte* in, float* out, size_t count, T invalid) {
    for (size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, in + i * sizeof(T), sizeof(T));
        out[i] = value == invalid ? std::numeric_limits<float>::quiet_NaN() : out[i];
    }
}

/// binary16 of IEEE 754-2019: the exponent moves by a multiplication, so that subnormals come out right.
float from_half(uint16_t bits) {
    const uint32_t magnitude = uint32_t(bits & 0x7fff) << 13, sign = uint32_t(bits & 0x8000) << 16;
    float value = 0;
    std::memcpy(&value, &magnitude, 4);
    value *= 0x1p112f;
    uint32_t out = 0;
    std::memcpy(&out, &value, 4);
    if ((bits & 0x7c00) == 0x7c00) out = 0x7f800000u | (magnitude & 0x007fffffu);
    out |= sign;
    std::memcpy(&value, &out, 4);
    return value;
}

void convert(const FieldSpec& spec, const std::byte* in, size_t count, Destination destination, float* out) {
    const auto scale = float(spec.scale), offset = float(spec.offset);
    switch (spec.type) {
        case PixelType::F32:
            if (destination == Destination::Far)
                stream_copy(in, out, count);
            else
                std::memcpy(out, in, count * sizeof(float));
            return;
        case PixelType::I16:
            if (destination == Destination::Far && spec.invalid.empty())
                stream_affine(in, out, count, scale, offset);
            else
                affine<int16_t>(in, out, count, scale, offset);
            if (!spec.invalid.empty())
                mark_invalid<int16_t>(in, out, count, int16_t(std::stoi(spec.invalid)));
            return;
        case PixelType::U16:
            affine<uint16_t>(in, out, count, scale, offset);
            return;
        case PixelType::U8:
            affine<uint8_t>(in, out, count, scale, offset);
            return;
        case PixelType::F16:
            for (size_t i = 0; i < count; ++i) {
                uint16_t bits = 0;
                std::memcpy(&bits, in + 2 * i, 2);
                out[i] = from_half(bits);
            }
            return;
    }
}

template <int C>
void deinterleave(const uint8_t* in, float* out, size_t pixels, float scale, size_t from = 0) {
    for (size_t i = from; i < pixels; ++i)
        for (size_t k = 0; k < C; ++k) out[k * pixels + i] = float(in[i * C + k]) * scale;
}

#ifdef __AVX2__
void put(float* to, __m256 values, bool far) {
    if (far) {
        _mm_stream_ps(to, _mm256_castps256_ps128(values));
        _mm_stream_ps(to + 4, _mm256_extractf128_ps(values, 1));
    } else {
        _mm256_storeu_ps(to, values);
    }
}

__m256 widen(__m128i bytes, __m256 factor) {
    return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)), factor);
}

void widen_plane(const uint8_t* in, float* out, size_t pixels, float scale, Destination destination) {
    const bool far = destination == Destination::Far && to_alignment(out, 4, 16) == 0;
    const __m256 factor = _mm256_set1_ps(scale);
    size_t i = 0;
    for (; i + 16 <= pixels; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i));
        put(out + i, widen(bytes, factor), far);
        put(out + i + 8, widen(_mm_srli_si128(bytes, 8), factor), far);
    }
    _mm_sfence();
    deinterleave<1>(in, out, pixels, scale, i);
}

/// Sixteen pixels at a time: each plane's bytes are picked out of three registers.
template <bool Far>
void deinterleave_rgb(const uint8_t* in, float* out, size_t pixels, float scale) {
    alignas(16) int8_t pick[3][3][16];  // [plane][register][lane]: -1 yields 0
    for (int plane = 0; plane < 3; ++plane)
        for (int part = 0; part < 3; ++part)
            for (int lane = 0; lane < 16; ++lane) {
                const int byte = 3 * lane + plane - 16 * part;
                pick[plane][part][lane] = int8_t(byte >= 0 && byte < 16 ? byte : -1);
            }
    const __m256 factor = _mm256_set1_ps(scale);
    const size_t whole = pixels / 16 * 16;
    for (size_t i = 0; i < whole; i += 16) {
        __m128i part[3];
        for (size_t k = 0; k < 3; ++k)
            part[k] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 3 * i + 16 * k));
        for (size_t plane = 0; plane < 3; ++plane) {
            __m128i bytes = _mm_setzero_si128();
            for (size_t k = 0; k < 3; ++k)
                bytes = _mm_or_si128(
                    bytes, _mm_shuffle_epi8(part[k], *reinterpret_cast<const __m128i*>(pick[plane][k])));
            float* const to = out + plane * pixels + i;
            put(to, widen(bytes, factor), Far);
            put(to + 8, widen(_mm_srli_si128(bytes, 8), factor), Far);
        }
    }
    if (Far) _mm_sfence();
    deinterleave<3>(in, out, pixels, scale, whole);
}

void deinterleave_rgb(const uint8_t* in, float* out, size_t pixels, float scale, Destination destination) {
    const bool aligned = to_alignment(out, 4, 16) == 0 && pixels % 4 == 0;  // then every plane is
    if (destination == Destination::Far && aligned)
        deinterleave_rgb<true>(in, out, pixels, scale);
    else
        deinterleave_rgb<false>(in, out, pixels, scale);
}
#else
void deinterleave_rgb(const uint8_t* in, float* out, size_t pixels, float scale, Destination) {
    deinterleave<3>(in, out, pixels, scale);
}
void widen_plane(const uint8_t* in, float* out, size_t pixels, float scale, Destination) {
    deinterleave<1>(in, out, pixels, scale);
}
#endif

Shape picture(const Unpacked& member, bool integers, Destination destination,
              const std::function<float*(const Shape&)>& place) {
    const Shape& shape = member.shape;
    const auto* const in = reinterpret_cast<const uint8_t*>(member.bytes.data());
    const size_t pixels = size_t(shape.height_px) * size_t(shape.width_px);
    const float scale = integers ? 1.0f : 1.0f / 255.0f;
    float* const out = place(shape);
    if (shape.channels == 1)
        widen_plane(in, out, pixels, scale, destination);
    else if (shape.channels == 3)
        deinterleave_rgb(in, out, pixels, scale, destination);
    else
        deinterleave<4>(in, out, pixels, scale);
    return shape;
}

Shape array(const FieldSpec& spec, Span<const std::byte> bytes, Destination destination,
            const std::function<float*(const Shape&)>& place, RunningSum* sum) {
    const shard::NpyView view = shard::view_npy(bytes);
    if (view.type != spec.type)
        throw Error(ErrorKind::BadData, "wrong type")
            .got(shard::type_name(view.type))
            .expected(shard::type_name(spec.type));
    if (view.shape.size() != 3 || view.shape[0] < 1 || view.shape[1] < 1 || view.shape[2] < 1 ||
        std::max({view.shape[0], view.shape[1], view.shape[2]}) > 1 << 20)
        throw Error(ErrorKind::BadData, "not an array [C,H,W]").got(shard::shape_text(view.shape));
    const Shape shape{int(view.shape[0]), int(view.shape[1]), int(view.shape[2])};
    float* const out = place(shape);
    if (sum) sum->add(bytes.first(bytes.size() - view.values.size()));
    const size_t count = shape.values(), size = bytes_per_value(view.type);
    for (size_t at = 0; at < count; at += kPiece) {
        const Span<const std::byte> piece =
            view.values.from(at * size).first(std::min(kPiece, count - at) * size);
        if (sum) sum->add(piece);
        convert(spec, piece.data(), piece.size() / size, destination, out + at);
    }
    return shape;
}

}  // namespace

Shape shape_of(const FieldSpec& spec) {
    const auto side = [&](size_t i) { return spec.shape[i] < 0 ? 0 : int(spec.shape[i]); };
    if (spec.shape.size() != 3)
        throw Error(ErrorKind::Usage, "field that cannot be loaded as [C,H,W]")
            .where(spec.name + "." + spec.extension)
            .got(shard::shape_text(spec.shape));
    return is_picture(spec) ? Shape{side(2), side(0), side(1)} : Shape{side(0), side(1), side(2)};
}

bool is_packed(const FieldSpec& spec) { return is_picture(spec) || spec.extension == "npy.gz"; }

Unpacked unpack(const FieldSpec& spec, Span<const std::byte> bytes, DecodeBuffers& buffers) {
    if (is_picture(spec)) {
        Image& image = spec.extension == "png" ? buffers.png : buffers.jpg;
        if (spec.extension == "png")
            shard::decode_png(bytes, image);
        else
            shard::decode_jpg(bytes, image);
        return {{image.channels, image.height_px, image.width_px}, {image.bytes.data(), image.bytes.size()}};
    }
    if (spec.extension == "npy") return {{}, bytes};
    if (spec.extension == "npy.gz") {
        buffers.array = shard::decompress_gzip(bytes);
        return {{}, bytes_of(buffers.array)};
    }
    throw Error(ErrorKind::Usage, "field that cannot be loaded as [C,H,W]")
        .where(spec.name + "." + spec.extension);
}

Shape to_planar(const FieldSpec& spec, const Unpacked& member, bool integers, Destination destination,
                const std::function<float*(const Shape&)>& place, RunningSum* sum) {
    const Shape planned = shape_of(spec);
    const auto checked = [&](const Shape& shape) {
        const auto fits = [](int want, int have) { return want == 0 || want == have; };
        if (!fits(planned.channels, shape.channels) || !fits(planned.height_px, shape.height_px) ||
            !fits(planned.width_px, shape.width_px))
            throw Error(ErrorKind::BadData, "wrong shape")
                .got(shard::shape_text({shape.channels, shape.height_px, shape.width_px}))
                .expected(shard::shape_text(spec.shape));
        return place(shape);
    };
    if (is_picture(spec)) return picture(member, integers, destination, checked);
    return array(spec, member.bytes, destination, checked, sum);
}

Shape decode_planar(const FieldSpec& spec, Span<const std::byte> bytes, bool integers, DecodeBuffers& buffers,
                    Destination destination, const std::function<float*(const Shape&)>& place) {
    return to_planar(spec, unpack(spec, bytes, buffers), integers, destination, place);
}

}  // namespace radforge::loader
