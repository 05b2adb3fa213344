// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/measure.h"

#include "synth/base/error.h"
#include "synth/shard/number_text.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

namespace radforge::shard {
namespace {

/// A half of IEEE 754-2019 as its bits.
struct Half {
    uint16_t bits;
};

double to_double(Half half) {
    const int exponent = half.bits >> 10 & 31, fraction = half.bits & 1023;
    double value = exponent == 31  ? (fraction ? std::nan("") : std::numeric_limits<double>::infinity())
                   : exponent == 0 ? std::ldexp(double(fraction), -24)
                                   : std::ldexp(double(1024 + fraction), exponent - 25);
    return half.bits & 0x8000 ? -value : value;
}
template <class T>
double to_double(T value) {
    return double(value);
}

/// A dense array seen as [outer, channel, inner].
struct Layout {
    const std::byte* bytes;
    PixelType type;
    size_t outer, channels, inner;
};

struct Limits {
    double lo = -std::numeric_limits<double>::infinity(), hi = std::numeric_limits<double>::infinity();
    std::optional<double> invalid;  ///< stored value that means "none"
    bool nan_is_invalid = false;
};

Limits limits_of(const FieldSpec& spec) {
    Limits limits;
    const bool is_float = spec.type == PixelType::F32 || spec.type == PixelType::F16;
    if (const auto range = parse_range(spec.range)) {
        const double slack = is_float ? 1e-6 * (range->hi - range->lo) : 0.5 * spec.scale;
        limits.lo = range->lo - slack;
        limits.hi = range->hi + slack;
    }
    if (spec.invalid == "NaN")
        limits.nan_is_invalid = true;
    else if (!spec.invalid.empty())
        limits.invalid = std::stod(spec.invalid);
    return limits;
}

template <class T>
ChannelStats measure_channel(const FieldSpec& spec, const Layout& layout, const Limits& limits,
                             size_t channel) {
    ChannelStats stats;
    double sum = 0, lowest = limits.hi, highest = limits.lo;
    const auto each = [&](auto&& use) {
        for (size_t o = 0; o < layout.outer; ++o) {
            const std::byte* const run =
                layout.bytes + (o * layout.channels + channel) * layout.inner * sizeof(T);
            for (size_t i = 0; i < layout.inner; ++i) {
                T stored;
                std::memcpy(&stored, run + i * sizeof(T), sizeof(T));
                use(to_double(stored));
            }
        }
    };
    each([&](double stored) {
        if ((limits.nan_is_invalid && std::isnan(stored)) || (limits.invalid && stored == *limits.invalid)) {
            ++stats.invalid;
            return;
        }
        const double value = stored * spec.scale + spec.offset;
        if (!std::isfinite(value) || !(value >= limits.lo && value <= limits.hi))
            throw Error(ErrorKind::BadData, "illegal value")
                .got(number_text(value))
                .expected(spec.range.empty() ? "finite values" : spec.range);
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
        sum += value;
        ++stats.count;
    });
    if (stats.count == 0) return stats;
    stats.lowest = lowest;
    stats.highest = highest;
    stats.mean = sum / double(stats.count);
    each([&](double stored) {
        if (std::isnan(stored) || (limits.invalid && stored == *limits.invalid)) return;
        const double distance = stored * spec.scale + spec.offset - stats.mean;
        stats.squares += distance * distance;
    });
    return stats;
}

/// Exact sums of integers and of their squares.
template <class T>
struct IntegerSums {
    int64_t sum = 0;
    uint64_t squares = 0;
    T lowest = std::numeric_limits<T>::max(), highest = std::numeric_limits<T>::min();

    void add(const std::byte* bytes, size_t count) {
        for (size_t begin = 0; begin < count; begin += kBlock)
            add_block(bytes + begin * sizeof(T), std::min(kBlock, count - begin));
    }

private:
    static constexpr size_t kBlock = 8192;  // sums of 32 bits hold that many, squares of 8 bits too

    void add_block(const std::byte* block, size_t count) {
        size_t i = 0;
#if defined(__AVX2__)
        constexpr size_t kLanes = 32 / sizeof(T);
        Vectors v;
        for (; i + kLanes <= count; i += kLanes)
            v.add(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + i * sizeof(T))));
        for (const int32_t part : lanes<int32_t>(v.sum)) sum += part;
        using Squares = std::conditional_t<sizeof(T) == 1, uint32_t, uint64_t>;
        for (const Squares part : lanes<Squares>(v.squares)) squares += part;
        for (const T part : lanes<T>(v.lowest)) lowest = std::min(lowest, part);
        for (const T part : lanes<T>(v.highest)) highest = std::max(highest, part);
#endif
        for (; i < count; ++i) {
            T value;
            std::memcpy(&value, block + i * sizeof(T), sizeof(T));
            sum += value;
            squares += uint64_t(int64_t(value) * int64_t(value));
            lowest = std::min(lowest, value), highest = std::max(highest, value);
        }
    }
#if defined(__AVX2__)
    struct Vectors {
        __m256i sum = _mm256_setzero_si256(), squares = sum, lowest = all(std::numeric_limits<T>::max()),
                highest = all(std::numeric_limits<T>::min());

        static __m256i all(T value) {
            return sizeof(T) == 1 ? _mm256_set1_epi8(char(value)) : _mm256_set1_epi16(short(value));
        }
        void add(__m256i v) {
            const __m256i zero = _mm256_setzero_si256();
            if constexpr (sizeof(T) == 1) {
                const __m256i low = _mm256_unpacklo_epi8(v, zero), high = _mm256_unpackhi_epi8(v, zero);
                sum = _mm256_add_epi32(sum, _mm256_sad_epu8(v, zero));
                squares = _mm256_add_epi32(
                    squares, _mm256_add_epi32(_mm256_madd_epi16(low, low), _mm256_madd_epi16(high, high)));
                lowest = _mm256_min_epu8(lowest, v), highest = _mm256_max_epu8(highest, v);
            } else {
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(v, _mm256_set1_epi16(1)));
                const __m256i pairs = _mm256_madd_epi16(v, v);  // at most 2^31: unsigned
                squares = _mm256_add_epi64(
                    squares, _mm256_add_epi64(_mm256_srli_epi64(pairs, 32),
                                              _mm256_and_si256(pairs, _mm256_set1_epi64x(0xffffffff))));
                lowest = _mm256_min_epi16(lowest, v), highest = _mm256_max_epi16(highest, v);
            }
        }
    };
    template <class U>
    static std::array<U, 32 / sizeof(U)> lanes(__m256i v) {
        std::array<U, 32 / sizeof(U)> values;
        std::memcpy(values.data(), &v, sizeof(v));
        return values;
    }
#endif
};

/// As measure_channel(), in exact integers: volumes and maps are the largest members there are.
/// @returns nothing when there is no value or an illegal one
template <class T>
std::optional<ChannelStats> measure_integers(const FieldSpec& spec, const Layout& layout,
                                             const Limits& limits, size_t channel) {
    IntegerSums<T> sums;
    for (size_t o = 0; o < layout.outer; ++o)
        sums.add(layout.bytes + (o * layout.channels + channel) * layout.inner * sizeof(T), layout.inner);
    const uint64_t count = layout.outer * layout.inner;
    if (count == 0) return std::nullopt;
    ChannelStats stats;
    stats.count = count;
    const double at_low = sums.lowest * spec.scale + spec.offset,
                 at_high = sums.highest * spec.scale + spec.offset;
    stats.lowest = std::min(at_low, at_high);
    stats.highest = std::max(at_low, at_high);
    if (!(stats.lowest >= limits.lo && stats.highest <= limits.hi)) return std::nullopt;
    // About an integer next to the mean, so that little cancels.
    const int64_t middle = sums.sum / int64_t(count);
    const int64_t about = int64_t(sums.squares) - 2 * middle * sums.sum + middle * middle * int64_t(count);
    const double rest = double(sums.sum - middle * int64_t(count)) / double(count);
    stats.mean = (double(middle) + rest) * spec.scale + spec.offset;
    stats.squares = spec.scale * spec.scale * (double(about) - double(count) * rest * rest);
    return stats;
}

template <class T>
FieldStats measure_as(const FieldSpec& spec, const Layout& layout, RunningSum* sum) {
    const Limits limits = limits_of(spec);
    FieldStats stats;
    for (size_t channel = 0; channel < layout.channels; ++channel) {
        const size_t size = layout.inner * sizeof(T);
        if (sum) sum->add({layout.bytes + channel * size, size});
        if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, int16_t>) {
            // Pictures interleave their channels, and a value that means "none" has to be looked for.
            if (layout.inner > 1 && !limits.invalid)
                if (const auto quick = measure_integers<T>(spec, layout, limits, channel)) {
                    stats.channels.push_back(*quick);
                    continue;
                }
        }
        stats.channels.push_back(measure_channel<T>(spec, layout, limits, channel));
    }
    return stats;
}

FieldStats measure_layout(const FieldSpec& spec, const Layout& layout, RunningSum* sum = nullptr) {
    RADFORGE_ASSERT(!sum || layout.outer == 1);
    switch (layout.type) {
        case PixelType::U8:
            return measure_as<uint8_t>(spec, layout, sum);
        case PixelType::I16:
            return measure_as<int16_t>(spec, layout, sum);
        case PixelType::U16:
            return measure_as<uint16_t>(spec, layout, sum);
        case PixelType::F16:
            return measure_as<Half>(spec, layout, sum);
        case PixelType::F32:
            return measure_as<float>(spec, layout, sum);
    }
    RADFORGE_ASSERT(false);
    return {};
}

void check_kind(const FieldSpec& spec, PixelType type, const std::vector<int64_t>& shape) {
    if (type != spec.type)
        throw Error(ErrorKind::BadData, "wrong dtype").got(type_name(type)).expected(type_name(spec.type));
    bool fits = shape.size() == spec.shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i) fits = spec.shape[i] == -1 || spec.shape[i] == shape[i];
    if (!fits)
        throw Error(ErrorKind::BadData, "wrong shape")
            .got(shape_text(shape))
            .expected(shape_text(spec.shape));
}

FieldStats measure_value(const FieldSpec& spec, const Field& field, RunningSum* sum) {
    if (const auto* image = std::get_if<Image>(&field.value)) {
        check_kind(spec, image->type, {image->height_px, image->width_px, image->channels});
        return measure_layout(
            spec, {image->bytes.data(), image->type, size_t(image->height_px) * size_t(image->width_px),
                   size_t(image->channels), 1});
    }
    if (const auto* array = std::get_if<NdArray>(&field.value)) {
        check_kind(spec, array->type, array->shape);
        size_t count = 1;
        for (const int64_t side : array->shape) count *= size_t(side);
        const size_t channels = array->shape.size() == 3 ? size_t(array->shape[0]) : 1;
        return measure_layout(
            spec, {array->bytes.data(), array->type, 1, channels, channels ? count / channels : 0}, sum);
    }
    return {};
}

}  // namespace

void ChannelStats::merge(const ChannelStats& other) {
    invalid += other.invalid;
    if (other.count == 0) return;
    if (count == 0) {
        const uint64_t invalid_so_far = invalid;
        *this = other;
        invalid = invalid_so_far;
        return;
    }
    const double n = double(count), m = double(other.count), gap = other.mean - mean;
    lowest = std::min(lowest, other.lowest);
    highest = std::max(highest, other.highest);
    mean += gap * (m / (n + m));
    squares += other.squares + gap * gap * (n * m / (n + m));
    count += other.count;
}

double ChannelStats::deviation() const { return count > 0 ? std::sqrt(squares / double(count)) : 0; }

void FieldStats::merge(const FieldStats& other) {
    if (channels.size() < other.channels.size()) channels.resize(other.channels.size());
    for (size_t i = 0; i < other.channels.size(); ++i) channels[i].merge(other.channels[i]);
}

FieldStats measure(const FieldSpec& spec, const Field& field, RunningSum* sum) {
    try {
        if (field.name != spec.name || field.extension != spec.extension)
            throw Error(ErrorKind::BadData, "unexpected member").expected(spec.name + "." + spec.extension);
        return measure_value(spec, field, sum);
    } catch (Error& error) {
        throw error.where(field.name + "." + field.extension);
    }
}

}  // namespace radforge::shard
